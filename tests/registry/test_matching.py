"""How likely two entries are one person."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.matching import Identified, Match, match

WOMAN = Identified("Siti Aminah", None, date(1988, 5, 7), "P", "15.71.10.1003", "Lorong Rukun No. 7")


def test_the_same_nik_is_the_same_person() -> None:
    assert match(Identified("A", "1571104705889001"), Identified("B", "1571104705889001")) == Match(100, "same")


@pytest.mark.parametrize(
    ("other", "score", "grade"),
    [
        (WOMAN, 100, "probable"),
        (replace(WOMAN, name="Hj. Siti Amminah"), 100, "probable"),
        (replace(WOMAN, birth_date=date(1988, 7, 5)), 85, "probable"),
        (replace(WOMAN, birth_date=date(1988, 7, 5), sex="L"), 75, "weak"),
        (replace(WOMAN, birth_date=None), 70, "weak"),
        (replace(WOMAN, region_code="15.71.02.1004"), 80, "probable"),
        (replace(WOMAN, birth_date=None, region_code=None), 50, "none"),
        (replace(WOMAN, birth_date=date(1970, 1, 1), region_code=None), 50, "none"),
    ],
)
def test_scores_follow_the_practised_weights(other: Identified, score: int, grade: str) -> None:
    assert match(WOMAN, other) == Match(score, grade)


def test_another_name_at_the_same_address_is_weak_at_most() -> None:
    assert match(WOMAN, replace(WOMAN, name="Bambang")).grade == "weak"


people = st.builds(
    Identified,
    st.sampled_from(["Siti", "Siti Aminah", "Budi", "Budi Santoso"]),
    st.none(),
    st.none() | st.dates(date(1950, 1, 1), date(2020, 1, 1)),
    st.sampled_from(["L", "P", None]),
    st.sampled_from(["15.71.10.1003", "15.71.02.1004", None]),
    st.sampled_from(["Lorong Rukun 7", "Jl. Melati", None]),
)


@given(people, people)
def test_matching_is_fair_and_never_rests_on_the_name_alone(one: Identified, other: Identified) -> None:
    assert match(one, other) == match(other, one)
    bare = match(Identified(one.name), Identified(one.name))
    assert bare.grade == "none"
    assert 0 <= match(one, other).score <= 100
