"""NIK and KK numbers."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.nik import IdentityProblem, Nik, check_kk, check_nik, find_identity_numbers, mask, read_nik, redact

TODAY = date(2026, 11, 21)
CODES = {"too_short", "too_long", "not_digits", "bad_region", "bad_date", "future", "bad_serial"}
GOOD = "1571104705889001"

births = st.dates(TODAY - timedelta(days=98 * 365), TODAY)
regions = st.sampled_from(["157101", "150506", "167101", "320101", "941201"])
serials = st.integers(1, 9999).map(lambda number: f"{number:04}")
separators = st.sampled_from(["", " ", ".", "-", "  ", " - ", "\u2013", "/", "\u00a0", " . "])


def number(region: str, born: date, sex: str, serial: str) -> str:
    day = born.day + 40 if sex == "P" else born.day
    return f"{region}{day:02}{born:%m%y}{serial}"


@given(regions, births, st.sampled_from("LP"), serials)
def test_a_nik_tells_what_it_was_made_of(region: str, born: date, sex: str, serial: str) -> None:
    assert Nik.parse(number(region, born, sex, serial), TODAY) == Nik(region, born, sex, serial)


@given(st.text(max_size=20))
def test_whatever_is_typed_is_either_taken_or_refused_with_a_code(text: str) -> None:
    digits = read_nik(text)
    code = None
    try:
        check_nik(digits, TODAY)
    except IdentityProblem as problem:
        code = problem.code
    assert code in CODES or (code is None and len(digits) == 16 and digits.isascii())


@pytest.mark.parametrize(
    ("digits", "code"),
    [
        ("", "too_short"),
        ("157110470588900", "too_short"),
        ("15711047058890011", "too_long"),
        ("15711O4705889001", "not_digits"),
        ("١٥٧١١٠٤٧٠٥٨٨٩٠٠١", "not_digits"),
        ("9971104705889001", "bad_region"),
        ("1500104705889001", "bad_region"),
        ("1571003005889001", "bad_region"),
        ("1571103202889001", "bad_date"),
        ("1571107305889001", "bad_date"),
        ("1571103002889001", "bad_date"),
        ("1571100013889001", "bad_date"),
        ("1571102211269001", "future"),
        ("1571100101279001", "future"),
        ("1571104705880000", "bad_serial"),
    ],
)
def test_what_cannot_be_a_nik_is_named(digits: str, code: str) -> None:
    with pytest.raises(IdentityProblem) as caught:
        check_nik(digits, TODAY)
    assert caught.value.code == code


@pytest.mark.parametrize("digits", ["1671012111269001", "3374010101289001", "1571102902249001"])
def test_a_child_of_today_a_very_old_person_and_a_leap_day_are_taken(digits: str) -> None:
    check_nik(digits, TODAY)


def test_a_kk_number_may_bear_any_date() -> None:
    check_kk("1571109999999001")
    with pytest.raises(IdentityProblem):
        check_kk("157110999999900")


@given(regions, births, st.sampled_from("LP"), serials, st.lists(separators, min_size=15, max_size=15))
def test_a_number_is_found_and_taken_out_however_it_is_spaced(
    region: str, born: date, sex: str, serial: str, between: list[str]
) -> None:
    digits = number(region, born, sex, serial)
    written = "".join(digit + gap for digit, gap in zip(digits, [*between, ""], strict=True))
    text = f"nik saya {written} tolong"
    assert find_identity_numbers(text) == [(9, 9 + len(written), digits)]
    assert redact(text) == "nik saya [nomor 16 angka] tolong"
    assert read_nik(written) == digits


@given(st.text(alphabet="0123456789 .-,abc\n/", max_size=120))
def test_no_run_of_sixteen_digits_survives(text: str) -> None:
    left = redact(text)
    assert not find_identity_numbers(left)
    assert all(len(run) < 16 for run in "".join(c if c.isdigit() else " " for c in left).split())


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"{GOOD} {GOOD}", "[nomor 16 angka] [nomor 16 angka]"),
        (f"{GOOD}{GOOD}", "[nomor 16 angka][nomor 16 angka]"),
        (f"nik:{GOOD},kk:{GOOD}", "nik:[nomor 16 angka],kk:[nomor 16 angka]"),
        (f"RT 12 {GOOD}", "RT 12 [nomor 16 angka]"),
        (f"hp 081234567890 {GOOD}", "hp 081234567890 [nomor 16 angka]"),
        ("1571 1047 0588 9001 hp 0812", "[nomor 16 angka] hp 0812"),
        ("１５７１１０４７０５８８９００１", "[nomor 16 angka]"),
        (f"{GOOD}5", "[nomor 16 angka]"),
        ("Rp 15.000.000 - 25.000.000", "Rp 15.000.000 - 25.000.000"),
        ("hp 081234567890\n2024", "hp 081234567890\n2024"),
        ("157110470588900", "157110470588900"),
        ("21/11/2026 08:30", "21/11/2026 08:30"),
    ],
)
def test_taking_numbers_out_leaves_the_rest(text: str, left: str) -> None:
    assert redact(text) == left


@pytest.mark.parametrize(
    "text", [GOOD, " 1571-1047-0588-9001 ", "NIK saya: 1571 1047 0588 9001.", "No. KTP 1571.1047.0588.9001"]
)
def test_typed_numbers_are_read(text: str) -> None:
    assert read_nik(text) == GOOD


def test_a_masked_number_hides_birth_date_and_sex() -> None:
    assert mask(GOOD) == "1571********9001"
    assert mask("1234") == "****"
