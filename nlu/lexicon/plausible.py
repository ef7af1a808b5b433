"""Telling words from keyboard mash, without a model: known words, else letter pairs that words really have."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache

from nlu.lexicon import tables
from nlu.lexicon.spelling import fold
from nlu.lexicon.stemmer import stem
from nlu.lexicon.tokens import Token, tokenise

_LEAST_WORDS_WITH_PAIR = 3
_LEAST_SHARE_OF_PAIRS = 0.75


@lru_cache(maxsize=1)
def _pairs() -> frozenset[str]:
    """Return letter pairs, word ends included, that several known words have."""
    counts: Counter[str] = Counter()
    for word in tables.vocabulary():
        counts.update({f" {word} "[i : i + 2] for i in range(len(word) + 1)})
    return frozenset(pair for pair, count in counts.items() if count >= _LEAST_WORDS_WITH_PAIR)


@lru_cache(maxsize=50_000)
def _looks_like_word(raw: str, norm: str) -> bool:
    known = tables.known()
    if any(word in known or stem(word) in tables.roots() for word in norm.split()) or fold(raw) in known:
        return True
    padded = f" {norm} "
    pairs = [padded[i : i + 2] for i in range(len(padded) - 1)]
    has_vowel = any(vowel in norm for vowel in "aiueo")
    return has_vowel and sum(pair in _pairs() for pair in pairs) >= _LEAST_SHARE_OF_PAIRS * len(pairs)


def share_of_words(text: str) -> float:
    """Return which share of the letters of *text* stands in words that look like language, 0 to 1.

    Digits count as language (a number is an answer); a text of neither letters nor digits gives 0.
    """
    return share_of_tokens(tokenise(text))


def share_of_tokens(tokens: list[Token]) -> float:
    """Return :func:`share_of_words` of a text already cut into *tokens*."""
    total = good = 0
    for token in tokens:
        total += len(token.raw)
        if token.raw[0].isdigit() or _looks_like_word(token.raw, token.norm):
            good += len(token.raw)
    return good / total if total else 0.0
