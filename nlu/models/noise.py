"""Roughened copies of training messages: what hurried thumbs leave of a well-written sentence."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

_SHARE = 0.3  # of the messages get a copy
_MARKS = ".,!?;:"
_MARK_LOST = 0.7
_VOWELS = "aiueo"
_VOWEL_LOST = 0.25
_SEED = 1


class RoughSpan(NamedTuple):
    """A label's place in the roughened text."""

    entity: str
    start: int
    end: int


def roughen(text: str, spans: Iterable[Any], chance: random.Random) -> tuple[str, list[RoughSpan]]:
    """Return *text* in lower case, with marks lost and, every other time, vowels too; *spans* follow.

    Args:
        text: the message.
        spans: objects with ``entity``, ``start`` and ``end``.
        chance: where the dice come from.
    """
    drops_vowels = chance.random() < 0.5
    kept: list[str] = []
    places = []
    for i, letter in enumerate(text):
        places.append(len(kept))
        inside = 0 < i < len(text) - 1 and text[i - 1].isalpha() and text[i + 1].isalpha()
        if letter in _MARKS and chance.random() < _MARK_LOST:
            continue
        if drops_vowels and inside and letter in _VOWELS and chance.random() < _VOWEL_LOST:
            continue
        kept.append(letter.lower())
    places.append(len(kept))
    moved = [RoughSpan(span.entity, places[span.start], places[span.end]) for span in spans]
    return "".join(kept), [span for span in moved if span.end > span.start]


def with_rough_copies(
    examples: Sequence[tuple[str, Sequence[Any]]],
) -> Iterator[tuple[str, Sequence[Any]]]:
    """Yield *examples*, and a roughened copy of about a third of those that have spans; always the same ones."""
    chance = random.Random(_SEED)  # noqa: S311  # dice, not secrets
    for text, spans in examples:
        yield text, spans
        if spans and chance.random() < _SHARE:
            yield roughen(text, spans, chance)
