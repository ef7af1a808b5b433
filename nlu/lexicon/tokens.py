"""Splitting a text into tokens that keep their place in the original."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from nlu.lexicon import tables
from nlu.lexicon.spelling import fold, normalise

LONGEST_TEXT = 8_000
"""Characters beyond this are not read: no message needs them, and time must stay bounded."""

_PATTERN = re.compile(
    r"https?://\S+"
    r"|(?:[^\W\d_]\.){2,}[^\W\d_]?(?![^\W\d_])"  # b.p.j.s
    r"|[^\W\d_]+(?:['’`-][^\W\d_]+)*(?:2(?:nya|nyo|an|ku|ny)?(?![^\W_]))?"  # words, anak-anak, anak2nya
    r"|\d+(?:[.,]\d+)*"
)
_NOT_REDUPLICATED = frozenset(
    [
        "rt",
        "rw",
        "no",
        "nomor",
        "kelas",
        "kls",
        "sd",
        "smp",
        "sma",
        "smk",
        "km",
        "paal",
        "pal",
        "gang",
        "gg",
        "lorong",
        "lrg",
        "blok",
        "jam",
        "tgl",
        "dan",
    ]
)
_FULL_STOPS = re.compile(r"[.!?;,\n]")


@dataclass(frozen=True)
class Token:
    """A piece of a text: ``text[start:end] == raw``; ``norm`` is its standard form (may hold spaces)."""

    raw: str
    norm: str
    start: int
    end: int


def _pieces(text: str) -> list[tuple[str, int, int]]:
    found = []
    for match in _PATTERN.finditer(text, 0, min(len(text), LONGEST_TEXT)):
        raw, start, end = match[0], match.start(), match.end()
        if raw[-1] == "2" and fold(raw[:-1]) in _NOT_REDUPLICATED:
            found += [(raw[:-1], start, end - 1), ("2", end - 1, end)]
        else:
            found.append((raw, start, end))
    return found


def _is_phrase(text: str, pieces: list[tuple[str, int, int]]) -> bool:
    return all(not _FULL_STOPS.search(text[a[2] : b[1]]) for a, b in pairwise(pieces))


def tokenise(text: str) -> list[Token]:
    """Return the tokens of *text* in order, never overlapping; punctuation and emoji give none."""
    return list(_tokenise(text))


@lru_cache(maxsize=1)
def _longest_phrase() -> int:
    return max(map(len, tables.phrases()))


@lru_cache(maxsize=16)  # one message is asked about several times in a row; people's words are not kept for long
def _tokenise(text: str) -> tuple[Token, ...]:
    pieces = _pieces(text)
    folded = [fold(raw) for raw, _, _ in pieces]
    table = tables.phrases()
    longest = _longest_phrase()
    tokens, i = [], 0
    while i < len(pieces):
        for length in range(min(longest, len(pieces) - i), 1, -1):
            norm = table.get(tuple(folded[i : i + length]))
            if norm is not None and _is_phrase(text, pieces[i : i + length]):
                start, end = pieces[i][1], pieces[i + length - 1][2]
                tokens.append(Token(text[start:end], norm, start, end))
                i += length
                break
        else:
            raw, start, end = pieces[i]
            bare = raw.replace(".", "") if "." in raw and not raw[0].isdigit() and "/" not in raw else raw
            tokens.append(Token(raw, normalise(bare), start, end))
            i += 1
    return tuple(tokens)


def words(text: str) -> list[str]:
    """Return the normalised words of *text*, lower case, in order: ``"dak biso"`` gives ``["tidak", "bisa"]``."""
    return [word for token in tokenise(text) for word in token.norm.split()]


def normalise_text(text: str) -> str:
    """Return the normalised words of *text* joined by single spaces; punctuation is dropped."""
    return " ".join(words(text))
