"""What `slrt catalogue check` finds."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.catalogue import load_catalogue
from referral.catalogue import loader as loader_module
from referral.catalogue.routing import of_age
from referral.catalogue.schema import Ages
from referral.catalogue.survey import survey

TODAY = date(2026, 11, 22)
PACKAGED = Path(loader_module.__file__).parent


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the packaged files to change."""
    for file in PACKAGED.glob("*.yml"):
        shutil.copy(file, tmp_path)
    return tmp_path


def change(folder: Path, name: str, old: str, new: str) -> None:
    file = folder / f"{name}.yml"
    content = file.read_text(encoding="utf-8")
    assert old in content
    file.write_text(content.replace(old, new, 1), encoding="utf-8")


def test_the_packaged_catalogue_has_a_door_for_everything_and_no_idle_rule() -> None:
    found = survey(load_catalogue(), TODAY)
    assert found.doorless == ()
    assert found.idle_rules == ()
    assert "baznas-kota-jambi" in found.desks_by_hand
    assert "dinsos-kota-jambi" not in found.desks_by_hand


def test_a_need_without_a_door_and_idle_rules_are_named(folder: Path) -> None:
    madrasah = '    answers: {school_level: [mi, mts, ma]}\n    regions: ["15.05"]'
    change(folder, "routing", madrasah, '    regions: ["15.05"]')
    change(folder, "routing", 'needs: [disaster], regions: ["15.05"]', 'needs: [homeless], regions: ["15.05"]')
    found = survey(load_catalogue(folder), TODAY)
    assert [(gap.need, gap.region) for gap in found.doorless] == [("disaster", "15.05")]
    # a rule that lost its condition takes everything that stands after it
    assert set(found.idle_rules) == {"kuliah-kabupaten", "sekolah-kabupaten", "bencana-kabupaten"}


def test_an_answer_without_a_door_is_named(folder: Path) -> None:
    change(folder, "routing", "  - rule: sekolah-kota\n", "  - rule: sekolah-kota\n    answers: {school_level: [sd]}\n")
    gaps = {(gap.need, gap.answer) for gap in survey(load_catalogue(folder), TODAY).doorless}
    assert ("school_fees", "smp") in gaps
    assert ("school_fees", None) in gaps
    assert ("school_fees", "sd") not in gaps
    assert ("school_fees", "sma") not in gaps


def test_entries_grow_old(folder: Path) -> None:
    change(folder, "agencies", "    to_confirm: [address, phone, hours]\n", "    assured_date: 2025-11-23\n")
    found = survey(load_catalogue(folder), TODAY)
    assert "slrt-kota-jambi" not in {entry.code for entry in (*found.outdated, *found.unconfirmed)}
    late = survey(load_catalogue(folder), date(2026, 11, 24))
    assert [entry.code for entry in late.outdated] == ["slrt-kota-jambi"]
    assert ("agency", "dinsos-kota-jambi") in {(entry.kind, entry.code) for entry in found.unconfirmed}


def test_a_child_and_an_old_person_have_different_doors() -> None:
    catalogue = load_catalogue()

    def unit(region: str, age: str | None) -> str:
        return catalogue.route("neglected_person", region, {"age": age} if age else {}).unit.code

    assert unit("15.71", "7 bulan") == unit("15.71", "17 tahun") == unit("15.71", "teen") == "uptd-ppa-kota-jambi"
    assert unit("15.71", "18 tahun") == unit("15.71", "old") == unit("15.71", None) == "dinsos-kota-jambi-trc"
    assert unit("15.05", "5 tahun") == "dinsosppa-muaro-jambi-ppa"
    assert unit("15.05", "70 tahun") == "dinsosppa-muaro-jambi-rehsos"


@given(st.integers(0, 130), st.integers(0, 130), st.integers(0, 999))
def test_an_age_lies_within_its_bounds(one: int, other: int, years: int) -> None:
    ages = Ages(least=min(one, other), most=max(one, other), answers=("old",))
    assert of_age(ages, f"{years} tahun") == of_age(ages, str(years)) == (ages.least <= years <= ages.most)
    assert of_age(ages, f"{years} bulan") == (ages.least <= years // 12 <= ages.most)
    assert of_age(ages, "old")
    assert not of_age(ages, "baby")
    assert not of_age(ages, None)
