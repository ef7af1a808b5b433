"""The packaged catalogue: every need finds the right door, and a broken file is told clearly."""

from __future__ import annotations

import shutil
from itertools import product
from pathlib import Path

import pytest

from nlu.labels import NEEDS
from referral.catalogue import Catalogue, CatalogueError, load_catalogue
from referral.catalogue import loader as loader_module

CITY, REGENCY = "15.71.03.1001", "15.05.01.2001"
LEVELS = ("paud", "sd", "smp", "sma", "slb", "mi", "mts", "ma", "kuliah", None)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    """The one that comes with the product."""
    return load_catalogue()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the packaged files to break."""
    for file in Path(loader_module.__file__).parent.glob("*.yml"):
        shutil.copy(file, tmp_path)
    return tmp_path


def unit(catalogue: Catalogue, need: str, region: str | None, level: str | None = None) -> str:
    """The unit that a need goes to."""
    return catalogue.route(need, region, {"school_level": level} if level else {}).unit.code


def test_it_speaks_the_label_set(catalogue: Catalogue) -> None:
    """All 25 needs, no other, and every text that people read."""
    assert set(catalogue.needs) == set(NEEDS)
    assert {code for code, need in catalogue.needs.items() if need.restricted} == {
        "violence",
        "mental_health",
        "aid_misdirected",
        "neglected_person",
    }
    assert all(need.working_days >= 1 for need in catalogue.needs.values())
    order = [(need.menu_group, need.menu_order) for need in catalogue.needs.values()]
    assert len(set(order)) == len(order)


def test_every_need_region_and_level_finds_a_door(catalogue: Catalogue) -> None:
    """Restricted needs only behind restricted doors; a door is in the resident's own city, regency or province."""
    regions = (CITY, REGENCY, "15.71", "15.05", "15.02.01.2001", "15", None)
    for need, region, level in product(catalogue.needs, regions, LEVELS):
        door = catalogue.route(need, region, {"school_level": level} if level else {})
        assert door.unit.agency == door.agency.code
        if catalogue.needs[need].restricted:
            assert door.unit.restricted, (need, region)
        if region and region[:5] in ("15.71", "15.05"):
            assert door.agency.region in (region[:5], "15"), (need, region, level)
        back = catalogue.route_returned(need, region, door.unit.code)
        assert back.unit.internal
        assert back.unit.restricted or not catalogue.needs[need].restricted


@pytest.mark.parametrize(
    ("need", "region", "level", "expected"),
    [
        ("school_fees", CITY, "sd", "disdik-kota-jambi"),
        ("school_fees", CITY, "smp", "disdik-kota-jambi"),
        ("school_fees", CITY, None, "disdik-kota-jambi"),
        ("school_fees", REGENCY, "sd", "disdikbud-muaro-jambi"),
        ("school_fees", CITY, "sma", "disdik-provinsi-jambi"),
        ("scholarship", REGENCY, "sma", "disdik-provinsi-jambi"),
        ("school_dropout", None, "slb", "disdik-provinsi-jambi"),
        ("school_fees", CITY, "mts", "kemenag-kota-jambi"),
        ("school_dropout", REGENCY, "mi", "kemenag-muaro-jambi"),
        ("scholarship", CITY, "kuliah", "dinsos-kota-jambi"),
        ("scholarship", REGENCY, "kuliah", "dinsosppa-muaro-jambi"),
        ("scholarship", None, "sd", "slrt-kota-jambi"),
        ("health_treatment", CITY, None, "dinkes-kota-jambi"),
        ("health_treatment", REGENCY, None, "dinkes-muaro-jambi"),
        ("violence", CITY, None, "uptd-ppa-kota-jambi"),
        ("violence", REGENCY, None, "dinsosppa-muaro-jambi-ppa"),
        ("violence", None, None, "slrt-kota-jambi-khusus"),
        ("aid_misdirected", CITY, None, "slrt-kota-jambi-khusus"),
        ("registry_check", CITY, None, "puskesos-kota-jambi"),
        ("registry_check", REGENCY, None, "puskesos-muaro-jambi"),
        ("food_aid", "15.02.01.2001", None, "slrt-kota-jambi"),
        ("food_aid", "15.710", None, "slrt-kota-jambi"),
    ],
)
def test_jurisdiction(catalogue: Catalogue, need: str, region: str | None, level: str | None, expected: str) -> None:
    """The errors that happen daily don't happen here."""
    assert unit(catalogue, need, region, level) == expected


def test_an_answer_that_is_no_choice_does_no_harm(catalogue: Catalogue) -> None:
    """The rules just don't fit it."""
    assert unit(catalogue, "school_fees", CITY, "pondok") == "disdik-kota-jambi"


def test_returned_referrals_go_to_the_slrt_office(catalogue: Catalogue) -> None:
    """The own one, the narrow circle for restricted needs, and never straight back to who sent it."""
    assert catalogue.route_returned("food_aid", CITY, "dinsos-kota-jambi").unit.code == "slrt-kota-jambi"
    assert catalogue.route_returned("food_aid", REGENCY, "x").unit.code == "slrt-muaro-jambi"
    assert catalogue.route_returned("food_aid", REGENCY, "slrt-muaro-jambi").unit.code == "slrt-kota-jambi"
    assert catalogue.route_returned("violence", CITY, "uptd-ppa-kota-jambi").unit.code == "slrt-kota-jambi-khusus"
    assert catalogue.route_returned("violence", None, "slrt-kota-jambi-khusus").unit.code == "slrt-kota-jambi-khusus"


def test_every_agency_can_be_reached_by_hand(catalogue: Catalogue) -> None:
    """Each has a desk, and says what is still to be asked."""
    assert {desk.agency for desk in catalogue.units.values()} == set(catalogue.agencies)
    assert all(agency.to_confirm for agency in catalogue.agencies.values() if agency.confidence != "high")


def test_emergency_numbers(catalogue: Catalogue) -> None:
    """112 is the city's: first there, last and marked while the place is unknown, absent in the regency."""
    unknown = catalogue.emergency(["violence"], None)
    assert [entry.number for entry in unknown] == ["110", "129", "112"]
    assert [entry.region for entry in unknown] == [None, None, "Kota Jambi"]
    assert catalogue.emergency(["fire"], CITY)[0].number == "112"
    assert "112" not in [entry.number for entry in catalogue.emergency(["fire"], REGENCY)]
    assert catalogue.emergency(["suicide"], None)[0].tel == "119,8"
    assert catalogue.emergency(["violence"], None)[1].whatsapp == "628111129129"
    both = [entry.number for entry in catalogue.emergency(["hunger_today", "acute_illness"], CITY)]
    assert both[:2] == ["112", "119"]
    assert len(catalogue.emergency([], None)) == len(catalogue.numbers.numbers)
    for kind in catalogue.danger_words.kinds:
        assert catalogue.emergency([kind], REGENCY), kind


def write(folder: Path, name: str, old: str, new: str) -> int:
    """Break a file at the first place of `old`; the line of it."""
    file = folder / f"{name}.yml"
    content = file.read_text(encoding="utf-8")
    place = content.index(old)
    file.write_text(content.replace(old, new, 1), encoding="utf-8")
    return content[:place].count("\n") + 1


@pytest.mark.parametrize(
    ("name", "old", "new", "field", "why"),
    [
        ("needs", "name: Biaya berobat", "nama: Biaya berobat", "needs[0].name", "is missing"),
        ("needs", "can_be_urgent: true", "can_be_urgent: kadang", "needs[0].can_be_urgent", "true or false"),
        ("needs", "restricted: true", "rahasia: true", "needs[3].rahasia", "is not known here"),
        ("needs", "code: health_insurance", "code: health_treatment", "needs[1].code", "stands there twice"),
        ("needs", "questions: [treated_at, ", "questions: [kelas, ", "needs[0].questions[0]", "is no question"),
        ("needs", "[treated_at, for_whom, ", "[treated_at, age, for_whom, ", "needs[0].questions", "more than 3"),
        (
            "needs",
            "papers: [KTP dan KK kalau ada, surat r",
            "questions: [age]\n    papers: [x, r",
            "needs[3].questions",
            "asks nothing",
        ),
        ("questions", "kind: digits", "kind: text", "questions[", "goes with kind digits"),
        ("questions", "{school_level: [sd, ", "{school_level: [s3, ", "questions[1].when.school_level[0]", "no choice"),
        ("routing", "unit: disdik-provinsi-jambi", "unit: disdik", "rules[0].unit", "is no unit of agencies.yml"),
        ("routing", "[sma, slb]", "[sma, stm]", "rules[0].answers.school_level[1]", "is no choice of school_level"),
        ("routing", '["15.71"]', "[15.71]", "rules[1].regions[0]", "quotation marks"),
        ("routing", "unit: uptd-ppa-kota-jambi", "unit: dinsos-kota-jambi", "rules[7].unit", "not a restricted unit"),
        ("agencies", "agency: slrt-kota-jambi", "agency: slrt", "units[0].agency", "is no agency"),
        ("emergency", "[polisi, sapa, darurat-kota]", "[polisi, satpam]", "fitting.violence[1]", "is no number"),
        ("emergency", "  rampage: [", "  rampages: [", "fitting", "rampage of danger.yml has no numbers"),
        ("deadlines", "violence: 1", "violence: 0", "working_days.violence", "greater than or equal to 1"),
        ("deadlines", "food_aid: 1", "makan: 1", "working_days.makan", "is no need"),
        ("danger", "bukan|bkn", "(bukan|bkn", "negation[3]", "bracket"),
        ("danger", "{pukul} (saya", "{gebuk} (saya", "dangers[0].phrases[", "no group"),
        ("danger", "need: food_aid", "need: lapar", "dangers[9].need", "is no need"),
    ],
)
def test_a_broken_file_is_told_with_line_and_field(
    folder: Path, name: str, old: str, new: str, field: str, why: str
) -> None:
    """One sentence that an officer can act on."""
    write(folder, name, old, new)
    with pytest.raises(CatalogueError) as caught:
        load_catalogue(folder)
    error = caught.value
    assert error.file == f"{name}.yml"
    assert error.field == field or (field.endswith("[") and error.field.startswith(field))
    assert why in str(error)
    lines = (folder / f"{name}.yml").read_text(encoding="utf-8").splitlines()
    assert 1 <= error.line <= len(lines)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("routing", "unit: disdik-provinsi-jambi", "unit: disdik"),
        ("needs", "can_be_urgent: true", "can_be_urgent: kadang"),
        ("agencies", 'region: "15.05"', "region: Muaro"),
    ],
)
def test_the_line_is_the_right_one(folder: Path, name: str, old: str, new: str) -> None:
    """The line is where the officer must look."""
    line = write(folder, name, old, new)
    with pytest.raises(CatalogueError) as caught:
        load_catalogue(folder)
    assert caught.value.line == line


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("needs: [", "is not valid YAML"),
        ("", "must begin with named fields"),
        ("- a\n- b\n", "must begin with named fields"),
        ("needs: []\nneeds: []\n", "stands there twice"),
        ("needs: []\n", "at least 1"),
    ],
)
def test_a_file_that_is_no_catalogue(folder: Path, content: str, why: str) -> None:
    """Whatever stands in it: a clear error, no traceback of someone else's."""
    (folder / "needs.yml").write_text(content, encoding="utf-8")
    with pytest.raises(CatalogueError, match=why):
        load_catalogue(folder)


def test_a_missing_file(folder: Path) -> None:
    """It is named."""
    (folder / "danger.yml").unlink()
    with pytest.raises(CatalogueError, match=r"danger\.yml.*can't be read"):
        load_catalogue(folder)


def test_a_rule_table_with_a_hole(folder: Path) -> None:
    """A need without a door is found when loading, not when a resident asks."""
    write(folder, "routing", "  - {rule: tempat-belum-jelas, restricted: false, unit: slrt-kota-jambi}\n", "")
    with pytest.raises(CatalogueError, match="finds no door"):
        load_catalogue(folder)
