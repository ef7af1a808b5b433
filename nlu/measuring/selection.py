"""Which messages a measurement learns from."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from nlu.messages import LabelledMessage, without_contradictions


def lessons(
    messages: Iterable[LabelledMessage], without: Collection[str], every: int = 1, up_to: int | None = None
) -> list[LabelledMessage]:
    """Return what to train on.

    Args:
        messages: all there are.
        without: writers to leave out.
        every: only every so-manieth of the rest.
        up_to: of these only the ones of so many words at most.
    """
    kept = without_contradictions(m for m in messages if m.writer not in without)[::every]
    return [m for m in kept if up_to is None or len(m.text.split()) <= up_to]
