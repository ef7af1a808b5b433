"""Local days off, and when the working day begins and ends (holidays.yml)."""

from __future__ import annotations

from datetime import date, time

from pydantic import Field

from referral.catalogue.schema import Entry, Words


class DayOff(Entry):
    """A day on which the offices of the region are closed."""

    date: date
    name: Words


class DaysOff(Entry):
    """holidays.yml."""

    local: tuple[DayOff, ...] = ()
    working: tuple[date, ...] = ()
    start_of_day: time = Field(time(8))
    end_of_day: time = Field(time(16))
