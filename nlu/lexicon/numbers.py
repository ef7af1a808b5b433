"""Numbers written in words, Indonesian and Jambi Malay: ``duo ratus ribu`` is 200000."""

from __future__ import annotations

import re

UNITS = {
    "nol": 0,
    "satu": 1,
    "sikok": 1,
    "dua": 2,
    "duo": 2,
    "tiga": 3,
    "tigo": 3,
    "empat": 4,
    "empek": 4,
    "lima": 5,
    "limo": 5,
    "enam": 6,
    "tujuh": 7,
    "delapan": 8,
    "lapan": 8,
    "sembilan": 9,
    "sepuluh": 10,
    "sebelas": 11,
    "seratus": 100,
    "seribu": 1_000,
    "serebu": 1_000,
    "sejuta": 1_000_000,
    "setengah": 0,
}
SCALES = {
    "puluh": 10,
    "ratus": 100,
    "ribu": 1_000,
    "rebu": 1_000,
    "rb": 1_000,
    "rbu": 1_000,
    "k": 1_000,
    "juta": 1_000_000,
    "jt": 1_000_000,
    "jta": 1_000_000,
    "jutaan": 1_000_000,
    "ribuan": 1_000,
}
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*|[a-z]+")
_THOUSANDS = re.compile(r"\d{1,3}(?:[.,]\d{3})+")


def _digits(word: str) -> float:
    """Return the value of digits: ``1.500.000`` and ``1,5`` alike."""
    if _THOUSANDS.fullmatch(word):
        return float(re.sub(r"[.,]", "", word))
    whole, _, rest = word.replace(",", ".").partition(".")
    return float(f"{whole}.{rest.replace('.', '')}" if rest else whole)


def parse_number(text: str) -> int | None:
    """Return the number that *text* names in digits, words or both, or ``None`` where it names none.

    Words that are no numbers (``rp``, ``tahun``) are passed over.
    """
    total = part = 0.0
    found = False
    for word in _NUMBER.findall(text.lower()):
        if word[0].isdigit():
            part += _digits(word)
        elif word == "belas":
            part += 10
        elif word in UNITS:
            value = UNITS[word]
            if value >= 1_000:
                total, value = total + value, 0
            part += value
        elif word in SCALES:
            scale = SCALES[word]
            if scale >= 1_000:
                total, part = total + max(part, 1) * scale, 0.0
            else:
                tens = part % 10 or 1
                part = part - part % 10 + tens * scale if part else scale
        else:
            continue
        found = True
    if total >= 1_000_000 and 0 < part < 1_000:
        part *= 1_000  # "tiga juta lima ratus" is three and a half million
    return round(total + part) if found else None
