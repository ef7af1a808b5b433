"""`slrt catalogue …`, and the page that it makes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from referral.catalogue import load_catalogue
from referral.catalogue import loader as loader_module
from registry.places import Gazetteer
from slrt.cli.catalogue import app, desk_table

PACKAGED = Path(loader_module.__file__).parent


@pytest.fixture(autouse=True)
def _no_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The catalogue of the product: the developer's own database has nothing to say here."""
    monkeypatch.setenv("SLRT_DATA_DIR", str(tmp_path / "nothing"))
    monkeypatch.delenv("SLRT_DATABASE_URL", raising=False)


def run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, list(arguments))
    return done.exit_code, done.output


def test_the_page_in_the_docs_is_what_the_catalogue_says(repository: Path) -> None:
    page = (repository / "docs" / "rujukan.md").read_text(encoding="utf-8")
    assert page == desk_table(load_catalogue(), Gazetteer.load()) + "\n"


def test_every_cell_of_the_page_names_a_desk(repository: Path) -> None:
    page = (repository / "docs" / "rujukan.md").read_text(encoding="utf-8")
    table = page.partition("|---|---|---|---|---|\n")[2].partition("\n\n")[0].splitlines()
    catalogue = load_catalogue()
    assert len(table) >= len(catalogue.needs) + 27
    for line in table:
        cells = [cell.strip(" 🔒🏠❔") for cell in line.strip("|").split("|")][2:]
        assert len(cells) == 3
        for cell in cells:
            assert any(cell.startswith(f"{agency.name}: ") for agency in catalogue.agencies.values()), line


def test_check_ends_well_though_much_is_unconfirmed() -> None:
    code, said = run("check")
    assert code == 0
    assert "Needs without a door: 0" in said
    assert "Rules that never decide: 0" in said
    assert "Entries never confirmed, or with something to ask: 0" not in said
    assert run("check", "--strict")[0] == 1


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("unit: disdik-provinsi-jambi", "unit: disdik", "routing.yml, line"),
        ('needs: [disaster], regions: ["15.05"]', 'needs: [homeless], regions: ["15.05"]', "disaster in 15.05"),
    ],
)
def test_check_ends_with_1_when_something_must_be_mended(tmp_path: Path, old: str, new: str, said: str) -> None:
    for file in PACKAGED.glob("*.yml"):
        shutil.copy(file, tmp_path)
    routing = tmp_path / "routing.yml"
    assert old in routing.read_text()
    routing.write_text(routing.read_text().replace(old, new, 1))
    code, output = run("check", "--folder", str(tmp_path))
    assert code == 1
    assert said in output


def test_explain_says_rule_by_rule_why() -> None:
    code, said = run("explain", "--need", "school_fees", "--region", "Legok", "--school-level", "mts")
    assert code == 0
    assert "Dikirim ke: Kantor Kementerian Agama Kota Jambi" in said
    assert "Legok, Danau Sipin, Kota Jambi" in said
    assert "sekolah-sma-provinsi: tidak cocok. Aturan ini hanya bila jenjang sekolah: SMA / SMK" in said
    assert "madrasah-kota: COCOK." in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--need", "violence"), "hanya untuk Kota Jambi, sedangkan tempatnya belum diketahui"),
        (("--need", "neglected_person", "--region", "Kota Jambi", "--age", "9"), "UPTD PPA Kota Jambi"),
        (("--need", "neglected_person", "--region", "15.71"), "sedangkan umurnya belum diketahui"),
        (("--need", "neglected_person", "--region", "muaro jambi", "--age", "70"), "meja Rehabilitasi Sosial"),
        (("--need", "health_insurance", "--region", "15.05", "--insurance", "inactive"), "Mati atau nunggak"),
    ],
)
def test_explain_takes_all_that_rules_ask(arguments: tuple[str, ...], said: str) -> None:
    code, output = run("explain", *arguments)
    assert code == 0
    assert said in " ".join(output.split())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--need", "makan"), "is no need; there are: health_treatment"),
        (("--need", "school_fees", "--school-level", "stm"), "is no answer to school_level"),
        (("--need", "food_aid", "--region", "Atlantis"), "No place is named Atlantis"),
    ],
)
def test_explain_says_what_it_does_not_know(arguments: tuple[str, ...], said: str) -> None:
    code, output = run("explain", *arguments)
    assert code == 1
    assert said in " ".join(output.split())
