"""A further city or regency is added by data alone, and can't disturb the others."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from referral.catalogue import CatalogueError, load_catalogue
from referral.catalogue import loader as loader_module
from referral.catalogue.survey import survey
from referral.catalogue.table import rows
from tests.referral.catalogue.test_survey import TODAY

PACKAGED = Path(loader_module.__file__).parent
FIELDS = "confidence: medium, source: test"
THIRD = f"""
region: "15.02"
agencies:
  - {{code: slrt-merangin, name: SLRT Merangin, region: "15.02", {FIELDS}}}
  - {{code: dinsos-merangin, name: Dinas Sosial Merangin, region: "15.02", {FIELDS}}}
  - {{code: disdik-merangin, name: Dinas Pendidikan Merangin, region: "15.02", {FIELDS}}}
  - {{code: kemenag-merangin, name: Kemenag Merangin, region: "15.02", {FIELDS}}}
units:
  - {{code: slrt-merangin, agency: slrt-merangin, name: Meja SLRT, internal: true}}
  - {{code: slrt-merangin-khusus, agency: slrt-merangin, name: Manajer SLRT, internal: true, restricted: true}}
  - {{code: dinsos-merangin, agency: dinsos-merangin, name: Pelayanan}}
  - {{code: dinsos-merangin-khusus, agency: dinsos-merangin, name: Perlindungan, restricted: true}}
  - {{code: disdik-merangin, agency: disdik-merangin, name: Sekolah}}
  - {{code: kemenag-merangin, agency: kemenag-merangin, name: Madrasah}}
rules:
  - rule: madrasah-merangin
    needs: [school_fees, scholarship, school_dropout]
    answers: {{school_level: [mi, mts, ma]}}
    regions: ["15.02"]
    unit: kemenag-merangin
  - rule: sekolah-merangin
    needs: [school_fees, scholarship, school_dropout]
    regions: ["15.02"]
    unit: disdik-merangin
  - rule: rahasia-merangin
    needs: [violence, mental_health, neglected_person]
    regions: ["15.02"]
    unit: dinsos-merangin-khusus
  - {{rule: salah-sasaran-merangin, needs: [aid_misdirected], regions: ["15.02"], unit: slrt-merangin-khusus}}
  - rule: lainnya-merangin
    needs: [health_treatment, health_insurance, nutrition_maternal, disability_support, food_aid, cash_aid,
            registry_enrol, registry_check, registry_correction, civil_documents, housing_repair, utilities, job_loss,
            micro_business, homeless, disaster, death_benefit, other_need]
    regions: ["15.02"]
    unit: dinsos-merangin
returned:
  - {{rule: kembali-merangin-rahasia, regions: ["15.02"], restricted: true, unit: slrt-merangin-khusus}}
  - {{rule: kembali-merangin, regions: ["15.02"], restricted: false, unit: slrt-merangin}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The packaged files with room for regions."""
    for file in PACKAGED.glob("*.yml"):
        shutil.copy(file, tmp_path)
    (tmp_path / "regions").mkdir()
    return tmp_path


def add(folder: Path, content: str = THIRD) -> None:
    (folder / "regions" / "merangin.yml").write_text(content, encoding="utf-8")


VILLAGE = "15.02.01.2001"


@pytest.mark.parametrize(
    ("need", "answers", "unit"),
    [
        ("food_aid", {}, "dinsos-merangin"),
        ("school_fees", {"school_level": "sd"}, "disdik-merangin"),
        ("school_fees", {"school_level": "mts"}, "kemenag-merangin"),
        ("school_fees", {"school_level": "sma"}, "disdik-provinsi-jambi"),
        ("violence", {}, "dinsos-merangin-khusus"),
        ("aid_misdirected", {}, "slrt-merangin-khusus"),
    ],
)
def test_a_third_region_needs_one_file(folder: Path, need: str, answers: dict[str, str], unit: str) -> None:
    assert load_catalogue(folder).route(need, VILLAGE, answers).unit.code.startswith("slrt-kota-jambi") or unit == (
        "disdik-provinsi-jambi"
    )
    add(folder)
    catalogue = load_catalogue(folder)
    assert catalogue.route(need, VILLAGE, answers).unit.code == unit
    assert catalogue.route_returned("food_aid", VILLAGE, "dinsos-merangin").unit.code == "slrt-merangin"
    assert catalogue.route_returned("violence", VILLAGE, "dinsos-merangin-khusus").unit.code == "slrt-merangin-khusus"


def test_the_others_stay_as_they_were(folder: Path) -> None:
    before = [row.cells[:2] for row in rows(load_catalogue(folder))]
    add(folder)
    catalogue = load_catalogue(folder)
    assert catalogue.regions == ("15.71", "15.05", "15.02")
    assert [row.cells[:2] for row in rows(catalogue)] == before


def test_what_a_region_lacks_is_told(folder: Path) -> None:
    add(folder)
    assert survey(load_catalogue(folder), TODAY).doorless == ()
    add(folder, THIRD.replace("homeless, disaster,", "disaster,"))
    (gap,) = survey(load_catalogue(folder), TODAY).doorless
    assert (gap.need, gap.region) == ("homeless", "15.02")


@pytest.mark.parametrize(
    ("old", "new", "field", "why"),
    [
        (
            'regions: ["15.02"]\n    unit: kemenag',
            'regions: ["15.71"]\n    unit: kemenag',
            "rules[0].regions",
            "lie in",
        ),
        ('    regions: ["15.02"]\n    unit: kemenag', "    unit: kemenag", "rules[0]", "lie in"),
        ("unit: kemenag-merangin", "unit: kemenag", "rules[0].unit", "is no unit"),
        ("code: slrt-merangin,", "code: dinsos-kota-jambi,", "agencies[0].code", "stands there twice"),
        ("rule: madrasah-merangin", "rule: madrasah-kota", "rules[0].rule", "stands there twice"),
        (
            "dinsos-merangin-khusus\n  - {rule: salah",
            "dinsos-merangin\n  - {rule: salah",
            "rules[2].unit",
            "restricted",
        ),
        ("agency: kemenag-merangin", "agency: kemenag", "units[5].agency", "is no agency"),
        ("[mi, mts, ma]", "[mi, mtsn]", "rules[0].answers.school_level[1]", "is no choice"),
    ],
)
def test_a_broken_region_is_told_with_file_and_field(folder: Path, old: str, new: str, field: str, why: str) -> None:
    assert old in THIRD
    add(folder, THIRD.replace(old, new, 1))
    with pytest.raises(CatalogueError) as caught:
        load_catalogue(folder)
    assert caught.value.file == "merangin.yml"
    assert caught.value.field.startswith(field)
    assert why in str(caught.value)
