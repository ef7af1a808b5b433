"""Reading small things out of a text: short answers, RT/RW, choices, numbers. No understanding, only patterns."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from bot.conversation.manners import Manners
from referral.catalogue import Choice

_COMMAND = re.compile(r"/([A-Za-z_]{1,32})(?:@\w+)?(?:\s.*)?", re.DOTALL)
_SLASHED = re.compile(r"/\S*")
_RT = re.compile(r"\brt\W{0,3}0*(\d{1,3})\b(?!\s*[.,]?\s*(?:ribu|rb|juta|jt)\b)", re.IGNORECASE)
_RW = re.compile(r"\brw\W{0,3}0*(\d{1,3})\b", re.IGNORECASE)
_RT_RW = re.compile(r"\brt\s*/\s*rw\W{0,3}0*(\d{1,3})\s*/\s*0*(\d{1,3})\b", re.IGNORECASE)
_PLACE = re.compile(r"\b(?:kelurahan|kel|desa|ds)\b[.:]?\s+((?:[^\W\d_]+[ ]?){1,4}(?:\b[IVX]+\b)?)", re.IGNORECASE)
_FORWARD_DIGITS = re.compile(r"\d(?:[\s.\-/]*\d)+")
_PHONE = re.compile(r"(?:\+?62|0)[\s.()-]*\d(?:[\s.()-]*\d){7,12}(?!\d)")
_NAME = re.compile(r"[^\W\d_][^\d_<>@#/\\]{1,79}")
_NAME_LABEL = re.compile(r"^(?:nama(?:\s+(?:saya|sayo|aku))?|atas nama|a\.?n\.?)\s*[:=]?\s+", re.IGNORECASE)
_SUFFIX = re.compile(r"(?<=\w{3})(?:nya|nyo|ku)(?= )")
_KK_BEFORE = re.compile(r"\b(?:kk|kartu keluarga)\b[^\d]{0,25}$", re.IGNORECASE)
_NIK_BEFORE = re.compile(r"\b(?:nik|ktp)\b[^\d]{0,25}$", re.IGNORECASE)


def command_of(text: str) -> str | None:
    """The command's word without its slash, or None when the text is no command."""
    match = _COMMAND.fullmatch(text.strip())
    return match[1].lower() if match else None


def has_words(text: str) -> bool:
    """Whether there is anything to read: two letters beside each other, a leading `/word{…}` not counted."""
    return (
        re.search(r"[^\W\d_]{2}", _SLASHED.sub("", text.strip(), count=1) if text.startswith("/") else text) is not None
    )


def plain(text: str) -> str:
    """Lower case, letters and digits alone, single spaces."""
    return " ".join(re.findall(r"[^\W_]+", text.casefold()))


def phrase_of(text: str, manners: Manners) -> str | None:
    """Which short answer the whole text is, if any."""
    said = plain(text)
    return next((name for name, phrases in manners.phrases.items() if said in phrases), None)


def rt_rw_of(text: str) -> tuple[str | None, str | None]:
    """RT and RW as bare numbers, where the text names them."""
    both = _RT_RW.search(text)
    if both:
        return both[1], both[2]
    rt, rw = _RT.search(text), _RW.search(text)
    return (rt[1] if rt else None), (rw[1] if rw else None)


def place_named(text: str) -> str | None:
    """What follows "kelurahan" or "desa" in the text."""
    match = _PLACE.search(text)
    return match[1].strip() if match else None


def choices_in(text: str, choices: Iterable[Choice]) -> list[str]:
    """The choices that the text names by their words, each once; "anaknyo" is as good as "anak"."""
    folded = f" {plain(text)} "
    bare = f" {_SUFFIX.sub('', folded)} "
    exact = set(re.findall(r"[^\W_]+", text))
    return [
        choice.value
        for choice in choices
        if any(f" {word} " in folded or f" {word} " in bare for word in choice.words)
        or any(word in exact for word in choice.exact)
    ]


def label_meant(text: str, labels: Iterable[tuple[str, str]]) -> str | None:
    """The value whose label the text repeats (somebody typed what the button says)."""
    said = plain(text)
    return next((value for value, label in labels if said and said == plain(label)), None)


def number_in(text: str) -> str | None:
    """The longest run of digits, however spaced, of at least six: somebody tries to write an identity number."""
    runs = [re.sub(r"\D", "", run) for run in _FORWARD_DIGITS.findall(text)]
    longest = max(runs, key=len, default="")
    return longest if len(longest) >= 6 else None


def phone_in(text: str) -> str | None:
    """A phone number in the text, digits alone, as it is dialled in Indonesia ("0812…")."""
    match = _PHONE.search(text)
    if match is None:
        return None
    digits = re.sub(r"\D", "", match[0])
    return "0" + digits[2:] if digits.startswith("62") else digits


def name_in(text: str) -> str | None:
    """A person's name, if the text can be one: few words, letters."""
    said = _NAME_LABEL.sub("", text.strip())
    said = " ".join(said.split()).strip(" .,")
    if not _NAME.fullmatch(said) or len(said.split()) > 6 or "?" in said:
        return None
    return said


@dataclass(frozen=True)
class NumberGuess:
    """A 16-digit number and what it seems to be: nik, kk, or None when nothing tells."""

    digits: str
    what: str | None


def guess_number(text: str, start: int, digits: str) -> NumberGuess:
    """What a 16-digit number seems to be, by the words before it; a birth day above 40 proves a NIK."""
    before = text[max(0, start - 40) : start]
    if _KK_BEFORE.search(before):
        return NumberGuess(digits, "kk")
    if _NIK_BEFORE.search(before) or 40 < int(digits[6:8]) <= 71:
        return NumberGuess(digits, "nik")
    return NumberGuess(digits, None)


def excerpt(text: str, limit: int) -> str:
    """The beginning of a text on one line."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def masked(digits: str) -> str:
    """An identity number of which only the last four digits show."""
    return "•" * max(len(digits) - 4, 0) + digits[-4:]
