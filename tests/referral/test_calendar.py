"""Working days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.calendar import (
    WIB,
    add_office_time,
    add_working_days,
    after,
    before,
    days_closed,
    is_working_day,
    lateness,
    load_days_off,
    office_time,
    reminder,
    resumed,
    working_days_between,
)
from referral.catalogue.clocks import Span
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


moments = st.datetimes(datetime(2025, 1, 1), datetime(2029, 1, 1)).map(lambda m: m.replace(tzinfo=UTC))
lengths = st.timedeltas(timedelta(), timedelta(hours=100)).map(lambda t: timedelta(minutes=t // timedelta(minutes=1)))
spans = st.one_of(
    st.builds(Span, working_days=st.integers(0, 30)),
    st.builds(Span, hours=st.integers(0, 100), around_the_clock=st.booleans()),
)


@given(moments, lengths)
def test_so_much_office_time_later_is_so_much_office_time_later(start: datetime, length: timedelta) -> None:
    assert office_time(start, add_office_time(start, length)) == length


@given(moments, moments, spans)
def test_who_starts_later_never_ends_earlier(one: datetime, other: datetime, span: Span) -> None:
    first, second = sorted((one, other))
    assert after(first, span) <= after(second, span)
    assert before(first, span) <= before(second, span)


@given(moments, spans)
def test_a_span_never_runs_backwards_and_a_longer_one_never_ends_earlier(start: datetime, span: Span) -> None:
    assert after(start, span) >= start
    assert before(start, span) <= start
    longer = Span(working_days=span.working_days + 1) if span.working_days is not None else span
    assert after(start, longer) >= after(start, span)


@given(moments, st.integers(1, 20), lengths, lengths, st.booleans())
def test_a_pause_moves_the_end_by_what_was_left_and_never_forward_in_time(
    start: datetime, days: int, until_pause: timedelta, pause: timedelta, always: bool
) -> None:
    due, paused = add_working_days(start, days), start + until_pause
    moved = resumed(due, paused, paused + pause, around_the_clock=always)
    assert moved >= due
    if due <= paused:
        assert moved == due
    elif always:
        assert moved - due == pause
    else:
        assert office_time(paused + pause, moved) >= office_time(paused, due)
    assert resumed(due, paused, paused, around_the_clock=always) == due


@given(moments, st.integers(1, 20), st.lists(lengths, min_size=2, max_size=2))
def test_a_longer_pause_never_ends_earlier(start: datetime, days: int, pauses: list[timedelta]) -> None:
    due, paused = add_working_days(start, days), start + timedelta(hours=30)
    short, long = sorted(pauses)
    assert resumed(due, paused, paused + short) <= resumed(due, paused, paused + long)


@given(moments, st.integers(1, 30))
def test_working_days_are_counted_back_as_they_were_added(start: datetime, days: int) -> None:
    end = add_working_days(start, days)
    assert working_days_between(start, end) == days
    assert working_days_between(end, start) == -days
    assert lateness(start, end).working_days == days


def test_a_day_before_the_end_is_the_opening_of_the_working_day_before() -> None:
    monday_end = datetime(2026, 12, 28, 16, 0, tzinfo=WIB)
    # 24 and 25 December are off, 26 and 27 a weekend
    assert before(monday_end, Span(working_days=1)) == datetime(2026, 12, 23, 8, 0, tzinfo=WIB)
    assert after(monday_end, Span(hours=2)) == datetime(2026, 12, 29, 10, 0, tzinfo=WIB)
    assert after(monday_end, Span(hours=2, around_the_clock=True)) == datetime(2026, 12, 28, 18, 0, tzinfo=WIB)


@given(moments, spans, spans)
def test_no_reminder_before_half_of_the_time_nor_after_its_end(start: datetime, length: Span, early: Span) -> None:
    end = after(start, length)
    at = reminder(start, end, early)
    assert min(before(end, early), end) <= at <= end
    rounding = timedelta(microseconds=2)
    if early.around_the_clock:
        assert (at - start) * 2 >= end - start - rounding
    else:
        assert office_time(start, at) * 2 >= office_time(start, end) - rounding


def test_who_has_one_day_is_reminded_on_that_day_and_not_at_once() -> None:
    sunday = datetime(2026, 11, 29, 16, 0, tzinfo=WIB)
    day = Span(working_days=1)
    assert reminder(sunday, after(sunday, day), day) == datetime(2026, 11, 30, 12, 0, tzinfo=WIB)
    # with ten days the day before the end is late enough
    end = after(sunday, Span(working_days=10))
    assert reminder(sunday, end, day) == before(end, day)


def test_reckoned_dates_are_marked_as_such() -> None:
    marked = {closed.name: closed.estimated for closed in days_closed(2027)}
    assert marked["Hari Raya Idul Fitri"]
    assert not marked["Hari Kemerdekaan Republik Indonesia"]
    assert "Cuti Bersama Hari Raya Natal" in marked
