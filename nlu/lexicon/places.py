"""Finding kelurahan, desa and kecamatan of Kota Jambi and Muaro Jambi in a text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from nlu.lexicon import tables
from nlu.lexicon.spelling import fold
from nlu.lexicon.tokens import LONGEST_TEXT

_WORD = re.compile(r"[^\W_]+")
_CUES = frozenset(
    [
        "kelurahan",
        "kel",
        "kelurahannya",
        "klrhn",
        "kecamatan",
        "kec",
        "desa",
        "ds",
        "dusun",
        "lurah",
        "camat",
        "kades",
        "kampung",
        "kampong",
        "kmp",
    ]
)


@dataclass(frozen=True)
class Place:
    """One row of the gazetteer; ``code`` is the Kemendagri code."""

    code: str
    name: str
    level: str
    parent: str
    needs_cue: bool


@dataclass(frozen=True)
class PlaceMatch:
    """A place named in a text: ``text[start:end] == value``; several places may bear the name.

    ``cued`` says that a word such as "kelurahan" stands before it.
    """

    value: str
    start: int
    end: int
    places: tuple[Place, ...]
    cued: bool = False

    @property
    def name(self) -> str:
        """The official name."""
        return self.places[0].name


@lru_cache(maxsize=1)
def gazetteer() -> dict[tuple[str, ...], tuple[Place, ...]]:
    """Return all places by the words of their names and aliases, in lower case."""
    by_code: dict[str, Place] = {}
    names: dict[tuple[str, ...], list[Place]] = {}
    for row in tables.rows("places.csv"):
        place = Place(row["code"], row["name"], row["level"], row["parent"], row["needs_cue"] == "true")
        by_code[place.code] = place
        names.setdefault(tuple(_WORD.findall(place.name.lower())), []).append(place)
    for row in tables.rows("place_aliases.csv"):
        names.setdefault(tuple(_WORD.findall(row["alias"])), []).append(by_code[row["code"]])
    return {key: tuple(places) for key, places in names.items()}


@lru_cache(maxsize=1)
def _longest() -> dict[str, int]:
    """Return how many words the longest name has that begins with a word."""
    longest: dict[str, int] = {}
    for key in gazetteer():
        longest[key[0]] = max(len(key), longest.get(key[0], 0))
    return longest


def find_places(text: str) -> list[PlaceMatch]:
    """Return the places named in *text*, left to right, the longest name first where several fit.

    Names that are common words (``Murni``, ``Baru``) count only after a cue such as "kelurahan".
    """
    pieces = [(fold(m[0]), m.start(), m.end()) for m in _WORD.finditer(text, 0, min(len(text), LONGEST_TEXT))]
    table = gazetteer()
    longest = _longest()
    found, i = [], 0
    while i < len(pieces):
        cued = i > 0 and pieces[i - 1][0] in _CUES
        for length in range(min(longest.get(pieces[i][0], 0), len(pieces) - i), 0, -1):
            places = table.get(tuple(piece[0] for piece in pieces[i : i + length]), ())
            if places and (cued or not all(place.needs_cue for place in places)):
                start, end = pieces[i][1], pieces[i + length - 1][2]
                found.append(PlaceMatch(text[start:end], start, end, places, cued))
                i += length
                break
        else:
            i += 1
    return found
