"""Term weighting: terms of a text to the entries of one sparse row, kept as plain arrays and JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from itertools import chain, pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


class Entries(NamedTuple):
    """What rows hold: columns and values of all, row after row, and how many each row has."""

    columns: NDArray[np.int32]
    values: NDArray[np.float32]
    sizes: NDArray[np.int32]


Terms = Callable[[Any], Iterable[str]]
Inside = Callable[[str], Iterable[str]]


class TfIdf:
    """TF-IDF with damped counts and rows of length one.

    Args:
        terms: gives the terms of one document.
        least: documents a term must appear in to be kept.
        inside: gives the terms inside each of those, which count instead (a word's n-grams). Most words return, so a
            word is taken apart once for all documents.
    """

    def __init__(self, terms: Terms, least: int = 2, inside: Inside | None = None) -> None:
        self._terms = terms
        self._least = least
        self._inside = inside
        self.vocabulary: dict[str, int] = {}
        self.idf = np.zeros(0, dtype=np.float32)

    def fit(self, documents: Sequence[Any]) -> TfIdf:
        """Learn vocabulary and weights from *documents*; returns itself."""
        frequency: Counter[str] = Counter()
        apart = None if self._inside is None else cache(self._inside)
        for document in documents:
            terms = set(self._terms(document))
            frequency.update(terms if apart is None else set(chain.from_iterable(map(apart, terms))))
        kept = sorted(term for term, count in frequency.items() if count >= self._least)
        self.vocabulary = {term: i for i, term in enumerate(kept)}
        counts = np.array([frequency[term] for term in kept], dtype=np.float64)
        self.idf = (np.log((1 + len(documents)) / (1 + counts)) + 1).astype(np.float32)
        return self

    def entries(self, documents: Iterable[Any]) -> Entries:
        """Return the entries of one row per document, as many columns as terms; unknown terms are left out."""
        columns: list[int] = []
        counted: list[int] = []
        sizes: list[int] = []
        inside = self._inside
        apart = None if inside is None else cache(lambda word: self._known(inside(word)))
        for document in documents:
            terms = self._terms(document)
            counts = Counter(self._known(terms) if apart is None else chain.from_iterable(map(apart, terms)))
            columns += counts
            counted += counts.values()
            sizes.append(len(counts))
        values = (1 + np.log(np.array(counted, dtype=np.float64))) * self.idf[columns]
        lengths = np.sqrt(np.bincount(np.repeat(np.arange(len(sizes)), sizes), values * values, len(sizes)))
        values /= np.repeat(lengths, sizes)
        return Entries(np.array(columns, dtype=np.int32), values.astype(np.float32), np.array(sizes, dtype=np.int32))

    def _known(self, terms: Iterable[str]) -> list[int]:
        """Return the columns of those *terms* that have one."""
        return [column for column in map(self.vocabulary.get, terms) if column is not None]

    def state(self) -> dict[str, Any]:
        """Return what :meth:`restore` needs, fit for JSON."""
        return {"terms": list(self.vocabulary), "idf": [round(float(x), 5) for x in self.idf]}

    def restore(self, state: dict[str, Any]) -> TfIdf:
        """Take over the *state* of a fitted instance; returns itself."""
        self.vocabulary = {term: i for i, term in enumerate(state["terms"])}
        self.idf = np.array(state["idf"], dtype=np.float32)
        return self


def char_ngrams(word: str, shortest: int = 3, longest: int = 5) -> list[str]:
    """Return the character n-grams of *word*, which is padded by a space on both sides."""
    padded = f" {word} "
    return [padded[i : i + n] for n in range(shortest, longest + 1) for i in range(len(padded) - n + 1)]


def with_pairs(words: Sequence[str]) -> list[str]:
    """Return *words* followed by each pair of neighbours."""
    return [*words, *(f"{a} {b}" for a, b in pairwise(words))]


def skip_pairs(clauses: Iterable[Sequence[str]], reach: int = 4) -> Iterable[str]:
    """Yield the pairs of words that stand near each other in a clause, but not side by side, whatever their order."""
    for clause in clauses:
        for i, first in enumerate(clause):
            for second in clause[i + 2 : i + reach + 1]:
                yield "|".join(sorted((first, second)))
