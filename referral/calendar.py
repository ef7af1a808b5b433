"""Working days in Jambi: weekends, national holidays and joint leave, and the local days of catalogue/holidays.yml."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import cache
from pathlib import Path

import holidays
from pydantic import Field

from referral.catalogue.schema import Entry, Words
from referral.yaml_file import YamlFile

WIB = timezone(timedelta(hours=7), "WIB")
_FILE = Path(__file__).parent / "catalogue" / "holidays.yml"
_SATURDAY = 5


class DayOff(Entry):
    """A day on which the offices of the region are closed."""

    date: date
    name: Words


class DaysOff(Entry):
    """holidays.yml."""

    local: tuple[DayOff, ...] = ()
    working: tuple[date, ...] = ()
    end_of_day: time = Field(time(16))


def load_days_off(file: Path = _FILE) -> DaysOff:
    """Read the local days. Raises CatalogueError."""
    return YamlFile(file).read(DaysOff)


@cache
def _days_off() -> DaysOff:
    return load_days_off()


@cache
def _national(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("ID", years=year, categories=("public", "government")))


def is_working_day(day: date) -> bool:
    """Whether offices are open on that day."""
    local = _days_off()
    if day in local.working:
        return True
    closed = {off.date for off in local.local}
    return day.weekday() < _SATURDAY and day not in _national(day.year) and day not in closed


def add_working_days(start: datetime, days: int) -> datetime:
    """The end (UTC) of the working day that comes `days` working days after `start`'s day; both counted in WIB."""
    day = start.astimezone(WIB).date()
    left = days
    while left > 0:
        day += timedelta(days=1)
        left -= is_working_day(day)
    return datetime.combine(day, _days_off().end_of_day, WIB).astimezone(UTC)
