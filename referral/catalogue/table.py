"""Where every need goes, by region and school level: the table of docs/rujukan.md."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from referral.catalogue.loader import Catalogue
from referral.catalogue.schema import Door, Need
from referral.catalogue.survey import deciding_answers


@dataclass(frozen=True)
class Row:
    """A need, the answer that decides (empty if none does), and a desk for each region and for an unknown place."""

    need: str
    answer: str
    cells: tuple[str, ...]


def rows(catalogue: Catalogue) -> Iterator[Row]:
    """The rows, needs in the catalogue's order."""
    places = (*catalogue.regions, None)
    for need in catalogue.needs.values():
        cases: list[tuple[str, Mapping[str, str]]] = []
        for question, values in deciding_answers(catalogue, need.code).items():
            cases += [(catalogue.questions[question].shown(value), {question: value}) for value in values]
        cases.append(("belum disebut" if cases else "", {}))
        for answer, answers in cases:
            doors = tuple(_cell(need, catalogue.route(need.code, place, answers)) for place in places)
            yield Row(need.name + (" 🔒" if need.restricted else ""), answer, doors)


def _cell(need: Need, door: Door) -> str:
    marks = "🏠" if door.unit.internal else ""
    doubt = " ❔" if "low" in (need.confidence, door.agency.confidence) else ""
    return f"{door.agency.name}: {door.unit.name} {marks}".rstrip() + doubt
