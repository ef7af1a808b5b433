"""One reading of a message, shared by all features: normalised words, stems, clauses, shape."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from nlu.lexicon import stem, tokenise
from nlu.lexicon.spelling import fold
from nlu.lexicon.tokens import LONGEST_TEXT

_SENTENCE_END = re.compile(r"[.!?;:,\n]+|\s[-–—]\s")
_CLAUSE_WORDS = frozenset(["dan", "terus", "lalu", "serta", "juga", "tapi", "sedangkan"])
_DIGITS = re.compile(r"\d")


@dataclass(frozen=True)
class Analysis:
    """What the features see of a message.

    ``words`` are normalised, with numbers replaced by classes (``#16``); ``stems`` match them one by one;
    ``raw`` are the words as typed, in lower case; ``clauses`` are runs of stems.
    """

    words: tuple[str, ...]
    stems: tuple[str, ...]
    raw: tuple[str, ...]
    clauses: tuple[tuple[str, ...], ...]
    shape: tuple[str, ...]


def _number_class(word: str) -> str:
    """Replace a number by its length: which number it is says nothing, how long it is says much."""
    digits = sum(c.isdigit() for c in word)
    return f"#{min(digits, 17)}"


def _shape(text: str, words: list[str]) -> tuple[str, ...]:
    """Return marks of form: length, question, digits, beginning and end."""
    count = len(words)
    bucket = next(str(limit) for limit in (1, 2, 3, 5, 8, 12, 20, 40, 80, 1_000_000) if count <= limit)
    marks = [f"length:{bucket}"]
    if words:
        marks += [f"first:{words[0]}", f"last:{words[-1]}", f"first:{' '.join(words[:2])}"]
    if "?" in text:
        marks.append("question")
        marks.append(f"question:{bucket}")
    digits = len(_DIGITS.findall(text))
    if digits:
        share = digits / max(len(text), 1)
        marks.append("digits:many" if share > 0.4 else "digits:some" if share > 0.1 else "digits:few")
    return tuple(marks)


@lru_cache(maxsize=16)  # for the several blocks of features; people's words are not kept for long
def analyse(text: str) -> Analysis:
    """Return the analysis of *text*, of which no more than ``LONGEST_TEXT`` characters are read."""
    text = text[:LONGEST_TEXT]
    words: list[str] = []
    clauses: list[tuple[str, ...]] = []
    clause: list[str] = []
    raw: list[str] = []
    last = 0
    for token in tokenise(text):
        if _SENTENCE_END.search(text, last, token.start) or token.norm in _CLAUSE_WORDS:
            clauses.append(tuple(clause))
            clause = []
        last = token.end
        raw += fold(token.raw).split()
        for word in token.norm.split():
            word = _number_class(word) if word[0].isdigit() else word
            words.append(word)
            clause.append(stem(word))
    clauses.append(tuple(clause))
    kept = tuple(c for c in clauses if c)
    return Analysis(tuple(words), tuple(s for c in kept for s in c), tuple(raw), kept, _shape(text, words))
