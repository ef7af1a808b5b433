"""Letters as they come out of the printer: read back as text, and their codes as a phone reads them."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pypdf import PdfReader

from referral.letters import letter_number, letters_pdf, letters_png

NASTY = '#eval("1+1") *tebal* $x$ \\ "kutip" <b>'
LETTER: dict[str, Any] = {
    "kind": "referral",
    "number": "042/RUJ/SLRT-KJ/XI/2026",
    "heading": ["PEMERINTAH KOTA JAMBI", "DINAS SOSIAL"],
    "office": "Sekretariat SLRT Kota Jambi",
    "contact": ["Jl. Contoh 1", "0741-000"],
    "place": "Jambi",
    "date": "22 November 2026",
    "nature": "Biasa",
    "to": ["Dinas Kesehatan Kota Jambi", "Pelayanan Kesehatan"],
    "restricted": False,
    "dated": False,
    "name": "Siti Aminah",
    "nik": "1571********9003",
    "home": "RT 12, Legok, Danau Sipin, Kota Jambi",
    "need": "Biaya berobat",
    "needs": ["Biaya berobat", "Perbaikan rumah"],
    "answers": [["Tempat berobat", "Di puskesmas"]],
    "ticket": "SLRT-1571-2611-00042",
    "due": "24 November 2026",
    "papers": ["KTP", "KK"],
    "note": "",
    "facts": ["DTSEN per 1 September 2026: desil 1"],
    "visits": ["Kunjungan rumah 20 November 2026: sudah pindah."],
    "assigned": ["Ahmad Fauzi", "Rina Oktaviani"],
    "visit_on": "24 November 2026",
    "signer": {"name": "Sri Wahyuni", "title": "Koordinator Puskesos"},
    "verify_link": "https://slrt.example.go.id/v/aBcDeFgHiJkLmNoPqRsTuV",
    "answer_link": "https://slrt.example.go.id/j/" + "a1B2-_" * 12,
    "answer_days": 60,
}
KINDS = ("referral", "recommendation", "registration", "visit_order")


def pages(*letters: dict[str, Any]) -> list[str]:
    reader = PdfReader(io.BytesIO(letters_pdf(letters)))
    return [" ".join(page.extract_text().replace("\u200b", "").split()) for page in reader.pages]


def codes(letter: dict[str, Any]) -> list[str]:
    found = []
    for picture in letters_png([letter], 150):
        found += [code.text for code in zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)))]
    return sorted(found)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_says_what_it_must_on_one_page(kind: str) -> None:
    (text,) = pages(LETTER | {"kind": kind})
    for told in ("SEKRETARIAT SLRT KOTA JAMBI", "042/RUJ/SLRT-KJ/XI/2026", "Siti Aminah", "Legok", "Sri Wahyuni"):
        assert told in text, told
    assert "Jl. Contoh 1" in text
    particular = {
        "referral": ["Kepada Yth.", "Pelayanan Kesehatan", "Biaya berobat", "Di puskesmas", "KTP", "24 November 2026"],
        "recommendation": ["merekomendasikan", "desil 1", "sudah pindah"],
        "registration": ["SURAT KETERANGAN TERDAFTAR", "DTSEN per 1 September 2026: desil 1"],
        "visit_order": ["SURAT TUGAS KUNJUNGAN", "Ahmad Fauzi", "Rina Oktaviani", "Perbaikan rumah"],
    }
    for told in particular[kind]:
        assert told in text, told


@pytest.mark.parametrize("kind", KINDS)
def test_the_codes_can_be_read_by_a_phone(kind: str) -> None:
    assert codes(LETTER | {"kind": kind}) == sorted([LETTER["verify_link"], LETTER["answer_link"]])
    assert codes(LETTER | {"kind": kind, "answer_link": None}) == [LETTER["verify_link"]]


def test_a_restricted_referral_says_nothing_of_person_or_need() -> None:
    (text,) = pages(LETTER | {"restricted": True, "nature": "Rahasia"})
    for hidden in ("Siti", "1571***", "Legok", "berobat", "puskesmas", "KTP", "Pelayanan Kesehatan ber"):
        assert hidden not in text
    assert "SLRT-1571-2611-00042" in text
    assert "bersifat rahasia" in text


def test_words_are_never_read_as_markup() -> None:
    (text,) = pages(LETTER | {"name": NASTY, "note": NASTY, "papers": [NASTY], "to": [NASTY]})
    assert text.count('#eval("1+1") *tebal* $x$') == 4


@pytest.mark.parametrize("kind", KINDS)
def test_long_names_and_many_lines_stay_on_the_paper(kind: str) -> None:
    long: dict[str, Any] = {
        "name": "M" * 300,
        "papers": ["surat " * 40] * 30,
        "needs": ["Kebutuhan panjang " * 5] * 40,
        "assigned": ["A" * 200] * 20,
        "facts": ["fakta " * 50] * 20,
        "note": "catatan " * 400,
        "to": ["U" * 200] * 3,
        "signer": {"name": "S" * 120, "title": "Koordinator"},
        "office": "Kantor " * 30,
    }
    letter = LETTER | long | {"kind": kind}
    pictures = [Image.open(io.BytesIO(picture)).convert("L") for picture in letters_png([letter], 60)]
    assert len(pictures) > 1
    for picture in pictures:
        wide, high = picture.size
        assert picture.crop((wide - 50, 0, wide, high)).getextrema() == (255, 255)
        assert picture.crop((0, high - 20, wide, high)).getextrema() == (255, 255)
    assert codes(letter) == sorted([LETTER["verify_link"], LETTER["answer_link"]])


@pytest.mark.parametrize("kind", KINDS)
def test_missing_data_leaves_no_hole(kind: str) -> None:
    empty = {"name": "", "nik": "", "home": "", "due": "", "papers": [], "answers": [], "needs": [], "facts": []}
    empty |= {
        "visits": [],
        "visit_on": "",
        "contact": [],
        "heading": [],
        "signer": {"name": "", "title": "Koordinator"},
    }
    (text,) = pages(LETTER | empty | {"kind": kind})
    assert "belum disebut" in text
    assert "belum diketahui" in text
    assert "(…" in text
    assert "none" not in text
    assert "paling lambat" not in text


def test_several_letters_have_pages_of_their_own_and_are_counted_anew() -> None:
    one, other = pages(LETTER, LETTER | {"number": "043/RUJ/SLRT-KJ/XI/2026"})
    assert "042/RUJ" in one
    assert "043/RUJ" not in one
    assert "043/RUJ" in other
    assert "Halaman 1" in one
    assert "Halaman 1" in other


@settings(max_examples=15)
@given(st.text(max_size=60))
def test_any_name_makes_a_letter(name: str) -> None:
    assert letters_pdf([LETTER | {"name": name.encode(errors="replace").decode()}]).startswith(b"%PDF")


def test_month_and_year_of_a_number_are_jambis() -> None:
    new_year = datetime(2026, 12, 31, 17, 30, tzinfo=UTC)
    assert letter_number("{number:03d}/{series}/{office}/{month}/{year}", 7, "REK", "SLRT-KJ", new_year) == (
        "007/REK/SLRT-KJ/I/2027"
    )
