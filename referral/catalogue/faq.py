"""Finding the question that a message asks in the middle of a talk, among those of faq.yml."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from referral.catalogue.danger import fold
from referral.catalogue.phrases import Phrase, PhraseWrong
from referral.catalogue.schema import Answer, FaqFile
from referral.yaml_file import YamlFile

_LETTERS = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class _Known:
    answer: Answer
    asked: re.Pattern[str]
    alone: re.Pattern[str] | None


class FaqWords:
    """The questions of faq.yml, compiled. Making it raises the file's error for a phrase that can't be read."""

    def __init__(self, data: FaqFile, file: YamlFile) -> None:
        self._file = file
        self._groups: dict[str, str] = {}
        for name, words in data.words.items():
            self._groups[name] = self._join(words, ("words", name))
        self._before = self._join(data.meaning_before, ("meaning_before",))
        self._after = self._join(data.meaning_after, ("meaning_after",))
        self._known = [self._compile(answer, ("answers", index)) for index, answer in enumerate(data.answers)]

    def find(self, normalised: str, raw: str) -> Answer | None:
        """The answer to what either form of the message asks; the longest match of all wins."""
        texts = [f" {' '.join(_LETTERS.findall(' '.join(fold(text))))} " for text in (raw, normalised)]
        best, length = None, 0
        for known in self._known:
            for text in texts:
                found = max((len(match[0]) for match in known.asked.finditer(text)), default=0)
                if known.alone is not None and known.alone.fullmatch(text, 1):
                    found = len(text)
                if found > length:
                    best, length = known.answer, found
        return best

    def _compile(self, answer: Answer, path: tuple[str | int, ...]) -> _Known:
        terms = self._join(answer.terms, (*path, "terms"))
        ways = [f"(?:{self._before})(?:{terms})", f"(?:{terms})(?:{self._after})"] if terms else []
        if answer.phrases:
            ways.append(self._join(answer.phrases, (*path, "phrases")))
        alone = re.compile(f"(?:{self._join(answer.alone, (*path, 'alone'))})") if answer.alone else None
        return _Known(answer, re.compile(f"(?<= )(?:{'|'.join(ways)})"), alone)

    def _join(self, phrases: Sequence[str], path: tuple[str | int, ...]) -> str:
        return "|".join(self._phrase(phrase, (*path, place)) for place, phrase in enumerate(phrases))

    def _phrase(self, phrase: str, path: tuple[str | int, ...]) -> str:
        try:
            return Phrase(phrase, self._groups).expression()
        except PhraseWrong as problem:
            raise self._file.wrong(path, f"{problem} in: {phrase}", "phrase") from None
