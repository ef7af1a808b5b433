"""Reading small things out of a text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.lengths import split_text, units
from bot.conversation.manners import load_manners
from bot.conversation.reading import (
    choices_in,
    command_of,
    guess_number,
    has_words,
    name_in,
    number_in,
    phrase_of,
    place_named,
    rt_rw_of,
)
from bot.conversation.state import Report, State
from referral.catalogue import load_catalogue

MANNERS = load_manners()
LEVELS = load_catalogue().questions["school_level"].choices


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("RT 12", ("12", None)),
        ("rt.012 rw 003", ("12", "3")),
        ("rt/rw 12/03", ("12", "3")),
        ("RT12/RW3", ("12", "3")),
        ("rt 500 ribu", (None, None)),
        ("kasang", (None, None)),
    ],
)
def test_rt_and_rw(text: str, found: tuple[str | None, str | None]) -> None:
    assert rt_rw_of(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("kelas 2 SMA", ["sma"]),
        ("anak sayo di MTsN 3", ["mts"]),
        ("sekolah MA", ["ma"]),
        ("ma, ado duit dak", []),
        ("makan", []),
        ("SD dan SMP", ["sd", "smp"]),
        ("madrasah aliyah", ["ma"]),
    ],
)
def test_school_levels(text: str, found: list[str]) -> None:
    assert choices_in(text, LEVELS) == found


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("Dak tau!", "skip"),
        ("iyo", "affirm"),
        ("Assalamu'alaikum", "greet"),
        ("ya tapi anak saya sakit", None),
        ("", None),
    ],
)
def test_short_answers(text: str, phrase: str | None) -> None:
    assert phrase_of(text, MANNERS) == phrase


@pytest.mark.parametrize(("text", "word"), [("/mulai", "mulai"), ("/STATUS@slrt_bot x", "status"), ('/x{"a":1}', None)])
def test_commands(text: str, word: str | None) -> None:
    assert command_of(text) == word


@pytest.mark.parametrize(
    ("text", "readable"),
    [("", False), ("😀 !!", False), ('/x{"nik":"1"}', False), ("/lapor anak sakit", True), ("ya", True)],
)
def test_whether_there_are_words(text: str, readable: bool) -> None:
    assert has_words(text) is readable


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("nama saya Siti Aminah.", "Siti Aminah"),
        ("H. Abd. Rahman", "H. Abd. Rahman"),
        ("Siti 12", None),
        ("siapa namanya?", None),
        ("saya mau lapor anak saya sakit sudah lama", None),
    ],
)
def test_names(text: str, name: str | None) -> None:
    assert name_in(text) == name


def test_numbers() -> None:
    assert number_in("NIK: 1571 0204.0590-9003") == "1571020405909003"
    assert number_in("rt 12 no 5") is None
    assert guess_number("no KK 1571020405120001", 6, "1571020405120001").what == "kk"
    assert guess_number("NIK 1571020405909003", 4, "1571020405909003").what == "nik"
    assert guess_number("1571024405909003", 0, "1571024405909003").what == "nik"
    assert guess_number("1571020405909003", 0, "1571020405909003").what is None


def test_places_after_their_word() -> None:
    assert place_named("kami di kelurahan Talang Banjar, RT 3") == "Talang Banjar"
    assert place_named("anak saya sakit") is None


@given(st.text(), st.integers(10, 200))
def test_no_piece_is_too_long_and_nothing_is_lost(text: str, limit: int) -> None:
    pieces = split_text(text, limit)
    assert all(units(piece) <= limit for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


def test_memory_survives_being_written_and_a_broken_one_begins_anew() -> None:
    state = State(step="place", report=Report(urgent=True, answers={"school_level": "sd"}))
    assert State.read(state.write()) == state
    for broken in ({}, {"v": 2, "step": "x"}, {"v": 1, "report": 5}, {"step": None}):
        assert State.read(broken).step == "idle"
