"""The mails' words."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from templates import render

VALUES = {
    "link": "https://slrt.example/j/abc",
    "number": "SLRT-1571-2611-00042",
    "need": "Biaya berobat",
    "agency": "Dinas Kesehatan <Kota> Jambi",
    "place": "Tanjung Sari, Jambi Timur",
    "urgent": True,
    "due_at": datetime(2026, 11, 23, 9, tzinfo=UTC),
}


@pytest.mark.parametrize("form", ["txt", "html"])
def test_a_referral(form: str) -> None:
    """Who, what, where, until when, and the way to answer."""
    text = render(f"email/referral.{form}", **VALUES)
    for part in ("SLRT-1571-2611-00042", "Biaya berobat", "Tanjung Sari", "Senin, 23 November 2026", VALUES["link"]):
        assert str(part) in text
    assert "mendesak" in text.lower()
    assert ("&lt;Kota&gt;" in text) is (form == "html")
    calm = render(f"email/referral.{form}", **{**VALUES, "urgent": False, "place": None, "due_at": None})
    assert "mendesak" not in calm.lower()
    assert "Tempat" not in calm
    assert "None" not in calm


def test_subjects() -> None:
    """One line each."""
    assert (
        render("email/referral_subject.txt", **VALUES) == "[MENDESAK] Rujukan SLRT SLRT-1571-2611-00042: Biaya berobat"
    )
    assert "\n" not in render("email/case_waiting_subject.txt", link="x")


@pytest.mark.parametrize("form", ["txt", "html"])
def test_a_restricted_case_says_nothing(form: str) -> None:
    """Its template is given the link alone, and needs no more."""
    assert "https://x/kasus/1" in render(f"email/case_waiting.{form}", link="https://x/kasus/1")
