"""The invented population."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date
from itertools import islice
from pathlib import Path

from registry.generator import SAMPLE_PERSONS, generate, write_csv
from registry.nik import Nik, check_kk
from registry.places import Gazetteer

TODAY = date(2026, 11, 21)
PEOPLE = list(generate(1500, 11))


def test_the_same_seed_makes_the_same_people(tmp_path: Path) -> None:
    assert list(generate(50, 3)) == list(generate(50, 3))
    assert list(islice(generate(50, 4), len(SAMPLE_PERSONS), None)) != list(generate(50, 3))[len(SAMPLE_PERSONS) :]
    one, other = tmp_path / "1.csv", tmp_path / "2.csv"
    write_csv(one, 50, 3, "P3KE")
    write_csv(other, 50, 3, "P3KE")
    assert one.read_bytes() == other.read_bytes()


def test_every_number_is_valid_synthetic_and_used_once() -> None:
    assert len({person.nik for person in PEOPLE}) == len(PEOPLE)
    for person in PEOPLE:
        told = Nik.parse(person.nik, TODAY)
        assert (told.birth_date, told.sex) == (person.birth_date, person.sex)
        assert int(told.serial) >= 9000
        check_kk(person.kk)
        assert int(person.kk[12:]) >= 9000


def test_households_hold_together() -> None:
    households = defaultdict(list)
    for person in PEOPLE:
        households[person.kk].append(person)
    assert len(households) == 1500 + len({person.kk for person in SAMPLE_PERSONS})
    for members in households.values():
        assert len({(m.region_code, m.rt, m.rw, m.address, m.desil, m.p3ke_desil) for m in members}) == 1
        assert sum(m.relation == "KEPALA KELUARGA" for m in members) == 1
        mothers = {m.name for m in members if m.sex == "P"}
        assert all(m.mother_name in mothers for m in members if m.relation == "ANAK")


def test_everybody_lives_in_a_real_kelurahan_or_desa_of_both_regions() -> None:
    gazetteer = Gazetteer.load()
    places = [gazetteer.get(person.region_code) for person in PEOPLE]
    assert {place.level for place in places if place} == {"kelurahan", "desa"}
    assert all(places)
    assert {place.city for place in places if place} == {"Kota Jambi", "Kabupaten Muaro Jambi"}


def test_desil_and_programmes_are_plausible() -> None:
    counts = Counter(person.desil for person in PEOPLE)
    assert set(counts) == set(range(1, 11))
    assert max(counts.values()) < 2 * min(counts.values())
    takers = [person for person in PEOPLE if "PKH" in person.programmes]
    assert takers
    assert all(person.desil <= 4 for person in takers)
    pupils = [person for person in PEOPLE if "PIP" in person.programmes]
    assert pupils
    assert all(5 < (date(2026, 1, 1) - person.birth_date).days / 365 < 19.1 for person in pupils)
    assert any(not person.nik.startswith("15") for person in PEOPLE), "some people were first registered elsewhere"
