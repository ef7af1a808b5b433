"""The small language in which officers write phrases (told at the head of danger.yml), turned into regular expressions.

The text it is meant for has one space on each side of each word.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_GAPS = {"..": 3, "...": 6}
_PART = re.compile(r"\)\?|[()|]|[^\s()|]+")
_WORD = re.compile(r"\*?\w+\*?")


class PhraseWrong(ValueError):
    """A phrase can't be read; the argument says why."""


class Phrase:
    """One phrase while it is read."""

    def __init__(self, phrase: str, groups: Mapping[str, str]) -> None:
        self._parts = _PART.findall(phrase)
        self._groups = groups
        self._at = 0

    def expression(self) -> str:
        """The regular expression. Raises PhraseWrong."""
        found = self._alternatives()
        if self._at < len(self._parts):
            raise PhraseWrong("a bracket closes that was never opened")
        return found

    def _alternatives(self) -> str:
        options = [self._sequence()]
        while self._next() == "|":
            self._at += 1
            options.append(self._sequence())
        return options[0] if len(options) == 1 else f"(?:{'|'.join(options)})"

    def _sequence(self) -> str:
        items = []
        while self._next() not in (None, "|", ")", ")?"):
            items.append(self._item())
        if not items:
            raise PhraseWrong("a choice is empty")
        return "".join(items)

    def _item(self) -> str:
        part = self._parts[self._at]
        self._at += 1
        if part == "(":
            return self._bracket()
        if part in _GAPS:
            return rf"(?:\w+ ){{0,{_GAPS[part]}}}?"
        if part == "^":
            return "(?<=^ )"
        optional = "?" if part.endswith("?") else ""
        return self._word(part.removesuffix("?")) + optional

    def _bracket(self) -> str:
        inner = self._alternatives()
        closing = self._next()
        if closing is None:
            raise PhraseWrong("a bracket is not closed")
        self._at += 1
        return f"(?:{inner}){'?' if closing == ')?' else ''}"

    def _word(self, part: str) -> str:
        if part.startswith("{") and part.endswith("}"):
            if part[1:-1] not in self._groups:
                raise PhraseWrong(f"{part} is no group under words")
            return f"(?:{self._groups[part[1:-1]]})"
        if not _WORD.fullmatch(part):
            raise PhraseWrong(f"{part} can't be read")
        return f"(?:{part.replace('*', chr(92) + 'w*')} )"

    def _next(self) -> str | None:
        return self._parts[self._at] if self._at < len(self._parts) else None
