"""What a correction says, by its words alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.correction import Correction, correction_in
from bot.conversation.manners import load_manners

MANNERS = load_manners()


@pytest.mark.parametrize(
    ("text", "right", "wrong"),
    [
        ("salah, RT 21", "RT 21", ""),
        ("maaf salah ketik: kelurahan Legok", "kelurahan Legok", ""),
        ("bukan anak saya, ponakan", "ponakan", "anak saya"),
        ("bukan BPJS, KTP", "KTP", "BPJS"),
        ("bukan anak tapi ponakan", "ponakan", "anak"),
        ("umurnya 8 bukan 6", "umurnya 8", "6"),
        ("salah, maksud saya RT 21 bukan 12", "RT 21", "12"),
        ("RT 5 maksud saya", "RT 5", ""),
        ("ponakan, bukan anak", "ponakan", "anak"),
    ],
)
def test_a_correction(text: str, right: str, wrong: str) -> None:
    assert correction_in(text, MANNERS) == Correction(right, wrong)


@pytest.mark.parametrize("text", ["bukan", "RT 21", "anak saya sakit", "salah", "", "ya benar"])
def test_no_correction(text: str) -> None:
    assert correction_in(text, MANNERS) is None


@given(st.text(max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    said = correction_in(text, MANNERS)
    assert said is None or said.right
