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
from storage.keys import keys, save_keys

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


@pytest.fixture
def _in_database(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_keys(keys(), tmp_path / "keys.json")
    monkeypatch.setenv("SLRT_DATABASE_URL", database_url)
    monkeypatch.setenv("SLRT_KEYS_FILE", str(tmp_path / "keys.json"))


@pytest.mark.usefixtures("_in_database")
def test_files_go_out_come_in_as_a_version_and_the_commands_read_it(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    assert run("export", str(folder))[0] == 0
    routing = folder / "routing.yml"
    old = 'needs: [disaster], regions: ["15.71"], unit: bpbd-kota-jambi'
    routing.write_text(routing.read_text().replace(old, old.replace("bpbd-kota", "dinsos-kota")))
    for path in folder.glob("*.yml"):
        if path != routing:
            path.unlink()  # what is not there stays as it is
    code, said = run("import", str(folder), "--reason", "pindah", "--yes")
    assert code == 0, said
    assert "=> disaster in 15.71: bpbd-kota-jambi -> dinsos-kota-jambi" in said
    assert "Version 1 is in force" in said
    assert "Dinas Sosial Kota Jambi" in run("explain", "--need", "disaster", "--region", "15.71")[1]
    assert "Nothing differs" in run("import", str(folder), "--yes")[1]
    assert run("export", str(tmp_path / "first"), "--version", "0")[0] == 0
    assert old in (tmp_path / "first" / "routing.yml").read_text()
    assert run("export", str(tmp_path / "none"), "--version", "9")[0] == 1


@pytest.mark.usefixtures("_in_database")
def test_files_that_leave_a_need_without_a_door_do_not_come_in(tmp_path: Path) -> None:
    text = (PACKAGED / "routing.yml").read_text()
    (tmp_path / "routing.yml").write_text(
        text.replace('needs: [disaster], regions: ["15.05"]', 'needs: [homeless], regions: ["15.05"]')
    )
    code, said = run("import", str(tmp_path), "--reason", "x", "--yes")
    assert code == 1
    assert "WRONG: disaster finds no door in 15.05" in said
