"""The lexicon's tables, read once and on first use, so that importing the package costs nothing."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True)
class Acronym:
    """A programme, document or office known by its letters."""

    form: str
    kind: str
    meaning: str
    variants: tuple[str, ...]


def rows(name: str) -> list[dict[str, str]]:
    """Return the rows of ``data/NAME`` (CSV with a header)."""
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def word_list(name: str) -> frozenset[str]:
    """Return the words of ``data/NAME``: separated by spaces or lines, ``#`` begins a comment line."""
    lines = (DATA / name).read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


@lru_cache(maxsize=1)
def replacements() -> dict[str, str]:
    """Return chat and Jambi forms with their standard form (one word or several)."""
    table: dict[str, str] = {}
    for name in ("jambi.csv", "chat.csv"):
        for row in rows(name):
            table.setdefault(row["form"], row["standard"])
    for acronym in acronyms().values():
        for variant in acronym.variants:
            table[variant] = acronym.form
    return table


@lru_cache(maxsize=1)
def phrases() -> dict[tuple[str, ...], str]:
    """Return phrases of several tokens with their standard form."""
    return {tuple(row["phrase"].split()): row["standard"] for row in rows("phrases.csv")}


@lru_cache(maxsize=1)
def acronyms() -> dict[str, Acronym]:
    """Return acronyms by their lower-case form."""
    return {
        row["form"]: Acronym(row["form"], row["kind"], row["meaning"], tuple(filter(None, row["variants"].split(";"))))
        for row in rows("acronyms.csv")
    }


@lru_cache(maxsize=1)
def roots() -> frozenset[str]:
    """Return the roots and common forms that the stemmer accepts as the end of a word's stripping."""
    return word_list("roots.txt")


@lru_cache(maxsize=1)
def protected() -> frozenset[str]:
    """Return words that no rule may change: listed ones, acronyms, words of place names."""
    places = {word for row in rows("places.csv") for word in row["name"].lower().split()}
    aliases = {word for row in rows("place_aliases.csv") for word in row["alias"].split()}
    return word_list("protected.txt") | frozenset(acronyms()) | places | aliases


@lru_cache(maxsize=1)
def vocabulary() -> dict[str, int]:
    """Return the domain's vocabulary with counts: what typing errors are corrected against."""
    counts = {row["word"]: int(row["count"]) for row in rows("vocabulary.csv")}
    for word in roots():
        counts[word] = counts.get(word, 0) + 1
    return counts


@lru_cache(maxsize=1)
def known() -> frozenset[str]:
    """Return all words that are right as they stand."""
    return frozenset(vocabulary()) | protected()
