"""A light stemmer: strips an affix only when a known root remains.

Generic stemmers turn ``berikan`` into ``ikan`` and ``bekasi`` into ``bekas``; here the longest root wins
and protected words stay whole.
"""

from __future__ import annotations

from functools import lru_cache

from nlu.lexicon.tables import protected, roots

_CLITICS = ("nya", "nyo", "lah", "kah", "pun", "ku", "mu", "lo")
_SUFFIXES = ("kan", "ke", "in", "an", "i")
_PREFIXES: tuple[tuple[str, tuple[str, ...]], ...] = (
    # (prefix, what may stand in its place before the root)
    ("meng", ("", "k")),
    ("meny", ("s",)),
    ("mem", ("", "p")),
    ("men", ("", "t")),
    ("me", ("",)),
    ("peng", ("", "k")),
    ("peny", ("s",)),
    ("pem", ("", "p")),
    ("pen", ("", "t")),
    ("per", ("",)),
    ("pe", ("",)),
    ("ber", ("",)),
    ("be", ("",)),
    ("ter", ("",)),
    ("te", ("",)),
    ("di", ("",)),
    ("ke", ("",)),
    ("se", ("",)),
    ("nge", ("",)),
    ("ng", ("", "k")),
    ("ny", ("s",)),
    ("n", ("t",)),
    ("m", ("p",)),
)
_SHORTEST_ROOT = 3
_DEPTH = 3


def _without_suffix(word: str) -> list[str]:
    """Return *word* without one clitic, one suffix, or both; least stripped first."""
    bases = [word]
    for clitic in _CLITICS:
        if word.endswith(clitic) and len(word) - len(clitic) >= _SHORTEST_ROOT:
            bases.append(word[: -len(clitic)])
    found = list(bases)
    for base in bases:
        for suffix in _SUFFIXES:
            if base.endswith(suffix) and len(base) - len(suffix) >= _SHORTEST_ROOT:
                found.append(base[: -len(suffix)])
    return found


def _without_prefix(word: str) -> list[str]:
    """Return what *word* may be without one prefix, restoring a swallowed first letter."""
    found = []
    for prefix, restored in _PREFIXES:
        if word.startswith(prefix):
            rest = word[len(prefix) :]
            found += [letter + rest for letter in restored if len(letter + rest) >= _SHORTEST_ROOT]
    return found


def _candidates(word: str) -> set[str]:
    level = set(_without_suffix(word))
    seen = set(level)
    for _ in range(_DEPTH):
        level = {rest for base in level for rest in _without_prefix(base)} - seen
        seen |= level
    return seen


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """Return the root of the lower-case *word*, or *word* itself where no known root remains.

    Where several remain, the longest wins, then the one that begins as the word does: ``berikan`` is ``beri``.
    """
    if word in roots() or word in protected() or len(word) <= _SHORTEST_ROOT + 1:
        return word
    known = [rest for rest in _candidates(word) if rest in roots()]
    if known:
        return max(known, key=lambda rest: (len(rest), word.startswith(rest), rest))
    for clitic in ("nya", "nyo"):
        if word.endswith(clitic) and len(word) > len(clitic) + _SHORTEST_ROOT:
            return word[: -len(clitic)]
    return word
