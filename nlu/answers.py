"""Between a message and Rasa: what is asked at all, and how its answer becomes an :class:`Understanding`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nlu.labels import ENTITIES, INTENTS, NEEDS
from nlu.port import Entity, NeedGuess, Understanding

LONGEST_TEXT = 8_000
"""Characters of a message that are read; Telegram itself allows 4,096."""

_COMMAND = re.compile(r"/+[^\s{]*\s*(?:\{.*)?", re.DOTALL)


@dataclass(frozen=True)
class Question:
    """What Rasa is asked: ``text`` begins at ``offset`` of the original message."""

    text: str
    offset: int


def question_of(message: str) -> Question | None:
    """Return what to ask about *message*, or ``None`` where there is nothing to understand.

    Nothing is asked about blanks, emoji, punctuation and slash commands (Rasa would take ``/intent`` at its
    word). A slash before a sentence is dropped; more than ``LONGEST_TEXT`` characters are cut off.
    """
    readable = message.encode("utf-8", "replace").decode("utf-8")
    text = readable[:LONGEST_TEXT].rstrip()
    if _COMMAND.fullmatch(text.lstrip()) and text.lstrip()[:1] == "/":
        return None
    bare = text.lstrip("/ \t\r\n\f\v\u00a0\u200b\ufeff").lstrip()
    if bare.startswith("/"):
        bare = bare.lstrip("/").lstrip()
    if not any(character.isalnum() for character in bare):
        return None
    return Question(bare, len(text) - len(bare))


def understanding_of(answer: Mapping[str, Any], question: Question, message: str) -> Understanding:
    """Return what Rasa's *answer* to *question* says about *message*.

    Labels that we don't have and spans that don't lie on the text are dropped. Raises ``KeyError``,
    ``TypeError``, ``ValueError`` or ``AttributeError`` where the answer is not one of our pipeline's.
    """
    intent = answer["intent"]["name"]
    known = bool(answer["known"])
    return Understanding(
        intent=intent if known and intent in INTENTS else None,
        confidence=float(answer["intent"]["confidence"]),
        needs=_guesses(answer["needs"]),
        candidates=_guesses(answer["candidates"]),
        urgent=bool(answer["urgent"]),
        entities=_entities(answer["entities"], question.offset, message),
        available=True,
        known=known,
    )


def _guesses(rows: Any) -> tuple[NeedGuess, ...]:
    return tuple(
        NeedGuess(row["need"], float(row["confidence"]), bool(row["sure"])) for row in rows if row["need"] in NEEDS
    )


def _entities(rows: Any, offset: int, message: str) -> tuple[Entity, ...]:
    found: list[Entity] = []
    for row in sorted(rows, key=lambda row: int(row["start"])):
        start, end = int(row["start"]) + offset, int(row["end"]) + offset
        overlaps = bool(found) and start < found[-1].end
        if row["entity"] in ENTITIES and 0 <= start < end <= len(message) and not overlaps:
            norm = row.get("norm")
            found.append(Entity(row["entity"], message[start:end], start, end, None if norm is None else str(norm)))
    return tuple(found)
