"""Keeping messages below the length that a channel takes."""

from __future__ import annotations


def units(text: str) -> int:
    """The length as Telegram counts it: UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


def split_text(text: str, limit: int) -> list[str]:
    """The text in pieces of at most `limit` units, cut between paragraphs, else lines, else anywhere."""
    pieces: list[str] = []
    rest = text
    while units(rest) > limit:
        head = _head(rest, limit)
        cut = max(head.rfind("\n\n"), 0) or max(head.rfind("\n"), 0) or len(head)
        pieces.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip("\n")
    return [piece for piece in [*pieces, rest] if piece]


def _head(text: str, limit: int) -> str:
    """As much of the beginning as fits; a character outside the basic plane counts twice."""
    head = text[:limit]
    while units(head) > limit:
        head = head[:-1]
    return head
