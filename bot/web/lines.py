"""A chat's messages as the page shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from actions.chat import ChatLine
from actions.notices import CODE_KIND, is_lasting
from actions.talk import Button


@dataclass(frozen=True)
class Bubble:
    """One message on the page; `buttons` are those that still do something. The page names what has no text."""

    at: datetime
    mine: bool
    kind: str
    text: str | None
    buttons: tuple[Button, ...]


def bubbles(lines: Sequence[ChatLine]) -> list[Bubble]:
    """The messages to show: pressed buttons by their label, and a question that was asked anew by a press only once."""
    labels = {button.data: button.label for line in lines for row in line.buttons for button in row}
    kept = [line for line in _without_replaced(lines) if not _gone(line, labels)]
    last = max((number for number, line in enumerate(kept) if line.buttons), default=-1)
    return [
        Bubble(
            line.at,
            line.direction == "in",
            line.kind,
            labels.get(line.text) if line.kind == "button" else line.text,
            tuple(button for row in line.buttons for button in row if number == last or _lasting(button)),
        )
        for number, line in enumerate(kept)
    ]


def _lasting(button: Button) -> bool:
    return button.url is None and is_lasting(button.data or "")


def _gone(line: ChatLine, labels: Mapping[str | None, str]) -> bool:
    """A press on a message that was taken away, or a safety code that was shown already."""
    if line.kind == "button":
        return line.text not in labels
    return line.kind == CODE_KIND and line.text is None


def _nonce(line: ChatLine) -> str | None:
    """The open question that a message's buttons belong to."""
    for row in line.buttons:
        for button in row:
            parts = (button.data or "").split(":")
            if parts[0] == "v1" and len(parts) > 1:
                return parts[1]
    return None


def _without_replaced(lines: Sequence[ChatLine]) -> list[ChatLine]:
    """Ticking redraws the checklist: drop the earlier drawing and the press between."""
    kept: list[ChatLine] = []
    for line in lines:
        nonce = _nonce(line) if line.direction == "out" else None
        presses = len(kept) >= 2 and kept[-1].kind == "button" and kept[-1].direction == "in"
        if nonce is not None and presses and _nonce(kept[-2]) == nonce and kept[-2].direction == "out":
            del kept[-2:]
        kept.append(line)
    return kept
