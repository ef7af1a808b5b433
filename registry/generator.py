"""An invented population of Kota Jambi and Muaro Jambi, as lists that the importer takes."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any, Literal

from registry.places import Gazetteer, Place
from registry.samples import SAMPLE_PERSONS, Invented, population

__all__ = ["SAMPLE_PERSONS", "Invented", "Source", "generate", "write_csv"]

_FIRST_SERIAL = 9000
_LAST_SERIAL = 9999
_YEAR = timedelta(days=365.25)
_SCHOOL_AGE = range(6, 19)
_PENSION_AGE = 60

Source = Literal["DTSEN", "P3KE"]


def generate(households: int, seed: int) -> Iterator[Invented]:
    """The sample persons, then the members of so many invented households. The same seed makes the same people."""
    yield from SAMPLE_PERSONS
    inventor = _Inventor(seed)
    for _ in range(households):
        yield from inventor.household()


def write_csv(path: Path, households: int, seed: int, source: Source = "DTSEN") -> None:
    """Write the invented population as a list of `source`, with the columns of its mapping file.

    P3KE is the older list: fewer persons, and some families in another desil.
    """
    columns = _COLUMNS[source]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for person in generate(households, seed):
            if source == "DTSEN" or person.p3ke_desil is not None:
                writer.writerow([tell(person) for tell in columns.values()])


def _takes_part(programme: str) -> Callable[[Invented], str]:
    return lambda person: "YA" if programme in person.programmes else "TIDAK"


_SHARED: dict[str, Callable[[Invented], Any]] = {
    "NIK": lambda person: person.nik,
    "NAMA": lambda person: person.name.upper(),
    "NO_KK": lambda person: person.kk,
    "TANGGAL_LAHIR": lambda person: person.birth_date.isoformat(),
    "JENIS_KELAMIN": lambda person: person.sex,
    "HUBUNGAN_KELUARGA": lambda person: person.relation,
    "KODE_WILAYAH": lambda person: person.region_code,
    "RT": lambda person: person.rt,
    "RW": lambda person: person.rw,
    "ALAMAT": lambda person: person.address,
}
_COLUMNS: dict[Source, dict[str, Callable[[Invented], Any]]] = {
    "DTSEN": {
        **_SHARED,
        "NAMA_IBU_KANDUNG": lambda person: person.mother_name.upper(),
        "DESIL": lambda person: person.desil,
        "PKH": _takes_part("PKH"),
        "SEMBAKO": _takes_part("BPNT"),
        "PBI_JK": _takes_part("PBI-JK"),
        "PIP": _takes_part("PIP"),
    },
    "P3KE": {
        **_SHARED,
        "DESIL_KESEJAHTERAAN": lambda person: person.p3ke_desil,
        "PENERIMA_PKH": _takes_part("PKH"),
        "PENERIMA_BPNT": _takes_part("BPNT"),
    },
}


class _Inventor:
    """Invents households one after another, never the same number twice."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)  # noqa: S311 - the same people again is the point
        self._made_of = population()
        self._today: date = self._made_of["reference_date"]
        self._used = {number for person in SAMPLE_PERSONS for number in (person.nik, person.kk)}
        villages = [place for level in ("kelurahan", "desa") for place in Gazetteer.load().starting(level)]
        self._in_city = [place for place in villages if place.code.startswith("15.71")]
        self._in_regency = [place for place in villages if not place.code.startswith("15.71")]

    def household(self) -> list[Invented]:
        """The members of one family card."""
        pick, made_of = self._random, self._made_of
        village = pick.choice(self._in_city if pick.random() < made_of["city_share"] else self._in_regency)
        desil = pick.choices(range(1, 11), made_of["desil_weights"])[0]
        issued = self._today - pick.uniform(0.5, 15) * _YEAR
        home: dict[str, Any] = {
            "kk": self._number(_region6(village), issued.strftime("%d%m%y")),
            "region_code": village.code,
            "rt": f"{pick.randint(1, 40):03}",
            "rw": f"{pick.randint(1, 9):03}",
            "address": f"{pick.choice(made_of['streets'])} No. {pick.randint(1, 90)}",
            "desil": desil,
            "p3ke_desil": self._older_desil(desil),
        }
        members = self._family(village)
        pkh = self._is_given("pkh", desil) and any(self._age(m["birth_date"]) < 21 or self._is_old(m) for m in members)
        bpnt = self._is_given("bpnt", desil)
        pbi = self._is_given("pbi", desil)
        return [
            Invented(**home, **member, programmes=self._programmes(member, desil, pkh=pkh, bpnt=bpnt, pbi=pbi))
            for member in members
        ]

    def _family(self, village: Place) -> list[dict[str, Any]]:
        pick, made_of = self._random, self._made_of
        age = pick.uniform(24, 68)
        widow = pick.random() < made_of["widow_share"]
        head = self._person(village, "P" if widow else "L", age, "KEPALA KELUARGA")
        members = [head]
        mother, mother_age = head, age
        if not widow:
            mother_age = max(20.0, age - pick.uniform(-2, 8))
            mother = self._person(village, "P", mother_age, "ISTRI")
            members.append(mother)
        for _ in range(pick.choices(range(5), made_of["child_weights"])[0]):
            child_age = mother_age - pick.uniform(19, 38)
            if 0 < child_age < 25:
                child = self._person(village, pick.choice("LP"), child_age, "ANAK")
                members.append(child | {"mother_name": mother["name"]})
        if pick.random() < made_of["elder_share"] and age < 55:
            members.append(self._person(village, pick.choice("LP"), age + pick.uniform(20, 35), "ORANG TUA"))
        return members

    def _person(self, village: Place, sex: str, age: float, relation: str) -> dict[str, Any]:
        pick, made_of = self._random, self._made_of
        born = self._today - age * _YEAR
        region = pick.choice(made_of["elsewhere"]) if pick.random() < made_of["moved_share"] else _region6(village)
        day = born.day + 40 if sex == "P" else born.day
        return {
            "nik": self._number(region, f"{day:02}{born:%m%y}"),
            "name": self._name(sex),
            "birth_date": born,
            "sex": sex,
            "mother_name": self._name("P"),
            "relation": relation,
        }

    def _name(self, sex: str) -> str:
        firsts, seconds = ("women", "seconds_women") if sex == "P" else ("men", "seconds_men")
        first = self._random.choice(self._made_of[firsts].split())
        return f"{first} {self._random.choice(self._made_of[seconds].split())}"

    def _number(self, region: str, born: str) -> str:
        for serial in range(_FIRST_SERIAL, _LAST_SERIAL + 1):
            number = f"{region}{born}{serial}"
            if number not in self._used:
                self._used.add(number)
                return number
        raise AssertionError("a thousand persons of one day and place")

    def _programmes(self, member: dict[str, Any], desil: int, *, pkh: bool, bpnt: bool, pbi: bool) -> tuple[str, ...]:
        manages = member["relation"] in ("KEPALA KELUARGA", "ISTRI") and member["sex"] == "P"
        pupil = int(self._age(member["birth_date"])) in _SCHOOL_AGE and self._is_given("pip", desil)
        told = {"PKH": pkh and manages, "BPNT": bpnt and manages, "PBI-JK": pbi, "PIP": pupil}
        return tuple(programme for programme, is_so in told.items() if is_so)

    def _is_given(self, programme: str, desil: int) -> bool:
        rule = self._made_of["programmes"][programme]
        return bool(desil <= rule["highest_desil"] and self._random.random() < rule["share"])

    def _older_desil(self, desil: int) -> int | None:
        older = desil + self._random.choice(self._made_of["p3ke_shift"])
        listed = self._random.random() < self._made_of["p3ke_share"]
        return older if listed and 1 <= older <= 4 else None

    def _age(self, born: date) -> float:
        return (self._today - born) / _YEAR

    def _is_old(self, member: dict[str, Any]) -> bool:
        return self._age(member["birth_date"]) >= _PENSION_AGE


def _region6(place: Place) -> str:
    return place.code.replace(".", "")[:6]
