"""What units are told: each text can be said in every way that they are reached."""

from __future__ import annotations

from pathlib import Path

import pytest

from actions.dispatch import _FOR_SYSTEMS
from referral.lifecycle import REFERRAL_STEPS, TICKET_STEPS

TEMPLATES = Path(__file__).parent.parent.parent / "templates"
TOLD = {tell.text for row in (*REFERRAL_STEPS, *TICKET_STEPS) for tell in row.tells if tell.to == "unit"}


@pytest.mark.parametrize("text", sorted((TOLD | {"referral", "reminder", "overdue", "answered"}) - _FOR_SYSTEMS))
def test_what_a_unit_is_told_has_words_for_mail_and_telegram(text: str) -> None:
    for name in (f"email/{text}.txt", f"email/{text}.html", f"email/{text}_subject.txt", f"telegram/{text}.txt"):
        assert (TEMPLATES / name).exists(), name
