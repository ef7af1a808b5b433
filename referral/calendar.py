"""Working days in Jambi: weekends, national holidays and joint leave, and the local days of catalogue/holidays.yml."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from functools import cache
from pathlib import Path

import holidays

from referral.catalogue.clocks import Span
from referral.catalogue.days import DaysOff
from referral.yaml_file import YamlFile

WIB = timezone(timedelta(hours=7), "WIB")
_FILE = Path(__file__).parent / "catalogue" / "holidays.yml"
_SATURDAY = 5
_ESTIMATED = "(perkiraan)"  # the library's word behind a date that is not certain yet


def load_days_off(file: Path = _FILE) -> DaysOff:
    """Read the local days. Raises CatalogueError."""
    return YamlFile(file).read(DaysOff)


@cache
def _packaged() -> DaysOff:
    return load_days_off()


_source: Callable[[], DaysOff] = _packaged


def take_days_off_from(source: Callable[[], DaysOff]) -> None:
    """Have this process ask `source` for the local days each time (until now: those that come with the product)."""
    global _source
    _source = source


def _days_off() -> DaysOff:
    return _source()


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


def _office_hours(day: date) -> tuple[datetime, datetime] | None:
    """When offices open and close on a day (UTC); None on a day off."""
    if not is_working_day(day):
        return None
    local = _days_off()
    opens = datetime.combine(day, local.start_of_day, WIB).astimezone(UTC)
    return opens, datetime.combine(day, local.end_of_day, WIB).astimezone(UTC)


def office_time(start: datetime, end: datetime) -> timedelta:
    """The office time between two moments; none when `end` is not later."""
    total, day, last = timedelta(), start.astimezone(WIB).date(), end.astimezone(WIB).date()
    while day <= last:
        hours = _office_hours(day)
        if hours is not None:
            total += max(min(end, hours[1]) - max(start, hours[0]), timedelta())
        day += timedelta(days=1)
    return total


def add_office_time(start: datetime, length: timedelta) -> datetime:
    """The first moment (UTC) by which so much office time has passed since `start`."""
    if length <= timedelta():
        return start.astimezone(UTC)
    left, day = length, start.astimezone(WIB).date()
    while True:
        hours = _office_hours(day)
        if hours is not None:
            opens = max(hours[0], start.astimezone(UTC))
            free = hours[1] - opens
            if left <= free:
                return opens + left
            left -= max(free, timedelta())
        day += timedelta(days=1)


def after(start: datetime, span: Span) -> datetime:
    """The moment (UTC) at which a span that begins at `start` is over."""
    if span.working_days is not None:
        return add_working_days(start, span.working_days) if span.working_days else start.astimezone(UTC)
    length = timedelta(hours=span.hours or 0)
    return start.astimezone(UTC) + length if span.around_the_clock else add_office_time(start, length)


def before(end: datetime, span: Span) -> datetime:
    """The moment (UTC) that lies a span before `end`: of working days, the opening of the offices on that day."""
    if span.working_days is None:
        length = timedelta(hours=span.hours or 0)
        return end.astimezone(UTC) - length if span.around_the_clock else _office_time_before(end, length)
    day, left = end.astimezone(WIB).date(), span.working_days
    while left > 0 or not is_working_day(day):
        day -= timedelta(days=1)
        left -= is_working_day(day)
    return min(datetime.combine(day, _days_off().start_of_day, WIB).astimezone(UTC), end.astimezone(UTC))


def reminder(start: datetime, end: datetime, span: Span) -> datetime:
    """When to remind of `end` (UTC): a span before it, but not before half of the time since `start` has passed.

    Who has a single day would else be reminded with the very mail that tells of the work.
    """
    half = start + (end - start) / 2 if span.around_the_clock else add_office_time(start, office_time(start, end) / 2)
    return min(max(before(end, span), half.astimezone(UTC)), end.astimezone(UTC))


def _office_time_before(end: datetime, length: timedelta) -> datetime:
    left, day = length, end.astimezone(WIB).date()
    while True:
        hours = _office_hours(day)
        if hours is not None:
            closes = min(hours[1], end.astimezone(UTC))
            free = max(closes - hours[0], timedelta())
            if left <= free:
                return closes - left
            left -= free
        day -= timedelta(days=1)


def resumed(due: datetime, paused: datetime, now: datetime, *, around_the_clock: bool = False) -> datetime:
    """When a clock that would have ended at `due` ends, after it stood still from `paused` to `now`.

    What was left when it stopped is left when it goes on; a clock that had run out before has run out.
    """
    if due <= paused:
        return due
    if around_the_clock:
        return now + (due - paused)
    return max(add_office_time(now, office_time(paused, due)), due)


def working_days_between(start: datetime, end: datetime) -> int:
    """The working days that begin after `start`'s day and not after `end`'s; negative when `end` is earlier."""
    first, last = start.astimezone(WIB).date(), end.astimezone(WIB).date()
    if last < first:
        return -working_days_between(end, start)
    return sum(is_working_day(first + timedelta(days=n + 1)) for n in range((last - first).days))


@dataclass(frozen=True)
class Lateness:
    """How far a deadline is away: working days and hours, negative while it is still to come."""

    over: bool
    working_days: int
    hours: int


def lateness(due: datetime, now: datetime) -> Lateness:
    """How late it is, in both measures; hours are whole ones."""
    return Lateness(now > due, working_days_between(due, now), int((now - due).total_seconds() // 3600))


@dataclass(frozen=True)
class Closed:
    """A day on which offices are closed. `estimated`: the date is reckoned, the government has not set it yet."""

    day: date
    name: str
    estimated: bool = False
    local: bool = False


def days_closed(year: int) -> tuple[Closed, ...]:
    """The days off of a year beside weekends, in their order."""
    known = holidays.country_holidays("ID", years=year, categories=("public", "government"))
    national = [
        Closed(day, name.removesuffix(_ESTIMATED).strip(), estimated=name.endswith(_ESTIMATED))
        for day, name in known.items()
    ]
    offs = _days_off()
    own = [Closed(off.date, off.name, local=True) for off in offs.local if off.date.year == year]
    return tuple(sorted((each for each in (*national, *own) if each.day not in offs.working), key=lambda c: c.day))
