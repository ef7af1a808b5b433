"""Answers by button: what the file must hold, and what is found in it."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from referral.catalogue import load_catalogue
from referral.catalogue.choices import Choices
from referral.lifecycle import OUTCOMES

CHOICES = load_catalogue().choices
REASON = {"code": "area", "label": "Luar wilayah", "said": "Di luar wilayah."}


def content(**changes: Any) -> dict[str, Any]:
    """A file that is right but for the changes."""
    finish = [
        {"outcome": name, "label": name} | ({"why": [REASON]} if name == "not_eligible" else {}) for name in OUTCOMES
    ]
    return {"return": [REASON], "reject": [REASON], "finish": finish} | changes


def test_what_is_chosen_is_found_by_its_code() -> None:
    assert CHOICES.said("return", "area") == "Tempat tinggal warga di luar wilayah kerja kantor ini."
    assert CHOICES.said("finish", "papers", "not_eligible") == "Berkas yang diperlukan belum lengkap."
    assert CHOICES.said("finish", "papers", "helped") is None
    assert CHOICES.said("reject", "gone") is None
    assert CHOICES.reasons("accept") == ()
    assert CHOICES.outcome_label("waiting_list") == "Masuk daftar tunggu"
    assert CHOICES.outcome_label("gone") == ""


@pytest.mark.parametrize(
    "changes",
    [
        {"return": []},
        {"reject": [REASON, REASON]},
        {"reject": [REASON | {"code": "own"}]},
        {"reject": [REASON | {"code": "far_too_long_a_code"}]},
        {"finish": content()["finish"][1:]},
        {"finish": [*content()["finish"][1:], {"outcome": "well", "label": "Baik"}]},
        {"finish": [*content()["finish"][1:], {"outcome": "helped", "label": "Baik", "why": [REASON]}]},
    ],
    ids=["no-reason", "twice", "own", "long", "outcome-missing", "no-outcome", "reason-not-needed"],
)
def test_a_wrong_file_is_refused(changes: dict[str, Any]) -> None:
    Choices.model_validate(content())
    with pytest.raises(ValidationError):
        Choices.model_validate(content(**changes))
