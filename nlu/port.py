"""What the rest of the product may know about understanding: one question, one answer.

Nothing outside ``nlu`` knows which engine answers. Adapters: :mod:`nlu.rasa_client` (HTTP) and
:mod:`nlu.scripted` (tests).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable


@dataclass(frozen=True)
class NeedGuess:
    """One need with its calibrated probability.

    ``sure`` means that the bot states the need; otherwise it asks.
    """

    need: str
    confidence: float
    sure: bool


@dataclass(frozen=True)
class Entity:
    """A span of the original text: ``text[start:end] == value``.

    ``norm`` is the normal form (digits only, rupiah as an integer in digits, the official name of a
    kelurahan) or ``None`` where there is none.
    """

    entity: str
    value: str
    start: int
    end: int
    norm: str | None = None


@dataclass(frozen=True)
class Understanding:
    """What one message means, as far as we can tell.

    Attributes:
        intent: one of :data:`nlu.labels.INTENTS`, or ``None`` when it is not known.
        confidence: calibrated probability of the intent, 0 to 1.
        needs: the needs believed present, likeliest first; sure ones are stated, others asked.
        candidates: further needs worth offering as buttons, likeliest first; never a belief.
        urgent: life or safety may be at stake now (recall before precision).
        entities: spans sorted by start, never overlapping.
        available: ``False`` when the engine could not be asked (down, too slow, broken answer).
        known: ``False`` when the engine was asked and does not know (gibberish, emoji, doubt):
            ask an open question.
    """

    intent: str | None
    confidence: float
    needs: tuple[NeedGuess, ...]
    candidates: tuple[NeedGuess, ...]
    urgent: bool
    entities: tuple[Entity, ...]
    available: bool
    known: bool


@runtime_checkable
class Understander(Protocol):
    """Anything that can say what a message means."""

    async def understand(self, text: str) -> Understanding:
        """Return what *text* (any string at all) means. Never raises, except when cancelled."""
        ...


UNAVAILABLE = Understanding(None, 0.0, (), (), False, (), available=False, known=False)
"""The answer when the engine could not be asked."""

UNKNOWN = Understanding(None, 0.0, (), (), False, (), available=True, known=False)
"""The answer to what carries no words: blank, emoji, punctuation."""
