"""The lexicon keeps what generic tools break, and stays on the original text."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.lexicon import find_places, normalise, normalise_text, stem, tokenise, words
from nlu.lexicon.numbers import parse_number
from nlu.lexicon.plausible import share_of_words
from nlu.lexicon.spelling import distance
from nlu.server import ROOT


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("sayo", "saya"),
        ("dtks", "dtks"),
        ("skul", "sekolah"),
        ("berikan", "berikan"),
        ("bekasi", "bekasi"),
        ("TOLOOONG", "tolong"),
        ("anak2nya", "anaknya"),
        ("anak-anak", "anak"),
        ("drmh", "di rumah"),
        ("gabisa", "tidak bisa"),
        ("bpjsnyo", "bpjsnya"),
        ("b.p.j.s", "bpjs"),
        ("biayo", "biaya"),
        ("foto", "foto"),
        ("toko", "toko"),
        ("kntrkan", "kontrakan"),
        ("sekolaj", "sekolah"),
    ],
)
def test_normalise(token: str, expected: str) -> None:
    assert words(token) == expected.split()


@pytest.mark.parametrize(
    ("word", "root"),
    [
        ("berikan", "beri"),
        ("bekasi", "bekasi"),
        ("menyekolahkan", "sekolah"),
        ("pengobatan", "obat"),
        ("didaftarke", "daftar"),
        ("keluarganya", "keluarga"),
        ("dtks", "dtks"),
    ],
)
def test_stem(word: str, root: str) -> None:
    assert stem(word) == root


def test_a_jambi_sentence_becomes_indonesian() -> None:
    text = "anak sayo demam la tigo hari dak ado duit berobat"
    assert normalise_text(text) == "anak saya demam sudah tiga hari tidak ada uang berobat"


def test_phrases_do_not_reach_over_a_full_stop() -> None:
    assert words("dak. jadi") == ["tidak", "jadi"]
    assert words("cak mano") == ["bagaimana"]


def test_names_with_two_are_no_reduplication() -> None:
    assert words("rt2 rw 5") == ["rt", "2", "rw", "5"]


@given(st.text(max_size=300))
def test_tokens_lie_on_the_text(text: str) -> None:
    last = 0
    for token in tokenise(text):
        assert text[token.start : token.end] == token.raw
        assert last <= token.start < token.end
        last = token.end


@given(st.text(max_size=60))
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    assert isinstance(normalise(text), str)


@pytest.mark.parametrize(
    ("text", "value", "name"),
    [
        ("tinggal di kel. the hok", "the hok", "Thehok"),
        ("rumah di simpang 3 sipin", "simpang 3 sipin", "Simpang III Sipin"),
        ("desa baru", "baru", "Baru"),
        ("PAAL LIMA rt 3", "PAAL LIMA", "Paal Lima"),
    ],
)
def test_places(text: str, value: str, name: str) -> None:
    (match,) = find_places(text)
    assert (match.value, match.name) == (value, name)
    assert text[match.start : match.end] == value


def test_a_common_word_is_a_place_only_after_a_cue() -> None:
    assert find_places("baju baru dan hati murni") == []


@given(st.text(max_size=200))
def test_places_lie_on_the_text(text: str) -> None:
    for match in find_places(text):
        assert text[match.start : match.end] == match.value


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("duo ratus ribu", 200_000),
        ("Rp1.500.000", 1_500_000),
        ("1,5jt", 1_500_000),
        ("tujuh puluh dua", 72),
        ("tiga juta lima ratus", 3_500_000),
        ("limo belas", 15),
        ("tahun", None),
    ],
)
def test_numbers(text: str, number: int | None) -> None:
    assert parse_number(text) == number


def test_distance_counts_swapped_letters_once() -> None:
    assert distance("skolah", "sekolah") == 1
    assert distance("beras", "bears") == 1
    assert distance("", "abc") == 3


@pytest.mark.parametrize("text", ["asdfghjkl", "qwrtp zxcvb", "😀😀", "", "...", "hjkhjk gfdgfd"])
def test_mash_is_not_language(text: str) -> None:
    assert share_of_words(text) < 0.4


@pytest.mark.parametrize(
    "text", ["Siti Aminah", "dak biso bayar spp", "1571020405909003", "tolooong pak", "klw gtu gmn"]
)
def test_language_is_language(text: str) -> None:
    assert share_of_words(text) > 0.8


def test_import_is_quick_and_needs_nothing() -> None:
    code = "import sys, time; t = time.perf_counter(); import nlu.lexicon; print(time.perf_counter() - t)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert float(done.stdout) < 0.3  # 0.05 s on an idle machine


def test_a_message_takes_less_than_a_millisecond_or_so() -> None:
    message = "Kepada Yth. Bapak Lurah, sayo nak melaporkan bahwa anak sayo dak biso sekolah karno dak ado biayo " * 2
    normalise_text(message)
    started = time.perf_counter()
    for number in range(50):
        normalise_text(f"{message} {number}")
    assert (time.perf_counter() - started) / 50 < 0.005
