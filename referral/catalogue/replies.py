"""Reading an agency's answer by mail: what is its own, and whether its first line is an answer (replies.yml)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator

from referral.catalogue.schema import Entry
from referral.lifecycle import OUTCOMES
from referral.yaml_file import YamlFile

_ENDS = " .!,;:–-"
_JOINED = 3


class AnswerWord(Entry):
    """Words that stand for a step, and what must follow them."""

    step: Literal["accept", "start", "return", "reject", "finish", "ask"]
    words: tuple[str, ...] = Field(min_length=1)
    takes: Literal["nothing", "reason", "outcome"]


@dataclass(frozen=True)
class Answer:
    """An answer in one word: `words` is the reason, the note or the question; `outcome` as the lifecycle names it.

    `rest`: the mail says more than the answer.
    """

    step: str
    words: str | None = None
    outcome: str | None = None
    rest: bool = False


@dataclass(frozen=True)
class OwnWords:
    """What a mail's writer wrote herself. Where that is not `sure`, it is the whole mail."""

    text: str
    sure: bool


class ReplyWords(Entry):
    """replies.yml."""

    steps: tuple[AnswerWord, ...]
    outcomes: dict[str, tuple[str, ...]]
    quotes: tuple[str, ...]
    signatures: tuple[str, ...]

    @field_validator("outcomes")
    @classmethod
    def _known(cls, value: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        if set(value) != set(OUTCOMES):
            raise ValueError(f"must have words for {', '.join(OUTCOMES)}")
        return value

    @field_validator("quotes", "signatures")
    @classmethod
    def _expressions(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for each in value:
            try:
                re.compile(each)
            except re.error as problem:
                raise ValueError(f"is no regular expression: {each}") from problem
        return value

    def shown(self) -> dict[str, str]:
        """The word that is told for each step."""
        return {row.step: row.words[0].upper() for row in self.steps}

    def shown_outcomes(self) -> list[str]:
        """The words that are told for what came of it."""
        return [words[0] for words in self.outcomes.values()]

    def own_words(self, text: str) -> OwnWords:
        """What stands before the older mail, or between its lines; without a signature."""
        lines = text.split("\n")
        start = next((index for index in range(len(lines)) if _begins(self.quotes, lines, index)), len(lines))
        above = self._unsigned(_unquoted(lines[:start]))
        if above:
            return OwnWords(above, sure=True)
        below = lines[start + 1 :]
        if any(line.lstrip().startswith(">") for line in below):
            between = self._unsigned(_unquoted(_after_quote(below)))
            if between:
                return OwnWords(between, sure=True)
        return OwnWords(text.strip(), sure=False)

    def _unsigned(self, text: str) -> str:
        lines = text.split("\n")
        end = next((index for index in range(len(lines)) if _matches(self.signatures, lines[index])), len(lines))
        return "\n".join(lines[:end]).strip()

    def answer(self, own: OwnWords) -> Answer | None:
        """The answer in the first line; None for a message in words of its own."""
        if not own.sure:
            return None
        first, _, more = own.text.partition("\n")
        for row in self.steps:
            said = _said(first, row.words)
            if said is not None:
                return self._read(row, said, more)
        return None

    def _read(self, row: AnswerWord, said: str, more: str) -> Answer:
        if row.takes == "nothing":
            return Answer(row.step, said or None, rest=bool(said or more.strip()))
        # the paragraph goes on below the first line; what comes after a gap may be anything
        paragraph, _, rest = f"{said}\n{more}".strip("\n").partition("\n\n") if said else (more.strip(), "", "")
        words = paragraph.strip() or None
        if row.takes == "reason":
            return Answer(row.step, words, rest=bool(rest.strip()))
        outcome, note = self._outcome(words or "")
        return Answer(row.step, note, outcome, rest=bool(rest.strip()))

    def _outcome(self, words: str) -> tuple[str | None, str | None]:
        known = [(word, code) for code, each in self.outcomes.items() for word in each]
        for word, code in sorted(known, key=lambda pair: -len(pair[0])):
            found = re.match(rf"\s*{_pattern(word)}\s*(?:$|[.,;:!\n–-]\s*)", words, re.IGNORECASE)
            if found:
                return code, words[found.end() :].strip() or None
        return None, words or None


def _pattern(word: str) -> str:
    return r"\s+".join(re.escape(part) for part in word.split())


def _said(line: str, words: tuple[str, ...]) -> str | None:
    """What follows the word in a line that begins with it; empty where it stands alone, None where it is not there."""
    bare = line.strip().strip("*_").strip()
    for word in words:
        found = re.match(rf"{_pattern(word)}\s*(?:$|[*_]*:[*_]*\s*(.*)$|[.!]+$)", bare, re.IGNORECASE)
        if found:
            return (found.group(1) or "").strip(_ENDS)
    return None


def _matches(expressions: tuple[str, ...], line: str) -> bool:
    return any(re.match(each, line.strip()) for each in expressions)


def _begins(quotes: tuple[str, ...], lines: list[str], index: int) -> bool:
    if not lines[index].strip():
        return False
    joined = [" ".join(line.strip() for line in lines[index : index + count]) for count in range(1, _JOINED + 1)]
    return any(_matches(quotes, each) for each in joined)


def _unquoted(lines: list[str]) -> str:
    return "\n".join(line for line in lines if not line.lstrip().startswith(">")).strip()


def _after_quote(lines: list[str]) -> list[str]:
    """The lines from the first quoted one on: what stands before it still belongs to the line that announces it."""
    first = next(index for index, line in enumerate(lines) if line.lstrip().startswith(">"))
    return lines[first:]


@cache
def load_replies(folder: Path | None = None) -> ReplyWords:
    """Read replies.yml of `folder` (None: the packaged one). Raises CatalogueError."""
    return YamlFile((folder or Path(__file__).parent) / "replies.yml").read(ReplyWords)
