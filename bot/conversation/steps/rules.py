"""What every step of the conversation has."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.conversation.turn import Question, Turn


@dataclass(frozen=True)
class StepRules:
    """A question and its answers.

    `read` takes a text, `press` a button's action; both say whether it was an answer. What isn't an answer goes to the
    rules that hold everywhere (interruptions, more words for the report). A step that stands `alone` needs no report in
    the making; `file` takes a photo, voice note or document as its answer.
    """

    ask: Callable[[Turn], Awaitable[Question]]
    read: Callable[[Turn], Awaitable[bool]]
    press: Callable[[Turn, str], Awaitable[bool]]
    alone: bool = False
    file: Callable[[Turn], Awaitable[bool]] | None = None
