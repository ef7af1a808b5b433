"""Lengths and formatted texts in Telegram's units: UTF-16 code units."""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_TEXT = 4096
MAX_CAPTION = 1024
_COMMAND = re.compile(r"(?<![\w/])/[A-Za-z0-9_]{1,32}(?:@\w{3,32})?(?!\w)")


def utf16_length(text: str) -> int:
    """Return the length in UTF-16 code units."""
    return len(text) + sum(1 for char in text if ord(char) > 0xFFFF)


def utf16_slice(text: str, offset: int, length: int) -> str:
    """Cut a piece out of a text by UTF-16 positions."""
    raw = text.encode("utf-16-le")
    return raw[offset * 2 : (offset + length) * 2].decode("utf-16-le", errors="replace")


def split_text(text: str, limit: int = MAX_TEXT) -> list[str]:
    """Split a long text as Telegram's apps do before sending, at white space where there is some."""
    parts: list[str] = []
    rest = text.strip()
    while utf16_length(rest) > limit:
        cut, used = 0, 0
        for char in rest:
            used += 2 if ord(char) > 0xFFFF else 1
            if used > limit:
                break
            cut += 1
        space = max(rest.rfind(" ", 0, cut), rest.rfind("\n", 0, cut))
        cut = space if space > cut // 2 else cut
        parts.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*parts, rest] if rest else parts


@dataclass(frozen=True)
class Entity:
    """A marked piece of a text: bold, a link, a command."""

    type: str
    offset: int
    length: int
    url: str | None = None
    language: str | None = None
    user_id: int | None = None

    def json(self) -> dict[str, object]:
        """Return the entity as the Bot API writes it."""
        found: dict[str, object] = {"type": self.type, "offset": self.offset, "length": self.length}
        if self.url is not None:
            found["url"] = self.url
        if self.language:
            found["language"] = self.language
        if self.user_id is not None:
            found["user"] = {"id": self.user_id, "is_bot": False, "first_name": ""}
        return found


@dataclass(frozen=True)
class FormattedText:
    """A text and its entities."""

    text: str
    entities: tuple[Entity, ...] = ()

    def trimmed(self) -> FormattedText:
        """Return the text without white space around it, as Telegram stores it."""
        lead = utf16_length(self.text) - utf16_length(self.text.lstrip())
        text = self.text.strip()
        size = utf16_length(text)
        kept: list[Entity] = []
        for entity in self.entities:
            start = max(entity.offset - lead, 0)
            end = min(entity.offset + entity.length - lead, size)
            if end > start:
                kept.append(Entity(entity.type, start, end - start, entity.url, entity.language, entity.user_id))
        return FormattedText(text, tuple(sorted(kept, key=lambda one: (one.offset, -one.length))))


def command_entities(text: str) -> tuple[Entity, ...]:
    """Find the /commands that the apps mark in what a person writes."""
    return tuple(
        Entity("bot_command", utf16_length(text[: found.start()]), utf16_length(found.group()))
        for found in _COMMAND.finditer(text)
    )
