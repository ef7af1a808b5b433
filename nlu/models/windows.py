"""Reading long letters in pieces: a need told in one sentence of many must not drown in the others."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_SENTENCE = re.compile(r"(?<=[.!?;\n])\s+")
_PIECE_WORDS = 40
_WHOLE_UP_TO = 70  # words; shorter messages are read as a whole alone
_PIECES_FROM = 300  # words; longer ones are judged by their pieces alone
NEEDS_WEIGHT = 0.7  # one sentence alone says less surely what the letter asks for
URGENT_WEIGHT = 0.5  # the more pieces, the likelier one sounds alarming by chance


def pieces_of(text: str) -> list[str]:
    """Return *text* in runs of whole sentences of about 40 words; nothing where the text is short."""
    if len(text.split()) <= _WHOLE_UP_TO:
        return []
    pieces: list[str] = []
    current: list[str] = []
    for sentence in _SENTENCE.split(text):
        for part in _cut(sentence.split()):
            if current and len(current) + len(part) > _PIECE_WORDS:
                pieces.append(" ".join(current))
                current = []
            current += part
    return [*pieces, " ".join(current)] if current else pieces


def piece_lengths(text: str) -> list[int]:
    """Return how many words each of the pieces of *text* has."""
    return [len(piece.split()) for piece in pieces_of(text)]


def _cut(words: list[str]) -> list[list[str]]:
    """Cut a sentence that has no end."""
    return [words[i : i + _PIECE_WORDS] for i in range(0, len(words), _PIECE_WORDS)]


def blend(whole: Floats, pieces: Floats, words: int, weight: float) -> Floats:
    """Return the probabilities of a message of so many *words*.

    Args:
        whole: of the message read as a whole, one per label.
        pieces: of its pieces, one row each.
        words: the longer the message, the more its surest piece counts. What the whole and a piece of it both say is
            as sure as the less sure of the two.
        weight: how much a piece alone is believed (``NEEDS_WEIGHT``, ``URGENT_WEIGHT``).
    """
    share = float(np.clip((words - _WHOLE_UP_TO) / (_PIECES_FROM - _WHOLE_UP_TO), 0.0, 1.0))
    surest = pieces.max(axis=0)
    return np.maximum((1.0 - share) * whole + share * weight * surest, np.minimum(whole, surest))
