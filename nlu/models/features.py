"""The one featurisation that intent, needs and urgency share."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from scipy.sparse import csr_matrix, hstack

from nlu.models.analysis import Analysis, analyse
from nlu.models.concepts import concept_terms
from nlu.models.tfidf import TfIdf, char_ngrams, skip_pairs, with_pairs

Block = tuple[Callable[[Analysis], Iterable[str]], int]

BLOCKS: dict[str, Block] = {
    "raw_words": (lambda a: with_pairs(a.raw), 2),
    "stems": (lambda a: with_pairs(a.stems), 2),
    "words": (lambda a: with_pairs(a.words), 2),
    "chars": (lambda a: char_ngrams(a.words), 3),
    "raw_chars": (lambda a: char_ngrams(a.raw), 3),
    "concepts": (lambda a: concept_terms(a.clauses), 2),
    "shape": (lambda a: a.shape, 2),
    "skips": (lambda a: skip_pairs(a.clauses), 3),
}
"""Each block's terms and the number of messages a term must appear in."""

USED = ("stems", "words", "chars", "raw_chars", "concepts", "shape", "skips")
"""The blocks that earned their place (docs/nlu.md)."""


class TextFeatures:
    """Several TF-IDF blocks side by side.

    Args:
        blocks: names of :data:`BLOCKS`, in column order.
    """

    def __init__(self, blocks: Sequence[str] = USED) -> None:
        self._blocks = {name: TfIdf(*BLOCKS[name]) for name in blocks}

    def fit(self, texts: Sequence[str]) -> TextFeatures:
        """Learn the terms of *texts*; returns itself."""
        analyses = [analyse(text) for text in texts]
        for block in self._blocks.values():
            block.fit(analyses)
        return self

    def transform(self, texts: Sequence[str]) -> csr_matrix:
        """Return one row per text."""
        analyses = [analyse(text) for text in texts]
        return hstack([block.transform(analyses) for block in self._blocks.values()], format="csr")

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
