"""Which places a text may mean. Never settles silently on one of several that bear a name.

A text is cut into spans that name something (exactly, or nearly), and each span is read as the name of a kelurahan or
desa or as the kecamatan, city or regency around it. What people add ("jambi timur", "kec. kumpeh ulu") narrows.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from rapidfuzz.distance import OSA

from registry.place_words import Word, everyday, joined, knowledge, phrase, words

_LONGEST_SPAN = 5
_SHORT_ANSWER = 8  # more words than this tell a story: then only what is marked as a place is guessed at
_MARGIN = 0.06  # guesses that are this much worse than the best are still shown
_VILLAGE_CUES = {"kelurahan", "desa"}


@dataclass(frozen=True)
class Span:
    """Words `start` to `end` that may mean the places of `codes`, likeliest first."""

    start: int
    end: int
    codes: tuple[str, ...]
    cue: str | None
    exact: bool = True


@dataclass
class _Reading:
    """What the spans were read as: names of kelurahan and desa, and areas around them."""

    names: list[str] = field(default_factory=list)
    areas: list[str] = field(default_factory=list)
    named_alone: list[Span] = field(default_factory=list)
    level: str | None = None


def is_village(code: str) -> bool:
    """Whether a code is of a kelurahan or desa."""
    return code.count(".") == 3


def lies_in(code: str, area: str) -> bool:
    """Whether `code` is `area` or a part of it."""
    return code == area or code.startswith(area + ".")


class PlaceSearch:
    """Finds places by name. `names` holds code and official name of all places."""

    def __init__(self, names: dict[str, str]) -> None:
        self._phrases: dict[str, list[tuple[str, ...]]] = defaultdict(list)
        self._exact: dict[str, list[str]] = defaultdict(list)
        self._villages = sorted((code for code in names if is_village(code)), key=_order)
        self._levels = {code: "desa" if code.split(".")[3].startswith("2") else "kelurahan" for code in self._villages}
        for code in sorted(names, key=_order):
            if code.count(".") == 0:
                continue
            for name in (names[code], *knowledge()["places"].get(code, ())):
                self._phrases[code].append(phrase(name))
                for form in joined(name):
                    if code not in self._exact[form]:
                        self._exact[form].append(code)

    def exact(self, name: str) -> list[str]:
        """Codes of the kelurahan and desa of precisely this name or one of its aliases."""
        found = {code for form in joined(name) for code in self._exact.get(form, ()) if is_village(code)}
        return sorted(found, key=_order)

    def areas(self, name: str) -> list[str]:
        """Codes of the kecamatan, cities and regencies of precisely this name."""
        found = {code for form in joined(name) for code in self._exact.get(form, ()) if not is_village(code)}
        return sorted(found, key=_order)

    def find(self, text: str, within: str | None = None) -> list[str]:
        """Codes of the kelurahan and desa that the text may mean, likeliest first."""
        said = words(text)
        spans = self._drop_everyday(said, list(self._exact_spans(said)))
        spans = self._add_guesses(said, spans)
        reading = self._read(spans)
        if within:
            reading.areas.append(within)
        found = self._narrowed(reading) or self._partial(said, spans, reading.areas)
        if not found:
            found = [code for area in reading.areas if area.count(".") == 2 for code in self._inside(area)]
        elif reading.level:
            found.sort(key=lambda code: self._levels[code] != reading.level)
        return [code for code in dict.fromkeys(found) if within is None or lies_in(code, within)]

    def _exact_spans(self, said: list[Word]) -> Iterator[Span]:
        at = 0
        while at < len(said):
            for end in range(min(len(said), at + _LONGEST_SPAN), at, -1):
                codes = self._exact.get("".join(word.form for word in said[at:end]))
                if codes:
                    yield Span(at, end, tuple(codes), _cue_before(said, at))
                    at = end - 1
                    break
            at += 1

    def _drop_everyday(self, said: list[Word], spans: list[Span]) -> list[Span]:
        content = sum(not word.noise for word in said)
        return [
            span
            for span in spans
            if span.cue
            or said[span.start].form not in everyday()
            or span.end - span.start > 1
            or content - sum(s.end - s.start for s in spans if s is not span) <= 1
        ]

    def _add_guesses(self, said: list[Word], spans: list[Span]) -> list[Span]:
        """Add spans that nearly name a place; one that widens an exact span comes before it."""
        covered = {at for span in spans for at in range(span.start, span.end)}
        story = sum(not word.noise for word in said) > _SHORT_ANSWER
        guesses = []
        for start, end in self._windows(said, covered):
            cue = _cue_before(said, start)
            if story and cue is None:
                continue
            form = "".join(word.form for word in said[start:end])
            distance, codes = self._nearest(form, bool(cue))
            if codes:
                guesses.append((distance, start - end, Span(start, end, codes, cue, exact=False)))
        for _, _, guess in sorted(guesses, key=lambda item: item[:2]):
            clash = [span for span in spans if span.start < guess.end and guess.start < span.end]
            if any(not span.exact or span.start < guess.start or span.end > guess.end for span in clash):
                continue
            codes = tuple(dict.fromkeys((*guess.codes, *(code for span in clash for code in span.codes))))
            spans = [span for span in spans if span not in clash]
            spans.append(Span(guess.start, guess.end, codes, guess.cue, exact=False))
        return sorted(spans, key=lambda span: span.start)

    def _windows(self, said: list[Word], covered: set[int]) -> Iterator[tuple[int, int]]:
        for start in range(len(said)):
            for end in range(start + 1, min(len(said), start + _LONGEST_SPAN) + 1):
                inside = range(start, end)
                if said[end - 1].noise:
                    break
                if said[start].noise or all(at in covered or said[at].weak or said[at].form.isdigit() for at in inside):
                    continue
                yield start, end

    def _nearest(self, form: str, cued: bool) -> tuple[float, tuple[str, ...]]:
        """The places whose names differ from `form` by a few letters at most, with the share that differs."""
        near: list[tuple[float, str]] = []
        for name, codes in self._exact.items():
            allowed = _allowed_errors(len(name))
            if not allowed or (name in everyday() and not cued) or not _comparable(name, form):
                continue
            distance = OSA.distance(name, form, score_cutoff=allowed)
            if distance <= allowed:
                near += [(distance / len(name), code) for code in codes]
        if not near:
            return 1.0, ()
        best = min(near)[0]
        kept = sorted((item for item in near if item[0] <= best + _MARGIN), key=lambda item: (item[0], _order(item[1])))
        return best, tuple(dict.fromkeys(code for _, code in kept))

    def _read(self, spans: list[Span]) -> _Reading:
        reading = _Reading()
        for at, span in enumerate(spans):
            villages = [code for code in span.codes if is_village(code)]
            areas = [code for code in span.codes if not is_village(code)]
            others = [code for index, other in enumerate(spans) if index != at for code in other.codes]
            if span.cue in _VILLAGE_CUES and villages:
                areas, reading.level = [], span.cue
            elif span.cue in ("kecamatan", "city") and areas:
                villages = []
            elif villages and areas:
                villages, areas = _settle(villages, areas, spans[:at], others)
            reading.names += villages
            if villages and areas:
                reading.names += [code for area in areas for code in self._inside(area)]
            else:
                reading.areas += areas
            if villages and not span.cue and span.exact:
                reading.named_alone.append(span)
        return reading

    def _narrowed(self, reading: _Reading) -> list[str]:
        """The names that lie in the areas told; where none does, both are shown, since one of them is a mistake."""
        names = list(reading.names)
        if not names:
            return []
        areas = reading.areas
        narrow = [code for code in names if all(lies_in(code, area) for area in areas)]
        if not narrow:
            narrow = [code for code in names if any(lies_in(code, area) for area in areas)]
        if not narrow:
            narrow = names + [code for area in areas if area.count(".") == 2 for code in self._inside(area)]
        elif len(reading.named_alone) == 1 and len(set(names)) == len(set(reading.named_alone[0].codes)):
            narrow += [code for code in self._longer(narrow) if all(lies_in(code, area) for area in areas)]
        return [*narrow, *_cut_from(narrow)]

    def _longer(self, codes: Iterable[str]) -> list[str]:
        """Places whose names hold the whole name of one of `codes`: "kasang" may be short for "Kasang Jaya"."""
        shorts = [self._phrases[code][0] for code in codes]
        return [
            code
            for code in self._villages
            if any(
                _holds(name, short) for name in self._phrases[code][:1] for short in shorts if len(name) > len(short)
            )
        ]

    def _partial(self, said: list[Word], spans: list[Span], areas: list[str]) -> list[str]:
        """Places that bear all the words which are left, as in "simpang sipin" or "mendalo"."""
        covered = {at for span in spans for at in range(span.start, span.end)}
        rest = [word for at, word in enumerate(said) if at not in covered and not word.noise]
        if len(rest) > _SHORT_ANSWER // 2 or all(word.weak or word.form.isdigit() for word in rest):
            return []
        left = {word.form for word in rest}
        found = [
            code
            for code in self._villages
            if all(lies_in(code, area) for area in areas) and any(left <= set(name) for name in self._phrases[code])
        ]
        return [*found, *_cut_from(found)]

    def _inside(self, area: str) -> list[str]:
        return [code for code in self._villages if lies_in(code, area)] if area.count(".") == 2 else []


def _settle(
    villages: list[str], areas: list[str], before: list[Span], others: list[str]
) -> tuple[list[str], list[str]]:
    """A span that is both a village's and an area's name: read it by what else was said."""
    if any(is_village(code) and lies_in(code, area) for span in before for code in span.codes for area in areas):
        return [], areas
    inside = [
        code for code in villages if any(not is_village(o) and o.count(".") == 2 and lies_in(code, o) for o in others)
    ]
    if inside:
        return inside, []
    if any(is_village(code) and lies_in(code, area) for code in others for area in areas):
        return [], areas
    if any(area.count(".") == 1 for area in areas):
        return [], areas  # "muaro jambi" alone is the regency, not the village in it
    return villages, areas


def _cue_before(said: list[Word], at: int) -> str | None:
    return said[at - 1].cue if at else None


def _order(code: str) -> tuple[bool, str]:
    """Kota Jambi first: most people live there."""
    return (not code.startswith("15.71"), code)


def _allowed_errors(length: int) -> int:
    return 0 if length < 5 else 1 if length < 9 else 2 if length < 14 else 3


def _comparable(name: str, form: str) -> bool:
    """People mistype letters, but "pal 5" is not "pal 6"; and hardly ever the first letter."""
    return name[:1] == form[:1] and re.sub(r"\D", "", name) == re.sub(r"\D", "", form)


def _holds(name: tuple[str, ...], short: tuple[str, ...]) -> bool:
    """Whether a longer name has all of a shorter one in it."""
    return any(name[at : at + len(short)] == short for at in range(len(name) - len(short) + 1)) and name != short


def _cut_from(codes: list[str]) -> list[str]:
    """The kelurahan that were cut out of these: cards still bear the old name."""
    return [new for new, old in knowledge()["cut_from"].items() if set(old) & set(codes)]
