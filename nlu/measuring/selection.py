"""Which messages a measurement learns from."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from nlu.messages import LabelledMessage, without_contradictions

_SENTENCE = 4  # words


def _bare(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def lessons(
    messages: Iterable[LabelledMessage], without: Collection[str], every: int = 1, up_to: int | None = None
) -> list[LabelledMessage]:
    """Return what to train on; never a sentence that stands word for word among those to be measured on.

    What is said so by everybody ("ya", "terima kasih banyak") may.

    Args:
        messages: all there are.
        without: writers to leave out.
        every: only every so-manieth of the rest.
        up_to: of these only the ones of so many words at most.
    """
    messages = list(messages)
    tested = {_bare(m.text) for m in messages if m.writer in without and len(m.text.split()) >= _SENTENCE}
    others = [m for m in messages if m.writer not in without and _bare(m.text) not in tested]
    kept = without_contradictions(others)[::every]
    return [m for m in kept if up_to is None or len(m.text.split()) <= up_to]
