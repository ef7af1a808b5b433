"""Names and their spellings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.names import name_similarity, normalise_name

names = st.text(alphabet="abcdehijmnorstuyz .,'", max_size=30)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("H. Moch. Rizky", "MUHAMMAD RISKI"),
        ("M. Rizky", "Mohamad Rizki"),
        ("Achmad Yusup", "Ahmad Yusuf, S.Pd."),
        ("Soeharto Djoko", "Suharto Joko"),
        ("Tjandra Sjarif", "Candra Syarif"),
        ("Hj. Siti Aminnah", "St. Aminah"),
        ("Raden Kemas Zulkifli", "Zulkipli"),
        ("Nur Hayati", "Nurhayati"),
        ("Chairul Abd. Rahman", "Khairul Abdul Rahman"),
        ("Aminah Siti", "Siti Aminah"),
    ],
)
def test_spellings_of_one_name_are_the_same(one: str, other: str) -> None:
    assert name_similarity(one, other) == 1.0


@pytest.mark.parametrize(
    ("one", "other"),
    [("Siti", "Siti Aminah"), ("Budi", "Andi"), ("Ani", "Ana"), ("Dewi Sartika", "Siti Aminah"), ("Ahmad", "")],
)
def test_other_names_are_not_alike(one: str, other: str) -> None:
    assert name_similarity(one, other) < 0.85


def test_an_initial_counts_for_the_word_it_begins() -> None:
    assert 0.85 < name_similarity("A. Rahman", "Abdul Rahman") < 1.0


def test_a_name_of_titles_alone_is_kept() -> None:
    assert normalise_name("Haji") == "haji"


@given(names, names)
def test_likeness_is_fair_and_between_nothing_and_the_same(one: str, other: str) -> None:
    alike = name_similarity(one, other)
    assert 0.0 <= alike <= 1.0
    assert alike == name_similarity(other, one)


@given(names)
def test_a_name_is_like_itself_in_capitals(name: str) -> None:
    assert name_similarity(name, name.upper()) == (1.0 if normalise_name(name) else 0.0)
