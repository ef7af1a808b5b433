"""How likely two entries of lists are the same person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from rapidfuzz import fuzz

from registry.names import name_similarity

SAME, PROBABLE, WEAK, NONE = "same", "probable", "weak", "none"


@dataclass(frozen=True)
class Identified:
    """What an entry says of a person; only the name is sure to be there."""

    name: str
    nik: str | None = None
    birth_date: date | None = None
    sex: str | None = None
    region_code: str | None = None
    address: str | None = None


@dataclass(frozen=True)
class Match:
    """`score` from 0 to 100; `grade`: same (equal NIK), probable, weak or none."""

    score: int
    grade: str


def match(one: Identified, other: Identified) -> Match:
    """Compare two entries. A name alone never makes a match, however alike it is."""
    if one.nik and one.nik == other.nik:
        return Match(100, SAME)
    rules = _rules()
    dates, address = _dates_alike(one.birth_date, other.birth_date), _address_alike(one, other)
    parts = {"name": name_similarity(one.name, other.name), "birth_date": dates, "address": address}
    score = sum(rules["weights"][part] * alike for part, alike in parts.items())
    if one.sex and other.sex and one.sex != other.sex:
        score += rules["other_sex"]
    rounded = max(0, round(score))
    return Match(rounded, _grade(rounded, beside_name=bool(dates or address)))


def _grade(score: int, *, beside_name: bool) -> str:
    if not beside_name or score < _rules()["weak_from"]:
        return NONE
    return PROBABLE if score >= _rules()["probable_from"] else WEAK


def _dates_alike(one: date | None, other: date | None) -> float:
    """1 for the same date, half for one that differs in one part or has day and month swapped."""
    if one is None or other is None:
        return 0.0
    if one == other:
        return 1.0
    same = (one.year == other.year) + (one.month == other.month) + (one.day == other.day)
    swapped = one.year == other.year and (one.month, one.day) == (other.day, other.month)
    return 0.5 if same == 2 or swapped else 0.0


def _address_alike(one: Identified, other: Identified) -> float:
    if not one.region_code or one.region_code != other.region_code:
        return 0.0
    if not one.address or not other.address:
        return 0.5
    return 0.5 + fuzz.token_sort_ratio(one.address.casefold(), other.address.casefold()) / 200


@lru_cache(maxsize=1)
def _rules() -> dict[str, Any]:
    rules: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "data" / "matching.yml").read_text())
    return rules
