"""Reading an answer to a question of the catalogue: out of a story that happens to tell it, or when it was asked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.conversation.manners import Manners
from bot.conversation.reading import choices_in, number_in, phrase_of, plain
from nlu.lexicon.numbers import parse_number
from nlu.port import Entity
from referral.catalogue import Question
from registry.nik import redact

_COUNT = r"(?:\d+(?:[.,]\d+)*|[a-z]+)"
_AGE = re.compile(
    rf"({_COUNT}(?:\s+(?:puluh|belas)(?:\s+[a-z]+)?)?)\s*(tahun|thn|taun|th|bulan|bln|minggu|mgg|hari)?\b"
)
_UNITS = {"thn": "tahun", "taun": "tahun", "th": "tahun", "bln": "bulan", "mgg": "minggu"}
_TIME = re.compile(
    r"\d|\b(?:hari|minggu|bulan|bln|tahun|thn|taun|kemarin|kemaren|semalam|tadi|lusa|januari|februari|maret|april|mei|"
    r"juni|juli|agustus|september|oktober|november|desember|lama|baru|seminggu|sebulan|setahun)\b"
)
_CLAUSE = re.compile(r"[,;\n]\s+|\.\s+")
_COUNTED = ("age", "number", "amount")
_LONGEST = 120
_SMALLEST_SUM = 1_000


@dataclass(frozen=True)
class Heard:
    """What an answer says: its value, or why it can't be one (`problem`, with the `count` of digits or the number)."""

    value: str | None = None
    problem: str | None = None
    count: int | None = None


def told(question: Question, text: str, entities: Sequence[Entity]) -> str | None:
    """The answer to a question in a text that was not written as its answer; None unless it is clear."""
    if question.near and not _begins(text, question.near):
        return None
    spans = [entity.value for entity in entities if entity.entity == question.entity]
    spans = [span for span in spans if not question.within or _begins(span, question.within)]
    if question.kind == "choice":
        return _one_choice(question, spans, text)
    if question.kind == "number":
        return _after_cue(question, text)
    if question.kind == "digits" or len(set(spans)) != 1:
        return None
    return _READ[question.kind](question, spans[0]).value


def answered(question: Question, text: str, entities: Sequence[Entity], manners: Manners) -> Heard:
    """The answer to a question that was just asked."""
    choice = _chosen(question, text, manners)
    if choice is not None:
        return Heard(choice)
    spans = [entity.value for entity in entities if entity.entity == question.entity and question.kind in _COUNTED]
    clauses = _CLAUSE.split(text) if question.kind in _COUNTED else [text]
    heard = [_READ[question.kind](question, part) for part in [*spans, *clauses]]
    return next((one for one in heard if one.value or one.problem != "no_number"), heard[-1])


def _begins(text: str, beginnings: Sequence[str]) -> bool:
    folded = f" {plain(text)}"
    return any(f" {beginning}" in folded for beginning in beginnings)


def _one_choice(question: Question, spans: Sequence[str], text: str) -> str | None:
    for place in (" , ".join(spans), text):
        found = choices_in(place, question.choices)
        if found:
            return found[0] if len(found) == 1 else None
    return None


def _chosen(question: Question, text: str, manners: Manners) -> str | None:
    """The choice that an answer names, if it names just one."""
    said = plain(text)
    alone = {c.value for c in question.choices if said in c.alone or said == plain(c.label)}
    alone = alone or {c.value for c in question.choices if any(f" {word} " in f" {said} " for word in c.alone)}
    named = alone if said in {word for c in question.choices for word in c.alone} else set()
    named = named or set(choices_in(text, question.choices)) or alone
    if len(named) == 1:
        return named.pop()
    phrase = phrase_of(text, manners)
    means = [choice.value for choice in question.choices if phrase and choice.means == phrase]
    return means[0] if means else None


def _after_cue(question: Question, text: str) -> str | None:
    """A number right after or before the words that announce it: "kelas 4", "5 jiwa"."""
    cues = "|".join(re.escape(cue) for cue in question.near)
    found = re.search(rf"\b(?:{cues})\s+(\d{{1,2}})\b|\b(\d{{1,2}})\s+(?:{cues})\b", plain(text)) if cues else None
    if found is None:
        return None
    return _number(question, found[1] or found[2]).value


def _age(question: Question, text: str) -> Heard:
    for match in _AGE.finditer(plain(text)):
        number = parse_number(match[1])
        if number is None:
            continue
        unit = _UNITS.get(match[2] or "", match[2] or "tahun")
        if unit == "tahun" and not question.least <= number <= question.most:
            return Heard(problem="age", count=number)
        return Heard(f"{number} {unit}")
    return Heard(problem="no_number")


def _number(question: Question, text: str) -> Heard:
    number = parse_number(plain(text))
    if number is None:
        return Heard(problem="no_number")
    fits = question.least <= number <= question.most
    return Heard(str(number)) if fits else Heard(problem="number", count=number)


def _amount(question: Question, text: str) -> Heard:
    folded = text.casefold()
    number = parse_number(re.sub(r"\brp\.?\s*", "", folded))
    if number is None:
        return Heard(problem="no_number")
    whole = "rp" in folded or re.search(r"\d[.,]\d{3}", folded)
    rupiah = number * 1_000 if 0 < number < _SMALLEST_SUM and not whole else number
    return Heard(str(rupiah)) if rupiah <= question.most else Heard(problem="amount")


def _digits(question: Question, text: str) -> Heard:
    number = number_in(text)
    if number is None:
        return Heard(problem="no_number")
    return Heard(number) if len(number) == question.digits else Heard(problem="digits", count=len(number))


def _since(question: Question, text: str) -> Heard:
    said = " ".join(redact(text).split())
    if not _TIME.search(said.casefold()):
        return Heard(problem="no_date")
    return Heard(said) if len(said) <= _LONGEST else Heard(problem="too_long")


def _text(question: Question, text: str) -> Heard:
    said = " ".join(redact(text).split())
    if not re.search(r"[^\W\d_]{2}", said):
        return Heard(problem="choose")
    return Heard(said) if len(said) <= _LONGEST else Heard(problem="too_long")


def _choice(question: Question, text: str) -> Heard:
    return _text(question, text) if question.free and "?" not in text else Heard(problem="choose")


_READ = {
    "choice": _choice,
    "text": _text,
    "age": _age,
    "number": _number,
    "amount": _amount,
    "digits": _digits,
    "since": _since,
}
