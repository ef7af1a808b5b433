"""Ideas behind the words: many ways to say one thing become one feature."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

import yaml

from nlu.lexicon import stem, words
from nlu.lexicon.tables import DATA

_NEGATIONS = frozenset({"tidak", "belum", "bukan", "tanpa", "jangan"})
_REACH_OF_NEGATION = 2


@lru_cache(maxsize=1)
def _phrases() -> dict[str, dict[tuple[str, ...], list[str]]]:
    """Return the concepts' phrases as stems: by first stem, then by the whole phrase."""
    table: dict[str, dict[tuple[str, ...], list[str]]] = {}
    for concept, forms in yaml.safe_load((DATA / "concepts.yml").read_text(encoding="utf-8")).items():
        for form in forms:
            key = tuple(stem(word) for word in words(str(form)))
            if key:
                names = table.setdefault(key[0], {}).setdefault(key, [])
                if concept not in names:
                    names.append(concept)
    return table


@lru_cache(maxsize=1)
def _urgency() -> tuple[frozenset[str], str, str]:
    """Return the endangering concepts, the one for "now" and the one for "over"."""
    data = yaml.safe_load((DATA / "urgency.yml").read_text(encoding="utf-8"))
    return frozenset(data["dangers"]), data["now"], data["past"]


@lru_cache(maxsize=1)
def _longest() -> int:
    return max(len(key) for keys in _phrases().values() for key in keys)


def _found(stems: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Yield (position, concept) for every phrase among *stems*."""
    table = _phrases()
    for i, first in enumerate(stems):
        keys = table.get(first)
        if keys is None:
            continue
        for length in range(1, _longest() + 1):
            for concept in keys.get(tuple(stems[i : i + length]), ()) if i + length <= len(stems) else ():
                yield i, concept


def concept_terms(clauses: Sequence[Sequence[str]]) -> list[str]:
    """Return the concepts of a message, clause by clause.

    A concept, the same behind a negation, each pair of concepts that share a clause, and each danger with
    what the message says of its time (``beat@now``, ``flood@past``).
    """
    terms: list[str] = []
    everywhere: set[str] = set()
    for clause in clauses:
        present: list[str] = []
        for position, concept in _found(clause):
            negated = any(word in _NEGATIONS for word in clause[max(0, position - _REACH_OF_NEGATION) : position])
            present.append(f"not {concept}" if negated else concept)
        distinct = sorted(set(present))
        terms += present
        terms += [f"{a}+{b}" for i, a in enumerate(distinct) for b in distinct[i + 1 :]]
        everywhere.update(distinct)
    return terms + _timed_dangers(everywhere)


def _timed_dangers(present: set[str]) -> list[str]:
    dangers, now, past = _urgency()
    when = ("now" if now in present else "") + ("past" if past in present else "")
    return [f"{concept}@{when}" for concept in sorted(present & dangers)]
