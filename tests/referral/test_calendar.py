"""Working days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.calendar import WIB, add_working_days, is_working_day, load_days_off
from referral.errors import CatalogueError


@pytest.mark.parametrize(
    ("day", "working"),
    [
        (date(2026, 11, 23), True),  # Monday
        (date(2026, 11, 21), False),  # Saturday
        (date(2026, 8, 17), False),  # independence day, a Monday
        (date(2026, 12, 24), False),  # joint leave
        (date(2026, 12, 28), True),
    ],
)
def test_working_days(day: date, working: bool) -> None:
    """Weekends, holidays and joint leave are off."""
    assert is_working_day(day) is working


def test_end_of_the_working_day_in_wib() -> None:
    """Two working days from Friday evening are Tuesday's end of work."""
    friday = datetime(2026, 11, 20, 20, 0, tzinfo=WIB)
    assert add_working_days(friday, 2) == datetime(2026, 11, 24, 16, 0, tzinfo=WIB)
    assert add_working_days(friday, 2).tzinfo is UTC


def test_the_day_is_counted_in_wib() -> None:
    """Sunday 18:00 UTC is Monday in Jambi already."""
    assert add_working_days(datetime(2026, 11, 22, 18, 0, tzinfo=UTC), 1).astimezone(WIB).date() == date(2026, 11, 24)


@given(
    st.datetimes(datetime(2025, 1, 1), datetime(2030, 1, 1)).map(lambda m: m.replace(tzinfo=UTC)), st.integers(1, 30)
)
def test_as_many_working_days_as_asked(start: datetime, days: int) -> None:
    """Between start and end lie exactly that many working days, the last of them the end's."""
    end = add_working_days(start, days).astimezone(WIB).date()
    first = start.astimezone(WIB).date()
    passed = [first + timedelta(days=step + 1) for step in range((end - first).days)]
    assert sum(is_working_day(day) for day in passed) == days
    assert is_working_day(end)


def test_a_wrong_date_is_told(tmp_path: Path) -> None:
    """File, line and field."""
    file = tmp_path / "holidays.yml"
    file.write_text("working: []\nlocal:\n  - {date: kemarin, name: Libur}\n", encoding="utf-8")
    with pytest.raises(CatalogueError, match=r"holidays\.yml, line 3, field local\[0\]\.date"):
        load_days_off(file)
