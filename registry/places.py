"""Kelurahan and desa of Kota Jambi and Muaro Jambi: by code, by what lies in what, and by how people name them."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from registry.place_search import PlaceSearch, lies_in
from storage.models import Region

_FILE = Path(__file__).parent / "data" / "regions.csv"
_AREAS = {"kota", "kabupaten"}


@dataclass(frozen=True)
class Place:
    """A place by its Kemendagri code. `kecamatan` and `city` name what it lies in ("" where there is none)."""

    code: str
    name: str
    level: str  # provinsi, kota, kabupaten, kecamatan, kelurahan, desa
    parent: str | None
    kecamatan: str
    city: str


class Gazetteer:
    """All places of `data/regions.csv`, held in memory."""

    def __init__(self, places: list[Place]) -> None:
        self._places = {place.code: place for place in places}
        self._search = PlaceSearch({place.code: place.name for place in places})

    @classmethod
    def load(cls) -> Gazetteer:
        """Read the packaged list."""
        with _FILE.open(encoding="utf-8", newline="") as file:
            rows = {row["code"]: row for row in csv.DictReader(file)}
        return cls([_place(row, rows) for row in rows.values()])

    def get(self, code: str) -> Place | None:
        """The place of a code, of whatever level."""
        return self._places.get(code)

    def find(self, text: str, within: str | None = None, limit: int = 8) -> list[Place]:
        """Kelurahan and desa that the text may mean, likeliest first.

        More than one means: ask. A bare name that several places bear, that a kecamatan bears too or that a longer name
        begins with brings all of them; a kecamatan brings what lies in it. `within` is the code of an area to look in.
        """
        return [self._places[code] for code in self._search.find(text, within)[:limit]]

    def named(self, name: str, kecamatan: str | None = None, city: str | None = None) -> list[Place]:
        """Kelurahan and desa of precisely this name (for lists, where a guess would do harm)."""
        found = self._search.exact(name)
        for area in (kecamatan, city):
            if area:
                wanted = self._search.areas(area)
                found = [code for code in found if any(lies_in(code, part) for part in wanted)]
        return [self._places[code] for code in found]

    def children(self, code: str) -> list[Place]:
        """What lies directly in a place, by code."""
        return [place for place in self._places.values() if place.parent == code]

    def starting(self, level: str) -> list[Place]:
        """All places of a level, by code: where a choice from the top down starts."""
        return [place for place in self._places.values() if place.level == level]

    def all(self) -> list[Place]:
        """All places, by code."""
        return list(self._places.values())


async def sync_regions(session: AsyncSession) -> None:
    """Bring the region table to the packaged list. Codes that are no longer in it stay: tickets point to them."""
    rows = [
        {"code": place.code, "name": place.name, "level": place.level, "parent": place.parent}
        for place in Gazetteer.load().all()
    ]
    statement = insert(Region).values(rows)
    changed = {column: statement.excluded[column] for column in ("name", "level", "parent")}
    await session.execute(statement.on_conflict_do_update(index_elements=["code"], set_=changed))


def _place(row: dict[str, str], rows: dict[str, dict[str, str]]) -> Place:
    kecamatan = city = ""
    above: dict[str, str] | None = row
    while above:
        if above["level"] == "kecamatan":
            kecamatan = above["name"]
        elif above["level"] in _AREAS:
            city = above["name"]
        above = rows.get(above["parent"])
    return Place(row["code"], row["name"], row["level"], row["parent"] or None, kecamatan, city)
