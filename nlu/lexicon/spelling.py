"""Correcting one token: lexicon first, then rules, then the nearest word of the domain's vocabulary."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from functools import lru_cache

from nlu.lexicon import tables
from nlu.lexicon.stemmer import stem

_LONGEST = 30  # longer tokens are mash or links: never corrected
_ONE_ERROR_FROM = 5
_TWO_ERRORS_FROM = 9
_REPEATED = re.compile(r"(.)\1+")
_LONG_REPEAT = re.compile(r"(.)\1{2,}")
_VOWELS = re.compile(r"[aiueo]+")
_CLITICS = ("nyo", "nya", "ny", "lah", "la", "kah", "ku", "mu", "pun", "x")
_CLITIC_STANDARD = {"nyo": "nya", "ny": "nya", "x": "nya", "la": "lah"}


@lru_cache(maxsize=100_000)
def fold(token: str) -> str:
    """Return *token* in lower case, without accents, styled letters or apostrophes."""
    plain = token if token.isascii() else unicodedata.normalize("NFKD", token)
    letters = "".join(c for c in plain if c.isascii() or not unicodedata.combining(c))
    return letters.lower().replace("'", "").replace("’", "").replace("`", "")


@lru_cache(maxsize=100_000)
def normalise(token: str) -> str:
    """Return the standard form of one *token*: one word, or several (``drmh`` becomes ``di rumah``)."""
    word = fold(token)
    if not word.isascii() or not word or len(word) > _LONGEST:
        return word
    word = _singular(word)
    return _lookup(word) or _by_rule(word) or _nearest(word) or word


def _singular(word: str) -> str:
    """Undo reduplication: ``anak-anaknya`` and ``anak2nya`` become ``anaknya``."""
    if "-" in word:
        first, _, rest = word.partition("-")
        if rest.startswith(first[:3]) and len(first) > 2 and "-" not in rest:
            return rest if rest.startswith(first) else first
        joined = word.replace("-", "")
        return joined if joined in tables.replacements() or joined in tables.acronyms() else word
    match = re.fullmatch(r"([a-z]{2,})2([a-z]*)", word)
    if not match:
        return word
    if word in tables.replacements():
        return word
    return match[1] + (match[2] if match[2] in ("nya", "nyo", "an", "ku") else "")


def _lookup(word: str) -> str | None:
    """Return what the tables say of *word*, or ``None``."""
    found = tables.replacements().get(word)
    if found is not None:
        return found
    return word if word in tables.known() or not word.isalpha() else None


def _by_rule(word: str) -> str | None:
    for rule in (_unrepeat, _with_clitic, _unjambi, _as_derived, _vowelless, _split):
        found = rule(word)
        if found is not None:
            return found
    return None


def _unrepeat(word: str) -> str | None:
    """``tolooong`` and ``sakitt``: shorten runs of a letter until a known word remains."""
    if not _REPEATED.search(word):
        return None
    for pattern, letters in ((_LONG_REPEAT, r"\1\1"), (_LONG_REPEAT, r"\1"), (_REPEATED, r"\1")):
        shorter = pattern.sub(letters, word)
        if shorter != word:
            found = _lookup(shorter)
            if found is not None:
                return found
    shorter = _LONG_REPEAT.sub(r"\1", word)
    return normalise(shorter) if shorter != word else None


def _with_clitic(word: str) -> str | None:
    """``anaknyo``, ``bpjsny``: normalise what stands before the clitic."""
    for clitic in _CLITICS:
        base = word[: -len(clitic)]
        if word.endswith(clitic) and len(base) >= 2:
            found = _lookup(base)
            if found is None and len(base) > 3:
                found = _unjambi(base)
            if found is not None and " " not in found:
                return found + _CLITIC_STANDARD.get(clitic, clitic)
    return None


def _unjambi(word: str) -> str | None:
    """Jambi endings, only where the dictionary knows the result: ``biayo``, ``habes``, ``jatoh``."""
    vocabulary = tables.known()
    if len(word) < 4:
        return None
    candidates = []
    if word.endswith("o"):
        candidates.append(word[:-1] + "a")
    if len(word) > 4 and word[-2] in "eo":
        candidates.append(word[:-2] + {"e": "i", "o": "u"}[word[-2]] + word[-1])
    if word.startswith("be") and len(word) > 5:
        candidates.append("ber" + word[2:])
    if word.startswith("te") and len(word) > 5:
        candidates.append("ter" + word[2:])
    if word.endswith("ke") and len(word) > 5:
        candidates.append(word[:-2] + "kan")
    for candidate in candidates:
        if candidate in vocabulary or stem(candidate) in tables.roots():
            return candidate
    return None


def _as_derived(word: str) -> str | None:
    """A word whose stem is a known root is right as it stands."""
    return word if stem(word) in tables.roots() else None


@lru_cache(maxsize=1)
def _skeletons() -> dict[str, str]:
    """Return consonant skeletons of longer words that point to one word alone."""
    words: dict[str, list[str]] = defaultdict(list)
    for word in tables.vocabulary():
        if len(word) >= 5:
            words[_skeleton(word)].append(word)
    return {key: found[0] for key, found in words.items() if len(found) == 1 and len(key) >= 4}


def _skeleton(word: str) -> str:
    return _VOWELS.sub("", word)


def _vowelless(word: str) -> str | None:
    """``kntrkn``: consonants alone, where one known word has them."""
    if len(word) < 4 or len(_VOWELS.sub("", word)) < len(word) - 1:
        return None
    return _skeletons().get(_skeleton(word))


def _split(word: str) -> str | None:
    """``tidakpunya``: two frequent words written as one."""
    if len(word) < 8:
        return None
    counts = tables.vocabulary()
    best, best_count = None, 0
    for cut in range(3, len(word) - 3):
        left, right = word[:cut], word[cut:]
        count = min(counts.get(left, 0), counts.get(right, 0))
        if count > max(best_count, 2):
            best, best_count = f"{left} {right}", count
    return best


def _deletions(word: str) -> set[str]:
    return {word[:i] + word[i + 1 :] for i in range(len(word))} | {word}


@lru_cache(maxsize=1)
def _index() -> dict[str, tuple[str, ...]]:
    """Return vocabulary words by what remains of them when one letter is dropped."""
    index: dict[str, list[str]] = defaultdict(list)
    for word, count in tables.vocabulary().items():
        if len(word) >= _ONE_ERROR_FROM and count >= 2:
            for part in _deletions(word):
                index[part].append(word)
    return {part: tuple(words) for part, words in index.items()}


def _nearest(word: str) -> str | None:
    """Return the one nearest vocabulary word within the errors that the length allows, or ``None``."""
    if len(word) < _ONE_ERROR_FROM or not word.isalpha():
        return None
    allowed = 2 if len(word) >= _TWO_ERRORS_FROM else 1
    candidates = {w for part in _deletions(word) for w in _index().get(part, ()) if w[0] == word[0]}
    ranked = sorted((distance(word, w), -tables.vocabulary()[w], w) for w in candidates)
    if not ranked or ranked[0][0] > allowed:
        return None
    return ranked[0][2]


def distance(a: str, b: str) -> int:
    """Return the number of edits between *a* and *b*; swapped neighbours count as one."""
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        older, before, row = before, row, [i]
        for j, y in enumerate(b, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
    return row[-1]
