"""Finding words of danger: phrases from danger.yml against a message, before and without any model.

The language of the phrases is told at the head of danger.yml. A message is read clause by clause; a match counts unless
it is clearly denied, over, or a story of the past.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from referral.catalogue.phrases import Phrase, PhraseWrong
from referral.catalogue.schema import Danger, DangerEntry, DangerFile
from referral.yaml_file import YamlFile

_REACH_AFTER = 4  # words after a match within which "tahun lalu" or "sudah sembuh" still speaks of it
_SHORT_CLAUSE = 4  # a clause of so few words ("tahun lalu,") speaks of the one after it
_REPEATED = re.compile(r"([^\W\d_])\1{2,}")
_DOUBLED = re.compile(r"\b([^\W\d_]{2,})2([^\W\d_]*)\b")
_TOKEN = re.compile(r"[^\W_]+|[.,!?;:\n()]+")


def fold(text: str) -> list[str]:
    """A message as lower-case words; `|` stands where a clause ends. "kejang2" and "kejaaang" become plain words."""
    plain = unicodedata.normalize("NFKC", text).lower().replace("-", " ").replace("'", "").replace("’", "")
    plain = _REPEATED.sub(r"\1", plain)
    plain = _DOUBLED.sub(r"\1 \1\2", plain)
    return [token if token[0].isalnum() else "|" for token in _TOKEN.findall(plain)]


@dataclass(frozen=True)
class _Clause:
    text: str  # words with one space on each side of each
    before: str  # the clause before, if it is short


@dataclass(frozen=True)
class _Kind:
    entry: DangerEntry
    phrases: re.Pattern[str]
    unless: re.Pattern[str] | None
    negation: re.Pattern[str]


class DangerWords:
    """The phrases of danger.yml, compiled. Making it raises the file's error for a phrase that can't be read."""

    def __init__(self, data: DangerFile, file: YamlFile) -> None:
        self._file = file
        self._groups: dict[str, str] = {}
        for name, words in data.words.items():
            self._groups[name] = self._join(words, ("words", name))
        self._breaks = re.compile(rf"(?<= )(?:{self._join(data.breaks, ('breaks',))})")
        self._past = self._compile(data.past, ("past",))
        self._once = self._compile((*data.past, *data.once), ("once",))
        self._over = self._compile((*data.past, *data.over), ("over",))
        self._present = self._compile(data.present, ("present",))
        self._negation = self._join(data.negation, ("negation",))
        self._kinds = [self._kind(entry, index) for index, entry in enumerate(data.dangers)]

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of danger that are known."""
        return tuple(dict.fromkeys(kind.entry.kind for kind in self._kinds))

    def find(self, normalised: str, raw: str) -> tuple[Danger, ...]:
        """The dangers that either form of the message speaks of, each once, in the file's order."""
        clauses = [*self._clauses(raw), *self._clauses(normalised)]
        found = (
            Danger(kind=kind.entry.kind, need=kind.entry.need)
            for kind in self._kinds
            if any(self._speaks_of(kind, clause) for clause in clauses)
        )
        return tuple(dict.fromkeys(found))

    def _clauses(self, text: str) -> list[_Clause]:
        joined = " " + " ".join(fold(text)) + " "
        parts = [part.split() for part in self._breaks.sub("| ", joined).split("|")]
        filled = [part for part in parts if part]
        before = ["", *(_spaced(part) if len(part) <= _SHORT_CLAUSE else "" for part in filled)]
        return [_Clause(_spaced(part), ahead) for part, ahead in zip(filled, before, strict=False)]

    def _speaks_of(self, kind: _Kind, clause: _Clause) -> bool:
        shielded = [match.span() for match in kind.unless.finditer(clause.text)] if kind.unless else []
        position = 0
        while match := kind.phrases.search(clause.text, position):
            start, end = match.span()
            covered = any(a < end and start < b for a, b in shielded)
            if not covered and not self._cancelled(kind, clause, start, end):
                return True
            position = start + 1
        return False

    def _cancelled(self, kind: _Kind, clause: _Clause, start: int, end: int) -> bool:
        ways = kind.entry.cancelled_by
        ahead = clause.text[:start]
        if "negation" in ways and kind.negation.search(ahead):
            return True
        if "past" not in ways:
            return False
        once = "once" in ways
        earlier = clause.before + ahead
        past, present = _last(self._once if once else self._past, earlier), _last(self._present, earlier)
        if past or present:
            return past > present
        after = _spaced(clause.text[end:].split()[:_REACH_AFTER])
        over = (self._over if once else self._past).search(after)
        now = self._present.search(after)
        return over is not None and (now is None or over.start() < now.start())

    def _kind(self, entry: DangerEntry, index: int) -> _Kind:
        path = ("dangers", index)
        denied = "|".join(filter(None, (self._negation, self._join(entry.also_negated_by, (*path, "also_negated_by")))))
        return _Kind(
            entry,
            self._compile(entry.phrases, (*path, "phrases")),
            self._compile(entry.unless, (*path, "unless")) if entry.unless else None,
            re.compile(rf"(?<= )(?:{denied})$"),
        )

    def _compile(self, phrases: Sequence[str], path: tuple[str | int, ...]) -> re.Pattern[str]:
        return re.compile(rf"(?<= )(?:{self._join(phrases, path)})")

    def _join(self, phrases: Sequence[str], path: tuple[str | int, ...]) -> str:
        return "|".join(self._phrase(phrase, (*path, place)) for place, phrase in enumerate(phrases))

    def _phrase(self, phrase: str, path: tuple[str | int, ...]) -> str:
        try:
            return Phrase(phrase, self._groups).expression()
        except PhraseWrong as problem:
            raise self._file.wrong(path, f"{problem} in: {phrase}") from None


def _spaced(words: Sequence[str]) -> str:
    return f" {' '.join(words)} "


def _last(pattern: re.Pattern[str], text: str) -> int:
    """Where the last match ends; of two that end together, the longer one (`sejak dulu` over `dulu`) counts more."""
    return max((match.end() * 100 + min(len(match[0]), 99) for match in pattern.finditer(text)), default=0)
