"""Words of place names as people write them: folding, short forms, and the words that stand around a name."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

_TOKEN = re.compile(r"[a-z]+|\d+")
_DOUBLE = re.compile(r"([a-z])\1+")
_OLD_SPELLING = (("oe", "u"), ("dj", "j"), ("tj", "c"))
_LONGEST_TEXT = 4000


@dataclass(frozen=True)
class Word:
    """A word of a text: its folded form, the cue it is or None, whether it says nothing of a place, at all or alone."""

    form: str
    cue: str | None
    noise: bool
    weak: bool


@lru_cache(maxsize=1)
def knowledge() -> dict[str, Any]:
    """What `data/aliases.yml` knows."""
    content: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "data" / "aliases.yml").read_text())
    return content


@lru_cache(maxsize=1)
def everyday() -> frozenset[str]:
    """Names that are everyday words, folded."""
    return frozenset(fold(word) for word in knowledge()["everyday"])


def words(text: str) -> list[Word]:
    """The words of a text, without RT and RW and their numbers."""
    raw = _TOKEN.findall(_plain(text[:_LONGEST_TEXT]))
    found = []
    skip = False
    for at, token in enumerate(raw):
        following = raw[at + 1] if at + 1 < len(raw) else ""
        if skip or (token in ("rt", "rw") and following.isdigit()):
            skip = not skip
            continue
        found.append(Word(fold(token), _cues().get(token), token in _noise(), token in _lookalikes()))
    return found


def phrase(name: str) -> tuple[str, ...]:
    """The folded words of a place's name."""
    return tuple(fold(token) for token in _TOKEN.findall(_plain(name)))


def joined(name: str) -> frozenset[str]:
    """How a name may look without spaces, folded word by word or as a whole."""
    return frozenset(("".join(phrase(name)), _soften("".join(_TOKEN.findall(_plain(name))))))


@lru_cache(maxsize=10_000)
def fold(token: str) -> str:
    """One form for the spellings of one word: `Paal` and `pall` are `pal`, `III` and `tigo` are `3`."""
    soft = _soften(token)
    known = _variants().get(token) or (_variants().get(soft) if len(soft) > 2 else None)
    return _soften(known or token)


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.casefold())
    return re.sub(r"['’`]", "", "".join(c for c in letters if not unicodedata.combining(c)))


def _soften(token: str) -> str:
    for old, new in _OLD_SPELLING:
        token = token.replace(old, new)
    token = _DOUBLE.sub(r"\1", token)
    return token[:-1] + "a" if len(token) > 2 and token.endswith("o") else token


@lru_cache(maxsize=1)
def _variants() -> dict[str, str]:
    return {variant: word for word, variants in knowledge()["words"].items() for variant in variants}


@lru_cache(maxsize=1)
def _cues() -> dict[str, str]:
    return {word: cue for cue, words in knowledge()["cues"].items() for word in words}


@lru_cache(maxsize=1)
def _noise() -> frozenset[str]:
    return frozenset(knowledge()["noise"].split())


@lru_cache(maxsize=1)
def _lookalikes() -> frozenset[str]:
    return frozenset(word for kind in ("lookalikes", "elsewhere") for word in knowledge()[kind].split())
