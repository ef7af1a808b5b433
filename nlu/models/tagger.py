"""Finding entities that need context: a conditional random field over words, fed with the rules' hints."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pycrfsuite

from nlu.lexicon import normalise, stem
from nlu.lexicon.spelling import fold
from nlu.lexicon.tokens import LONGEST_TEXT
from nlu.models.entity_rules import FINAL, RuleSpan, find_hints, given_names
from nlu.models.noise import with_rough_copies

TAGGED = ("person_name", "family_member", "illness", "school_level", "age", "amount", "place", "date", "program",
          "organisation")  # fmt: skip

_ITERATIONS = 10
_LEAST = 2  # times that a feature must be seen
_EVERY = 3  # of the messages with fewer than two spans
_PIECE = re.compile(r"[^\W\d_]+(?:['’`][^\W\d_]+)*2?(?![\w])|[^\W\d_]+|\d+(?:[.,]\d+)*|[^\w\s]")
_SHAPE = re.compile(r"[A-Z]+|[a-z]+|\d+")


@dataclass(frozen=True)
class Piece:
    """A word, number or mark of the text, as the tagger cuts it."""

    raw: str
    start: int
    end: int


def cut(text: str) -> list[Piece]:
    """Return the pieces of *text*: like the lexicon's tokens, but with marks and without joining."""
    text = text[:LONGEST_TEXT]
    return [Piece(m[0], m.start(), m.end()) for m in _PIECE.finditer(text)]


def _shape(raw: str) -> str:
    if raw.isdigit():
        return f"d{min(len(raw), 5)}"
    return _SHAPE.sub(lambda m: "X" if m[0].isupper() else "x" if m[0].islower() else "d", raw)[:4]


@lru_cache(maxsize=4_000)  # a few hundred words are most of what is written
def _own(raw: str) -> tuple[str, ...]:
    """Return features of a piece alone."""
    word = fold(raw)
    norm = normalise(raw) if word.isalpha() or "2" in word else "#"
    root = stem(norm)
    name = ("name",) if word in given_names() else ()
    return (f"w={word}", f"n={norm}", f"s={root}", f"sh={_shape(raw)}", f"p={word[:3]}", f"e={word[-3:]}",
            f"e2={word[-2:]}", *name)  # fmt: skip


def _hint_marks(pieces: Sequence[Piece], hints: Iterable[RuleSpan]) -> list[list[str]]:
    marks: list[list[str]] = [[] for _ in pieces]
    ends = [piece.end for piece in pieces]
    for hint in hints:
        first = bisect_right(ends, hint.start)
        for i in range(first, len(pieces)):
            if pieces[i].start >= hint.end:
                break
            mark = f"h={'B' if i == first else 'I'}-{hint.entity}"
            if mark not in marks[i]:
                marks[i].append(mark)
    return marks


def features_of(text: str, pieces: Sequence[Piece]) -> list[list[str]]:
    """Return the features of each piece: its own, its neighbours', and the rules' hints."""
    own = [_own(piece.raw) for piece in pieces]
    marks = _hint_marks(pieces, find_hints(text))
    rows = []
    for i in range(len(pieces)):
        row = ["bias", *own[i], *marks[i]]
        for offset in (-2, -1, 1, 2):
            j = i + offset
            if 0 <= j < len(pieces):
                kept = own[j][1:4] if abs(offset) == 1 else own[j][1:2]
                row += [f"{offset}:{feature}" for feature in (*kept, *marks[j])]
            else:
                row.append(f"{offset}:end")
        rows.append(row)
    return rows


def labels_of(pieces: Sequence[Piece], spans: Iterable[Any]) -> list[str]:
    """Return BIO labels of *pieces* for the tagged entity types among *spans*."""
    labels = ["O"] * len(pieces)
    for span in spans:
        if span.entity not in TAGGED:
            continue
        begun = False
        for i, piece in enumerate(pieces):
            if piece.start < span.end and piece.end > span.start:
                labels[i] = f"{'I' if begun else 'B'}-{span.entity}"
                begun = True
    return labels


class Tagger:
    """A trained field, from the bytes of its file (the file itself may go away)."""

    def __init__(self, model: bytes) -> None:
        self._model = model  # the library keeps a pointer into these bytes, not a reference
        self._tagger = pycrfsuite.Tagger()
        self._tagger.open_inmemory(self._model)

    def tag(self, text: str) -> list[RuleSpan]:
        """Return the entities of *text*, by start."""
        pieces = cut(text)
        if not pieces:
            return []
        return spans_of(pieces, self._tagger.tag(features_of(text, pieces)))


def spans_of(pieces: Sequence[Piece], labels: Sequence[str]) -> list[RuleSpan]:
    """Return the spans that BIO *labels* describe."""
    found: list[RuleSpan] = []
    open_type = ""
    for piece, label in zip(pieces, labels, strict=True):
        prefix, _, entity = label.partition("-")
        if prefix == "I" and entity == open_type:
            found[-1] = RuleSpan(entity, found[-1].start, piece.end)
        elif prefix in ("B", "I"):
            found.append(RuleSpan(entity, piece.start, piece.end))
        open_type = entity
    return found


def train(examples: Iterable[tuple[str, Iterable[Any]]], path: Path) -> None:
    """Train on (text, spans) *examples* and on roughened copies of them; write the model to *path*.

    Passive-aggressive: as good as L-BFGS or better, in a third of its time. Of the messages with fewer than two spans
    every third is enough, too (docs/nlu.md).
    """
    told = [(text, tuple(spans)) for text, spans in examples]
    told = [(text, spans) for i, (text, spans) in enumerate(told) if i % _EVERY == 0 or len(spans) > 1]
    trainer = pycrfsuite.Trainer(algorithm="pa", verbose=False)
    trainer.set_params({"max_iterations": _ITERATIONS, "feature.minfreq": _LEAST})
    for text, spans in with_rough_copies(told):
        pieces = cut(text)
        if pieces:
            trainer.append(features_of(text, pieces), labels_of(pieces, spans))
    trainer.train(str(path))


__all__ = ["FINAL", "TAGGED", "Piece", "Tagger", "cut", "features_of", "labels_of", "spans_of", "train"]
