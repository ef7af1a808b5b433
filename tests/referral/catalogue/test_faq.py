"""Questions in the middle of a talk, programmes with another door, and what no sentence may promise."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.lexicon import normalise_text
from referral.catalogue import Catalogue, load_catalogue

CATALOGUE: Catalogue = load_catalogue()

ASKED = {
    "desil": ["apa itu desil", "desil tu apo", "artinya desil apa pak", "desil itu apa ya"],
    "dtsen": ["apa itu DTSEN?", "dtks tu apo"],
    "pbi": ["apo itu pbi pak", "arti KIS"],
    "pkh": ["PKH itu apa ya?"],
    "kip_kuliah": ["apa itu kip kuliah"],
    "nib": ["apa itu nib"],
    "hours": ["buka jam berapa", "hari sabtu buka dak", "jam kerja kantornya"],
    "where": ["kantornya di mana", "dimana", "alamat kantor dinsos dimana", "kemano ngurusnyo"],
    "papers": ["syaratnya", "syarat apa saja", "perlu bawa apa", "apa syaratnya pak"],
    "duration": ["berapa lama prosesnya", "kapan selesainya"],
    "when_paid": ["kapan cair", "kapan PKH cair pak", "pasti dapat dak", "dapat berapa", "berapa duitnyo"],
    "cost": ["ini bayar dak?", "apa gratis"],
    "why_identity": ["kenapa minta nik?", "aman dak data sayo", "amankah?", "aman ndak"],
    "next": ["terus gimana", "habis ini gimana"],
    "are_you_human": ["ini robot ya"],
}
NOT_ASKED = [
    "cek desil saya", "anak saya sakit", "saya mau buat NIB", "KTP saya hilang", "saya dak dapat PKH padahal miskin",
    "ya", "1571020405909003", "kasang rt 12", "di RSUD Raden Mattaher", "", "😀", "belum pernah dapat bantuan",
    "jangan ditelepon, dak aman", "rumah kami dak aman dak ado pintu",
]  # fmt: skip


@pytest.mark.parametrize(("code", "text"), [(code, text) for code, texts in ASKED.items() for text in texts])
def test_a_question_is_known(code: str, text: str) -> None:
    found = CATALOGUE.asked(normalise_text(text), text)
    assert found is not None
    assert found.code == code


@pytest.mark.parametrize("text", NOT_ASKED)
def test_what_is_no_question(text: str) -> None:
    assert CATALOGUE.asked(normalise_text(text), text) is None


@given(st.text(max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    found = CATALOGUE.asked(text, text)
    assert found is None or found in [known.answer for known in CATALOGUE.faq._known]


def sentences() -> Iterator[str]:
    """All that the catalogue says to residents about programmes."""
    for known in CATALOGUE.faq._known:
        yield known.answer.text or ""
    yield from (door.say for door in CATALOGUE.doors)
    yield from (need.advice or "" for need in CATALOGUE.needs.values())


@pytest.mark.parametrize("text", list(dict.fromkeys(sentences())))
def test_neither_money_nor_a_date_is_promised_and_nib_has_its_consequence(text: str) -> None:
    assert not re.search(r"\bRp\s*\d|\d+ (?:ribu|juta)|pasti (?:dapat|cair|dibantu)|\bakan (?:cair|dibayar)", text)
    assert "NIB" not in text or "bantuan" in text.split("NIB", 1)[1]
    assert "NIB" not in text or "berhenti" in text
