"""NIK and KK numbers: reading, checking, masking, and finding them in what people write."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from registry.errors import IdentityProblem

__all__ = ["IdentityProblem", "Nik", "check_kk", "check_nik", "find_identity_numbers", "mask", "read_nik", "redact"]

LENGTH = 16
REDACTED = "[nomor 16 angka]"
_WOMAN = 40  # added to the day of birth
_CHUNK = re.compile(r"\d+")
_SEPARATOR = re.compile(r"[^\S\n]{0,3}[.,\-‐-―_/:|*]{0,2}[^\S\n]{0,3}")
_MONEY = re.compile(r"\d{1,3}(?:[.,]\d{3})+(?:\D+\d{1,3}(?:[.,]\d{3})+)*")
_LABEL = re.compile(
    r"\b(?:nik|no|nomor|nomer|ktp|kk|e-?ktp|saya|sayo|sy|ini|adalah|kartu|keluarga|nya|nyo)\b\.?", re.IGNORECASE
)


@dataclass(frozen=True)
class Nik:
    """What a NIK tells: where it was first registered, the birth date, the sex (L or P) and the serial."""

    region: str
    birth_date: date
    sex: str
    serial: str

    @classmethod
    def parse(cls, digits: str, today: date) -> Nik:
        """Take a NIK apart. Raises IdentityProblem as `check_nik`."""
        _check_shape(digits)
        day, month, year = int(digits[6:8]), int(digits[8:10]), int(digits[10:12])
        sex = "P" if day > _WOMAN else "L"
        born = _birth_date(day - _WOMAN if sex == "P" else day, month, year, today)
        if digits[12:] == "0000":
            raise IdentityProblem("bad_serial")
        return cls(digits[:6], born, sex, digits[12:])


def check_nik(digits: str, today: date) -> None:
    """Raise IdentityProblem with a code unless `digits` can be a NIK, of whatever place in Indonesia."""
    Nik.parse(digits, today)


def check_kk(digits: str) -> None:
    """Raise IdentityProblem with a code unless `digits` can be the number of a family card."""
    _check_shape(digits)
    if digits[12:] == "0000":
        raise IdentityProblem("bad_serial")


def read_nik(text: str) -> str:
    """The digits that someone typed as a NIK or KK number, without label, spaces, dots and dashes.

    What is left may still be wrong (letters, too few digits): `check_nik` and `check_kk` tell.
    """
    found = {digits for _, _, digits in find_identity_numbers(text)}
    if len(found) == 1:
        return found.pop()
    return re.sub(r"[\s.,\-‐-―_/:|*]", "", _LABEL.sub(" ", _ascii_digits(text)))


def mask(digits: str) -> str:
    """The number with its middle hidden, so that an officer can tell two apart."""
    if len(digits) != LENGTH:
        return "*" * len(digits)
    return f"{digits[:4]}{'*' * 8}{digits[-4:]}"


def find_identity_numbers(text: str) -> list[tuple[int, int, str]]:
    """Start, end and digits of each 16-digit number in the text, however it is spaced, dotted or dashed."""
    plain = _ascii_digits(text)
    return [
        (start, end, digits)
        for start, end in _numbers(plain)
        if len(digits := re.sub(r"\D", "", plain[start:end])) == LENGTH
    ]


def redact(text: str) -> str:
    """The text with every 16-digit number (and every longer run of digits, which may hold one) taken out."""
    parts, last = [], 0
    for start, end in _numbers(_ascii_digits(text)):
        parts += [text[last:start], REDACTED]
        last = end
    return "".join([*parts, text[last:]])


def _ascii_digits(text: str) -> str:
    """The same text, place by place, with digits of other scripts and styles as 0 to 9."""
    return "".join(str(unicodedata.decimal(c)) if not c.isascii() and c.isdecimal() else c for c in text)


def _numbers(text: str) -> Iterator[tuple[int, int]]:
    for group in _groups(text):
        yield from _split(text, group)


def _groups(text: str) -> Iterator[list[tuple[int, int]]]:
    """Runs of digits that only separators keep apart."""
    group: list[tuple[int, int]] = []
    for match in _CHUNK.finditer(text):
        if group and not _SEPARATOR.fullmatch(text, group[-1][1], match.start()):
            yield group
            group = []
        group.append(match.span())
    if group:
        yield group


def _split(text: str, group: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    position = 0
    while position < len(group):
        start, end = group[position]
        size = end - start
        if size > LENGTH and size % LENGTH == 0:
            yield from ((at, at + LENGTH) for at in range(start, end, LENGTH))
        elif size >= LENGTH:
            yield start, end
        else:
            last = _joined(text, group, position)
            if last is not None:
                yield start, group[last][1]
                position = last
        position += 1


def _joined(text: str, group: list[tuple[int, int]], first: int) -> int | None:
    """The chunk at which the chunks from `first` on add up to 16 digits."""
    total = 0
    for at in range(first, len(group)):
        size = group[at][1] - group[at][0]
        if at > first and size == LENGTH:
            return None  # a number of its own
        total += size
        if total >= LENGTH:
            whole = text[group[first][0] : group[at][1]]
            return at if total == LENGTH and not _is_money(whole) else None
    return None


def _is_money(text: str) -> bool:
    """A sum or a range of sums in rupiah, not a number of a person."""
    if not _MONEY.fullmatch(text):
        return False
    digits = re.sub(r"\D", "", text)
    return not (_known_province(digits) and 1 <= int(digits[6:8]) % _WOMAN <= 31 and 1 <= int(digits[8:10]) <= 12)


def _check_shape(digits: str) -> None:
    if not digits.isascii() or (digits and not digits.isdecimal()):
        raise IdentityProblem("not_digits")
    if len(digits) != LENGTH:
        raise IdentityProblem("too_short" if len(digits) < LENGTH else "too_long")
    if not _known_province(digits) or digits[2:4] == "00" or digits[4:6] == "00":
        raise IdentityProblem("bad_region")


def _known_province(digits: str) -> bool:
    return any(first <= int(digits[:2]) <= last for first, last in _rules()["provinces"])


def _birth_date(day: int, month: int, year: int, today: date) -> date:
    """The latest date of these two-digit years that is not in the future."""
    century = today.year // 100 * 100
    try:
        born = date(century + year, month, day)
    except ValueError:
        born = None  # 29 February, or no date at all
    if born is not None and born <= today:
        return born
    try:
        earlier = date(century - 100 + year, month, day)
    except ValueError as error:
        raise IdentityProblem("bad_date" if born is None else "future") from error
    birthday_came = (today.month, today.day) >= (month, day)
    if today.year - earlier.year - (not birthday_came) >= _rules()["oldest_age"]:
        raise IdentityProblem("future")
    return earlier


@lru_cache(maxsize=1)
def _rules() -> dict[str, Any]:
    rules: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "data" / "identity.yml").read_text())
    return rules
