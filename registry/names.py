"""Names of persons: one form for their many spellings, and how alike two of them are."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from rapidfuzz import fuzz
from rapidfuzz.distance import JaroWinkler

_WORD = re.compile(r"[a-z]+")
_DOUBLE = re.compile(r"(.)\1+")
_FINAL_Y = re.compile(r"(?<=[^aiueo])y$")
_SAME_WORD = 0.9
_INITIAL = 0.9  # how far an initial stands for a word that it begins


def normalise_name(name: str) -> str:
    """The name without titles, each word in one spelling: "H. Moch. Rizky" and "Muhammad Riski" are the same."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    letters = re.sub(r"['’`]", "", "".join(c for c in plain if not unicodedata.combining(c)))
    # "S.Pd." is one title, not an initial and a word
    tokens = _WORD.findall(re.sub(r"\b([a-z]{1,3})\.(?=[a-z]{1,3}\b)", r"\1", letters))
    kept = [token for token in tokens if token not in _titles()] or tokens
    return " ".join(_one_form(token) for token in kept)


def name_similarity(one: str, other: str) -> float:
    """From 0 (nothing in common) to 1 (the same name in whatever spelling); the order of the words counts little."""
    first, second = normalise_name(one), normalise_name(other)
    if not first or not second:
        return 0.0
    if first == second:
        return 1.0
    spaceless = fuzz.ratio(*sorted((first.replace(" ", ""), second.replace(" ", "")))) / 100
    return max(_by_words(first.split(), second.split()), spaceless)


def _by_words(first: list[str], second: list[str]) -> float:
    """The share of letters in words that have a partner in the other name."""
    pairs = [(_alike(a, b), (a, b), i, j) for i, a in enumerate(first) for j, b in enumerate(second)]
    # the best partners first; equally good ones in an order that does not depend on which name came first
    pairs.sort(key=lambda pair: (pair[0], len("".join(pair[1])), sorted(pair[1])), reverse=True)
    total = sum(map(len, first)) + sum(map(len, second))
    taken_first, taken_second, shared = set[int](), set[int](), 0.0
    for alike, _, i, j in pairs:
        if alike and i not in taken_first and j not in taken_second:
            taken_first.add(i)
            taken_second.add(j)
            longest = max(len(first[i]), len(second[j]))
            if min(len(first[i]), len(second[j])) == 1:
                total += longest - 1  # an initial weighs as much as the word it stands for
                shared += alike * 2 * longest
            else:
                shared += alike * (len(first[i]) + len(second[j]))
    return min(shared / total, 1.0)


def _alike(a: str, b: str) -> float:
    if a == b:
        return 1.0
    if 1 in (len(a), len(b)):
        return _INITIAL if a[0] == b[0] else 0.0
    alike = JaroWinkler.similarity(*sorted((a, b)))
    return alike if alike >= _SAME_WORD else 0.0


@lru_cache(maxsize=20_000)
def _one_form(word: str) -> str:
    return _variants().get(word) or _variants().get(_soften(word)) or _soften(word)


def _soften(word: str) -> str:
    for old, new in _data()["letters"]:
        word = word.replace(old, new)
    return _FINAL_Y.sub("i", _DOUBLE.sub(r"\1", word))


@lru_cache(maxsize=1)
def _variants() -> dict[str, str]:
    return {
        form: word
        for word, forms in _data()["words"].items()
        for variant in forms
        for form in (variant, _soften(variant))
    }


@lru_cache(maxsize=1)
def _titles() -> frozenset[str]:
    return frozenset(_data()["titles"].split())


@lru_cache(maxsize=1)
def _data() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "data" / "names.yml").read_text())
    return content
