"""Answers to the catalogue's questions: told in a story, or given when asked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.answers import answered, told
from bot.conversation.manners import load_manners
from nlu.port import Entity
from referral.catalogue import load_catalogue

QUESTIONS = load_catalogue().questions
MANNERS = load_manners()


def span(entity: str, value: str) -> Entity:
    return Entity(entity, value, 0, len(value))


@pytest.mark.parametrize(
    ("code", "text", "value"),
    [
        ("age", "8", "8 tahun"),
        ("age", "umurnyo lapan taun pak", "8 tahun"),
        ("age", "baru 10 bulan", "10 bulan"),
        ("age", "tujuh puluh dua", "72 tahun"),
        ("school_debt", "350rb", "350000"),
        ("school_debt", "Rp 1.250.000", "1250000"),
        ("school_debt", "duo ratus ribu", "200000"),
        ("school_debt", "nunggak 2 juta, kami di RT 4", "2000000"),
        ("household_size", "kami 6 orang", "6"),
        ("insurance_number", "0001 2345 67890", "0001234567890"),
        ("in_care", "iyo", "yes"),
        ("in_care", "dak", "no"),
        ("insurance_state", "mati", "inactive"),
        ("for_whom", "anaknyo", "child"),
        ("for_whom", "sayo", "self"),
        ("for_whom", "ponakan sayo", "family"),
        ("for_whom", "wong sebelah rumah", "wong sebelah rumah"),
        ("house_status", "punyo mertua, kami numpang", "stay"),
        ("stopped_since", "sejak agustus", "sejak agustus"),
        ("treated_at", "puskesmas putri ayu", "puskesmas putri ayu"),
        ("died_on", "Minggu ini", "this_week"),
        ("school_grade", "kelas 4", "4"),
    ],
)
def test_what_an_answer_says(code: str, text: str, value: str) -> None:
    assert answered(QUESTIONS[code], text, (), MANNERS).value == value


@pytest.mark.parametrize(
    ("code", "text", "problem", "count"),
    [
        ("age", "210", "age", 210),
        ("age", "masih kecil", "no_number", None),
        ("insurance_number", "000123456789", "digits", 12),
        ("household_size", "99", "number", 99),
        ("school_debt", "banyak nian", "no_number", None),
        ("stopped_since", "entahlah", "no_date", None),
        ("school_level", "di sekolah dekat pasar", "choose", None),
        ("for_whom", "kenapa tanya?", "choose", None),
        ("business_kind", "x" * 200, "too_long", None),
    ],
)
def test_why_an_answer_cannot_be_taken(code: str, text: str, problem: str, count: int | None) -> None:
    heard = answered(QUESTIONS[code], text, (), MANNERS)
    assert (heard.value, heard.problem, heard.count) == (None, problem, count)


@pytest.mark.parametrize(
    ("code", "text", "entities", "value"),
    [
        ("age", "umur anak saya 8 tahun, sakit", [span("age", "8 tahun")], "8 tahun"),
        ("age", "anak umur 8 dan 6", [span("age", "8"), span("age", "6")], None),
        ("school_debt", "nunggak 350 ribu", [span("amount", "350 ribu")], "350000"),
        ("school_debt", "gaji cuma 500 ribu sebulan", [span("amount", "500 ribu")], None),
        ("treated_at", "di RSUD Abdul Manap", [span("organisation", "RSUD Abdul Manap")], "RSUD Abdul Manap"),
        ("treated_at", "di SMPN 14", [span("organisation", "SMPN 14")], None),
        ("school_name", "di SMPN 14", [span("organisation", "SMPN 14")], "SMPN 14"),
        ("for_whom", "anak sayo sakit", [span("family_member", "anak")], "child"),
        ("for_whom", "anak dan istri sakit", [span("family_member", "anak"), span("family_member", "istri")], None),
        ("aid_programme", "PKH saya hilang", [span("program", "PKH")], "pkh"),
        ("school_grade", "anak kelas 4 SD", [], "4"),
        ("document", "KTP saya hilang", [], "ktp"),
        ("document_problem", "KTP saya hilang", [], "lost"),
        ("insurance_number", "0001234567890", [], None),
    ],
)
def test_what_a_story_tells(code: str, text: str, entities: list[Entity], value: str | None) -> None:
    assert told(QUESTIONS[code], text, entities) == value


@given(st.sampled_from(sorted(QUESTIONS)), st.text(max_size=80))
def test_any_text_gets_an_answer_or_a_reason(code: str, text: str) -> None:
    heard = answered(QUESTIONS[code], text, (), MANNERS)
    assert (heard.value is None) == (heard.problem is not None)
    assert heard.value != ""


def test_an_answer_as_people_read_it() -> None:
    assert QUESTIONS["school_debt"].shown("1250000") == "Rp1.250.000"
    assert QUESTIONS["school_debt"].shown("below_500k") == "Di bawah 500 ribu"
    assert QUESTIONS["household_size"].shown("6") == "6 orang"
    assert QUESTIONS["for_whom"].shown("wong sebelah") == "wong sebelah"
