"""Long lists of buttons, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence

from bot.conversation.turn import Option, option


def page_of(options: Sequence[Option], page: int, room: int) -> list[Option]:
    """The options of a page, with a button to the next page when they don't all fit in `room`."""
    if len(options) <= room:
        return list(options)
    size = room - 1
    pages = -(-len(options) // size)
    page %= pages
    following = (page + 1) % pages
    return [*options[page * size : (page + 1) * size], option(f"p:{following}", "next_page")]


def page_in(action: str) -> int | None:
    """The page that a pressed button asks for."""
    head, _, number = action.partition(":")
    return int(number) if head == "p" and number.isdecimal() and len(number) < 4 else None
