"""Merging what rules and tagger find, and giving each entity its normal form."""

from __future__ import annotations

import re

from nlu.lexicon import find_places
from nlu.lexicon.numbers import parse_number
from nlu.lexicon.tables import acronyms
from nlu.models.entity_rules import RuleSpan, find_final, overlap
from nlu.models.tagger import Tagger

_PARTICLE = re.compile(r"[-’']?(?:ny[ao]|ny)$", re.I)
_RT = re.compile(r"rt[\s.:]*(.*?)(?:$|[\s/,]*rw|\s*/)", re.I)
_RW = re.compile(r"(?:rw[\s.:]*|/\s*)(.+)$", re.I)
_SCHOOLS = {
    "paud": "PAUD/TK",
    "tk": "PAUD/TK",
    "sd": "SD",
    "mi": "SD",
    "smp": "SMP",
    "sltp": "SMP",
    "mts": "SMP",
    "sma": "SMA/SMK",
    "smk": "SMA/SMK",
    "stm": "SMA/SMK",
    "slta": "SMA/SMK",
    "ma": "SMA/SMK",
    "kuliah": "kuliah",
}


def find_entities(text: str, tagger: Tagger | None) -> list[RuleSpan]:
    """Return the entities of *text* by start, never overlapping, with their norms.

    Without a *tagger* only the numbers with a checked form are found.
    """
    final = find_final(text)
    tagged = [] if tagger is None else tagger.tag(text)
    kept = final + [_trim(text, span) for span in tagged if not any(overlap(span, other) for other in final)]
    kept += [span for span in _certain_places(text) if not any(overlap(span, other) for other in kept)]
    return [_with_norm(text, span) for span in sorted(kept, key=lambda span: span.start)]


def _certain_places(text: str) -> list[RuleSpan]:
    """Return known names behind "kelurahan", "desa" and the like: they are places whatever the tagger says."""
    return [RuleSpan("place", place.start, place.end, place.name) for place in find_places(text) if place.cued]


def _trim(text: str, span: RuleSpan) -> RuleSpan:
    """Leave the particle of ``BPJS-nya`` outside the span."""
    if span.entity != "program":
        return span
    value = text[span.start : span.end]
    bare = _PARTICLE.sub("", value)
    return RuleSpan(span.entity, span.start, span.start + len(bare)) if len(bare) > 1 else span


def _with_norm(text: str, span: RuleSpan) -> RuleSpan:
    if span.norm is not None:
        return span
    return RuleSpan(span.entity, span.start, span.end, norm_of(span.entity, text[span.start : span.end]))


def norm_of(entity: str, value: str) -> str | None:
    """Return the normal form of *value*, or ``None`` where there is none.

    Rupiah and ages in years as digits, official names of places, capital letters of programmes, RT/RW
    without zeros, school levels as the label set groups them.
    """
    if entity == "amount":
        return _rupiah(value)
    if entity == "place":
        places = find_places(f"kelurahan {value}")
        return places[0].name if len(places) == 1 else None
    if entity == "program":
        return value.upper() if value.lower() in acronyms() else None
    if entity == "rt_rw":
        return _rt_rw(value)
    if entity == "age":
        number = parse_number(value)
        in_years = not re.search(r"bulan|bln|hari|minggu", value, re.I)
        return str(number) if number is not None and in_years else None
    if entity == "school_level":
        return _SCHOOLS.get(value.lower())
    return None


def _rupiah(value: str) -> str | None:
    number = parse_number(value)
    if number is None:
        return None
    has_unit = re.search(r"rp|\d[.,]\d{3}", value, re.I)
    return str(number * 1_000 if number < 1_000 and not has_unit else number)


def _rt_rw(value: str) -> str | None:
    parts = []
    for label, pattern in (("RT", _RT), ("RW", _RW)):
        match = pattern.search(value)
        number = parse_number(match[1]) if match else None
        if number is not None:
            parts.append(f"{label} {number}")
    return " ".join(parts) or None
