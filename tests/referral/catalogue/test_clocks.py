"""Spans and ladders from clocks.yml."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import referral.catalogue
from referral.catalogue import CatalogueError, load_catalogue
from referral.catalogue.clocks import Nature, Span
from referral.contacts import Contacts, ContactsError

PACKAGED = Path(referral.catalogue.__file__).parent


def changed(tmp_path: Path, old: str, new: str) -> Path:
    for file in PACKAGED.glob("*.yml"):
        shutil.copy(file, tmp_path)
    path = tmp_path / "clocks.yml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return tmp_path


def test_the_defaults_are_three_five_and_ten_working_days_and_hours_when_urgent() -> None:
    clocks = load_catalogue().clocks
    assert clocks.span("verify", "school_fees") == Span(working_days=3)
    assert clocks.span("follow_up", "school_fees") == Span(working_days=5)
    assert clocks.span("finish", "school_fees") == Span(working_days=10)
    assert clocks.span("follow_up", "food_aid") == Span(working_days=1)
    assert clocks.span("follow_up", "violence", urgent=True).hours == 2
    assert clocks.span("follow_up", "health_treatment", urgent=True).around_the_clock
    assert clocks.span("confirm", "violence", urgent=True) == Span(working_days=10)


def test_an_agencys_ladder_goes_from_its_desk_to_its_head_the_manager_and_tkpk() -> None:
    steps = load_catalogue().clocks.ladder(Nature("follow_up")).steps
    assert [step.to for step in steps] == ["unit", "unit", "head", "manager", "tkpk"]


_LATE = "{step: lewat, after: {working_days: 0}, to: %s}"
_THEN = "{step: manajer, after: {working_days: 2}, to: %s}"


@pytest.mark.parametrize(
    ("old", "new", "field", "says"),
    [
        (_LATE % "special", _LATE % "puskesos", "to", "must not hear of a report about officers"),
        (_THEN % "special", _THEN % "manager", "to", "must not hear of a restricted case"),
        ("  - ladder: puskesos\n", "  - ladder: puskesos\n    urgent: true\n", "ladders", "nobody hears of"),
        ("  food_aid: {working_days: 3}", "  makan: {working_days: 3}", "finish_by_need.makan", "is no need"),
        ("finish: {working_days: 10}", "finish: {working_days: 10, hours: 1}", "finish", "either working_days"),
    ],
)
def test_a_ladder_that_tells_the_wrong_people_or_nobody_is_refused(
    tmp_path: Path, old: str, new: str, field: str, says: str
) -> None:
    with pytest.raises(CatalogueError, match=says) as refused:
        load_catalogue(changed(tmp_path, old, new))
    assert refused.value.file == "clocks.yml"
    assert field in refused.value.field


def test_people_are_found_by_agency_or_by_the_nearest_place(tmp_path: Path) -> None:
    path = tmp_path / "contacts.yml"
    path.write_text(
        """
units: {dinsos-kota-jambi: [{email: dinsos@agency.example}]}
people:
  - {role: puskesos, region: "15.71", email: kota@puskesos.example}
  - {role: puskesos, region: "15.71.10.1003", email: legok@puskesos.example}
  - {role: head, agency: dinsos-kota-jambi, email: kepala@dinsos.example}
"""
    )
    contacts = Contacts.load(path)
    assert contacts.nearest("puskesos", "15.71.10.1003") == "puskesos:15.71.10.1003"
    assert contacts.nearest("puskesos", "15.71.02.1004") == "puskesos:15.71"
    assert contacts.nearest("puskesos", "15.05.06.2005") is None
    assert contacts.nearest("tkpk", "15.71") is None
    assert contacts.head_of("dinkes-kota-jambi") is None
    assert contacts.mail_addresses("head:dinsos-kota-jambi") == ("kepala@dinsos.example",)
    assert contacts.mail_addresses("dinsos-kota-jambi") == ("dinsos@agency.example",)
    path.write_text("units: {}\npeople: [{role: head, region: '15.71', email: a@b.example}]\n")
    with pytest.raises(ContactsError, match="a head needs an agency"):
        Contacts.load(path)
