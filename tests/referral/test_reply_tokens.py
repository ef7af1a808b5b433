"""Marks in mails: found wherever programs put them, and nobody else makes one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from referral.reply_tokens import find_mark, sign_reply

KEY, OTHER = b"k" * 32, b"o" * 32
NOW = datetime(2026, 11, 29, 3, tzinfo=UTC)
MARK = sign_reply(12, 3, NOW, KEY)


@pytest.mark.parametrize(
    "place",
    [
        f"slrt+{MARK}@x.go.id",
        f"SLRT+{MARK.upper()}@X.GO.ID",
        f"<referral-12-3-email.{MARK}@x.go.id>",
        f"<a@b> <referral-12@x> <referral-12-3-clock-4-due-email~2.{MARK}@x.go.id>",
    ],
)
def test_it_is_found(place: str) -> None:
    """In an address or a message id, whatever the case."""
    mark = find_mark(["<other@x>", place], KEY)
    assert mark is not None
    assert (mark.referral_id, mark.serial) == (12, 3)
    assert not mark.too_old(NOW + timedelta(days=60), timedelta(days=60))
    assert mark.too_old(NOW + timedelta(days=61), timedelta(days=60))


def test_a_forged_one_is_passed_over() -> None:
    """Other numbers, other key, another day, a letter more or less: no mark."""
    other_day = MARK.replace(MARK.split("-")[2], str(NOW.date().toordinal() + 1))
    forged = (
        MARK.replace("r12-", "r13-"),
        MARK.replace("-3-", "-4-"),
        other_day,
        MARK[:-1],
        MARK + "a",
        sign_reply(12, 3, NOW, OTHER),
    )
    for each in forged:
        assert find_mark([f"slrt+{each}@x"], KEY) is None
    found = find_mark([f"slrt+{forged[0]}@x", f"slrt+{MARK}@x"], KEY)
    assert found is not None
    assert found.referral_id == 12


@given(some.text(max_size=80))
def test_nothing_else_is_a_mark(text: str) -> None:
    """Whatever stands in a header."""
    assert find_mark([text], KEY) is None


@given(some.integers(1, 10**12), some.integers(1, 10**6))
def test_its_numbers_come_back_and_it_fits_into_an_address(referral_id: int, serial: int) -> None:
    """The part before the @ may have 64 letters."""
    mark = sign_reply(referral_id, serial, NOW, KEY)
    found = find_mark([f"a+{mark}@x"], KEY)
    assert found is not None
    assert (found.referral_id, found.serial) == (referral_id, serial)
    assert len(f"slrt+{mark}") <= 64
