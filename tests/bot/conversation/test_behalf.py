"""Who speaks for somebody outside the household is heard from the words; a neighbour who is only mentioned is not."""

from __future__ import annotations

import hashlib

import pytest

from bot.conversation.behalf import speaks_for
from bot.conversation.manners import load_manners
from templates import FOLDER


@pytest.mark.parametrize(
    ("text", "speaker"),
    [
        ("tetangga saya sakit stroke, tidak punya biaya", "neighbour"),
        ("Anak tetanggo sayo putus sekolah", "neighbour"),
        ("bayi tetangga ditinggal ibunya", "neighbour"),
        ("Assalamualaikum pak, saya ketua RT 11, warga saya dak makan", "rt_head"),
        ("kk warga saya hilang waktu pindahan", "rt_head"),
        ("saya Yuli, kader posyandu RT 18", "cadre"),
        ("ibu saya tinggal sendiri di Legok, la tuo", "child_of_parent"),
        ("teman saya tidak bisa berobat", "friend"),
    ],
)
def test_somebody_speaks_for_another(text: str, speaker: str) -> None:
    assert speaks_for(load_manners().behalf, text) == speaker


@pytest.mark.parametrize(
    "text",
    [
        "anak saya sakit, tidak punya biaya",
        "tetangga sebelah dapat dua2nya, kami tidak pernah",
        "dapat mie sekardus dari tetangga, ada bantuan lain?",
        "minta beras kayak tetangga",
        "listrik numpang tetangga, sekarang diputus",
        "saya malu mau ke tetangga lagi",
        "kata tetangga saya bisa urus KIS di sini",
        "suami saya yang juga ketua RT meninggal",
        "ibu saya sakit",
        "",
    ],
)
def test_otherwise_nobody_is_asked(text: str) -> None:
    assert speaks_for(load_manners().behalf, text) is None


def test_changed_words_of_consent_get_a_new_version() -> None:
    """Consents in the database name the version: change `consent_wording` and the digest with the words."""
    words = (FOLDER / "bot" / "_consent.txt").read_bytes()
    assert load_manners().consent_digest == hashlib.sha256(words).hexdigest()
