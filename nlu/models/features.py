"""The one featurisation that intent, needs and urgency share."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import csr_matrix

from nlu.models.analysis import Analysis, analyse
from nlu.models.concepts import concept_terms
from nlu.models.tfidf import Inside, TfIdf, char_ngrams, skip_pairs, with_pairs


class Block(NamedTuple):
    """What a block sees of a message, in how many it must appear, the length of its rows, what is inside its terms."""

    terms: Callable[[Analysis], Iterable[str]]
    least: int
    weight: float = 1.0
    inside: Inside | None = None


BLOCKS: dict[str, Block] = {
    "raw_words": Block(lambda a: with_pairs(a.raw), 2),
    "stems": Block(lambda a: with_pairs(a.stems), 2, 1.5),
    "words": Block(lambda a: with_pairs(a.words), 2, 1.3),
    "chars": Block(lambda a: a.words, 3, inside=char_ngrams),
    "raw_chars": Block(lambda a: a.raw, 3, inside=char_ngrams),
    "concepts": Block(lambda a: concept_terms(a.clauses), 2, 0.5),
    "shape": Block(lambda a: a.shape, 2, 0.6),
    "skips": Block(lambda a: skip_pairs(a.clauses), 3),
}
"""The blocks of features; the weights are those that did best on writers left out in turn (docs/nlu.md)."""

USED = ("stems", "words", "raw_chars", "concepts", "shape", "skips")
"""The blocks that earned their place (docs/nlu.md)."""


class TextFeatures:
    """Several TF-IDF blocks side by side.

    Args:
        blocks: names of :data:`BLOCKS`, in column order.
    """

    def __init__(self, blocks: Sequence[str] = USED) -> None:
        self._blocks = {name: TfIdf(BLOCKS[name].terms, BLOCKS[name].least, BLOCKS[name].inside) for name in blocks}

    def fit(self, texts: Sequence[str]) -> TextFeatures:
        """Learn the terms of *texts*; returns itself."""
        self._learn(texts)
        return self

    def fit_transform(self, texts: Sequence[str]) -> csr_matrix:
        """Learn the terms of *texts*, which are read once; return one row per text."""
        return self._rows(self._learn(texts))

    def transform(self, texts: Sequence[str]) -> csr_matrix:
        """Return one row per text."""
        return self._rows([analyse(text) for text in texts])

    def _learn(self, texts: Sequence[str]) -> list[Analysis]:
        analyses = [analyse(text) for text in texts]
        for block in self._blocks.values():
            block.fit(analyses)
        return analyses

    def _rows(self, analyses: Sequence[Analysis]) -> csr_matrix:
        """Return the blocks' rows side by side, laid out at once: joining matrices costs a short message the most."""
        count, width = len(analyses), 0
        columns, values, rows = [], [], []
        for name, block in self._blocks.items():
            found = block.entries(analyses)
            columns.append(found.columns + width)
            values.append(found.values * np.float32(BLOCKS[name].weight))
            rows.append(np.repeat(np.arange(count), found.sizes))
            width += len(block.vocabulary)
        owners = np.concatenate(rows)
        order = np.argsort(owners, kind="stable")
        starts = np.concatenate([[0], np.cumsum(np.bincount(owners, minlength=count))])
        matrix = csr_matrix((np.concatenate(values)[order], np.concatenate(columns)[order], starts), (count, width))
        matrix.sort_indices()  # the solver would do it itself, in several threads at once
        return matrix

    def save(self, path: Path) -> None:
        """Write the learnt terms to *path* (JSON)."""
        state: dict[str, Any] = {name: block.state() for name, block in self._blocks.items()}
        path.write_text(json.dumps(state, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> TextFeatures:
        """Return what :meth:`save` wrote to *path*."""
        state = json.loads(path.read_text(encoding="utf-8"))
        features = cls(tuple(state))
        for name, block in features._blocks.items():
            block.restore(state[name])
        return features


__all__ = ["BLOCKS", "USED", "TextFeatures"]
