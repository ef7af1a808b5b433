"""Importing lists."""

from __future__ import annotations

import csv
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from sqlalchemy import func, select, text

from registry.errors import ColumnsMissing, ListUnreadable, MappingBroken
from registry.generator import SAMPLE_PERSONS, generate, write_csv
from storage.database import Database
from storage.keys import keys
from storage.models import Household, Person, ProgrammeMembership, RegistryImport, RegistryRecord
from tests.registry.conftest import TODAY, take, write_list

DTSEN = (
    "NIK", "NAMA", "NO_KK", "TANGGAL_LAHIR", "JENIS_KELAMIN", "NAMA_IBU_KANDUNG", "HUBUNGAN_KELUARGA", "KODE_WILAYAH",
    "RT", "RW", "ALAMAT", "DESIL", "PKH", "SEMBAKO", "PBI_JK", "PIP",
)  # fmt: skip
NIK, KK = "1571104705889001", "1571101203159001"
GOOD: dict[str, Any] = {
    "NIK": NIK, "NAMA": "SITI AMINAH", "NO_KK": KK, "TANGGAL_LAHIR": "1988-05-07", "JENIS_KELAMIN": "P",
    "NAMA_IBU_KANDUNG": "ROHANI", "HUBUNGAN_KELUARGA": "KEPALA KELUARGA", "KODE_WILAYAH": "15.71.10.1003", "RT": "007",
    "RW": "002", "ALAMAT": "Lorong Rukun", "DESIL": "2", "PKH": "YA", "SEMBAKO": "tidak", "PBI_JK": "1", "PIP": "",
}  # fmt: skip


def line(**changed: Any) -> list[Any]:
    return list({**GOOD, **changed}.values())


async def person_of(database: Database, nik: str = NIK) -> Person:
    async with database.transaction() as session:
        found = await session.scalar(select(Person).where(Person.nik_hash == keys().fingerprint_of(nik, "nik")))
        assert found is not None
        return found


async def contents(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """Everything in the registry but ids and import numbers, in order."""
    async with database.transaction() as session:
        people = await session.execute(
            select(Person.nik, Person.name, Person.birth_date, Person.sex, Person.mother_name, Household.kk,
                   Household.region_code, Household.rt, Household.address)
            .outerjoin(Household, Household.id == Person.household_id)
        )  # fmt: skip
        records = await session.execute(
            select(Person.nik, RegistryRecord.source, RegistryRecord.source_date, RegistryRecord.desil).join(Person)
        )
        programmes = await session.execute(
            select(Person.nik, ProgrammeMembership.programme, ProgrammeMembership.source, ProgrammeMembership.active)
            .join(Person)
        )  # fmt: skip
        return {
            name: sorted((tuple(row) for row in rows), key=str)
            for name, rows in {"people": people, "records": records, "programmes": programmes}.items()
        }


async def test_a_row_becomes_person_household_record_and_programmes(database: Database, tmp_path: Path) -> None:
    report = await take(database, write_list(tmp_path / "list.csv", DTSEN, line()))
    assert (report.taken, report.rejected, report.report_path) == (1, [], None)
    found = await contents(database)
    assert found["people"] == [
        (NIK, "SITI AMINAH", date(1988, 5, 7), "P", "ROHANI", KK, "15.71.10.1003", "007", "Lorong Rukun")
    ]
    assert found["records"] == [(NIK, "DTSEN", date(2026, 10, 1), 2)]
    assert found["programmes"] == [(NIK, "PBI-JK", "DTSEN", True), (NIK, "PKH", "DTSEN", True)]
    async with database.transaction() as session:
        record = (await session.scalars(select(RegistryRecord))).one()
        assert record.raw["SEMBAKO"] == "tidak"
        done = (await session.scalars(select(RegistryImport))).one()
        assert (done.file_name, done.rows_taken, done.rows_rejected) == ("list.csv", 1, 0)


async def test_no_number_or_name_lies_open_in_the_database(database: Database, tmp_path: Path) -> None:
    await take(database, write_list(tmp_path / "list.csv", DTSEN, line()))
    async with database.transaction() as session:
        for table in ("person", "household", "registry_record"):
            dump = await session.scalar(text(f"select string_agg(t::text, ' ') from {table} t"))
            for secret in (NIK, KK, "AMINAH", "ROHANI", "Lorong"):
                assert secret not in dump
                assert secret.encode().hex() not in dump


async def test_importing_twice_changes_nothing(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    write_csv(path, households=300, seed=7)
    told: list[int] = []
    first = await take(database, path, on_progress=told.append)
    assert first.rejected == []
    assert first.taken == told[-1] == sum(1 for _ in generate(300, 7)) > 500
    before = await contents(database)
    await take(database, path)
    assert await contents(database) == before
    assert len(before["people"]) == first.taken


async def test_a_newer_list_ends_what_it_no_longer_tells(database: Database, tmp_path: Path) -> None:
    await take(database, write_list(tmp_path / "old.csv", DTSEN, line()), source_date=date(2026, 7, 1))
    newer = line(NAMA="SITI AMINAH RAHAYU", DESIL="5", PKH="TIDAK", PIP="YA", NAMA_IBU_KANDUNG="")
    await take(database, write_list(tmp_path / "new.csv", DTSEN, newer))
    person = await person_of(database)
    assert (person.name, person.mother_name) == ("SITI AMINAH RAHAYU", "ROHANI")
    found = await contents(database)
    assert found["records"] == [(NIK, "DTSEN", date(2026, 10, 1), 5)]
    assert {row[1]: row[3] for row in found["programmes"]} == {"PBI-JK": True, "PIP": True, "PKH": False}


async def test_an_older_list_never_overwrites_a_newer_one(database: Database, tmp_path: Path) -> None:
    await take(database, write_list(tmp_path / "new.csv", DTSEN, line()))
    before = await contents(database)
    stale = line(NAMA="S. AMINAH", DESIL="9", PKH="TIDAK", NO_KK="1571101203159002", ALAMAT="elsewhere")
    await take(database, write_list(tmp_path / "old.csv", DTSEN, stale), source_date=date(2025, 1, 1))
    assert await contents(database) == before
    other = tmp_path / "other.csv"
    await take(database, write_list(other, DTSEN, stale), source="LOCAL", source_date=date(2025, 1, 1))
    found = await contents(database)
    assert found["people"] == before["people"]
    assert (NIK, "LOCAL", date(2025, 1, 1), 9) in found["records"]


@pytest.mark.parametrize(
    ("changed", "field", "column", "reason"),
    [
        ({"NIK": ""}, "nik", "NIK", "missing"),
        ({"NIK": "157110470588900"}, "nik", "NIK", "too_short"),
        ({"NIK": "1571100101279001"}, "nik", "NIK", "future"),
        ({"NIK": "1,5711E+15"}, "nik", "NIK", "rounded_by_spreadsheet"),
        ({"NAMA": " "}, "name", "NAMA", "missing"),
        ({"NO_KK": "123"}, "kk", "NO_KK", "too_short"),
        ({"TANGGAL_LAHIR": "7 Mei 1988"}, "birth_date", "TANGGAL_LAHIR", "bad_date"),
        ({"TANGGAL_LAHIR": "2030-01-01"}, "birth_date", "TANGGAL_LAHIR", "future"),
        ({"JENIS_KELAMIN": "X"}, "sex", "JENIS_KELAMIN", "unknown_value"),
        ({"KODE_WILAYAH": "15.71.99.1001"}, "region_code", "KODE_WILAYAH", "unknown_place"),
        ({"DESIL": "11"}, "desil", "DESIL", "not_1_to_10"),
        ({"PKH": "mungkin"}, "PKH", "PKH", "unknown_value"),
    ],
)
async def test_a_row_that_cannot_be_taken_is_reported_without_personal_data(
    database: Database, tmp_path: Path, changed: dict[str, str], field: str, column: str, reason: str
) -> None:
    other = line(NIK="1571101402159001", NAMA="MUHAMMAD RIZKY", JENIS_KELAMIN="L", TANGGAL_LAHIR="2015-02-14")
    report = await take(database, write_list(tmp_path / "list.csv", DTSEN, line(**changed), other))
    assert report.taken == 1
    assert report.rejected == [(2, field, column, reason)]
    assert report.report_path == tmp_path / "list.rejected.csv"
    written = report.report_path.read_text(encoding="utf-8-sig")
    assert list(csv.reader(written.splitlines())) == [
        ["row", "field", "column", "reason"],
        ["2", field, column, reason],
    ]


async def test_a_nik_stands_in_a_list_once(database: Database, tmp_path: Path) -> None:
    report = await take(database, write_list(tmp_path / "list.csv", DTSEN, line(), line(NAMA="SOMEONE ELSE")))
    assert (report.taken, report.rejected) == (1, [(3, "nik", "NIK", "twice_in_list")])
    assert (await person_of(database)).name == "SITI AMINAH"


async def test_wrong_columns_are_named_with_those_that_the_list_has(database: Database, tmp_path: Path) -> None:
    path = write_list(tmp_path / "list.csv", ["NIK", "NAMA LENGKAP", "DESIL"], [NIK, "SITI", 2])
    with pytest.raises(ColumnsMissing) as caught:
        await take(database, path)
    message = str(caught.value)
    for word in ("list.csv", "NAMA,", "NO_KK", "NAMA LENGKAP", "dtsen.yml"):
        assert word in message
    assert NIK not in message
    async with database.transaction() as session:
        assert await session.scalar(select(func.count()).select_from(RegistryImport)) == 0


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.csv", b""), ("a.csv", b"PK\x03\x04\0\0"), ("a.xlsx", b"not a workbook"), ("a.csv", b"\n\n")],
)
async def test_what_is_no_list_is_refused_in_one_sentence(
    database: Database, tmp_path: Path, name: str, content: bytes
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ListUnreadable, match="can't be read"):
        await take(database, path)
    with pytest.raises(ListUnreadable, match="No such file"):
        await take(database, tmp_path / "nowhere.csv")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("columns: [", "line 1"),
        ("columns: {nik: NIK}", "name"),
        ("columns: {nik: NIK, name: NAMA, nama: X}", "columns.nama"),
        ("columns: {nik: NIK, name: NAMA}\ncolour: red", "colour"),
        ("", "whole file"),
    ],
)
async def test_a_broken_mapping_is_named(database: Database, tmp_path: Path, content: str, said: str) -> None:
    mapping = tmp_path / "mine.yml"
    mapping.write_text(content)
    with pytest.raises(MappingBroken) as caught:
        await take(database, write_list(tmp_path / "list.csv", DTSEN, line()), str(mapping.with_suffix("")))
    assert "mine.yml" in str(caught.value)
    assert said in str(caught.value)


async def test_dtks_names_places_in_words(database: Database, tmp_path: Path) -> None:
    header = (
        "NIK", "NAMA", "NOKK", "TGL_LAHIR", "JENIS_KELAMIN", "NAMA_IBU_KANDUNG", "HUBUNGAN_KRT", "KABUPATEN",
        "KECAMATAN", "KELURAHAN", "RT", "RW", "ALAMAT", "PKH", "BPNT", "PBI",
    )  # fmt: skip

    def row(nik: str, city: str, kecamatan: str, kelurahan: str) -> list[str]:
        return [nik, "SITI", KK, "07-05-1988", "2", "", "", city, kecamatan, kelurahan, "1", "2", "", "YA", "", "-"]

    path = write_list(
        tmp_path / "dtks.csv",
        header,
        row(NIK, "KOTA JAMBI", "JAMBI SELATAN", "THE HOK"),
        row("1571104705889002", "", "", "TANJUNG SARI"),
        row("1571104705889003", "KOTA JAMBI", "JAMBI SELATAN", "LEGOKK"),
    )
    report = await take(database, path, "dtks", source="DTKS", source_date=date(2025, 1, 1))
    assert report.rejected == [
        (3, "kelurahan", "KELURAHAN", "ambiguous_place"),
        (4, "kelurahan", "KELURAHAN", "unknown_place"),
    ]
    found = await contents(database)
    assert [row[6] for row in found["people"]] == ["15.71.02.1004"]
    assert found["records"] == [(NIK, "DTKS", date(2025, 1, 1), None)]


async def test_a_workbook_is_read_and_rounded_numbers_are_refused(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, DTSEN)
    sheet.write_row(1, 0, line(DESIL=2, RT=7))
    sheet.write_datetime(1, 3, datetime(1988, 5, 7), book.add_format({"num_format": "yyyy-mm-dd"}))
    sheet.write_row(2, 0, line(NIK=1571104705889002))
    book.close()
    report = await take(database, path)
    assert report.rejected == [(3, "nik", "NIK", "rounded_by_spreadsheet")]
    found = await contents(database)
    assert found["people"][0][2] == date(1988, 5, 7)
    assert found["people"][0][7] == "7"
    assert found["records"] == [(NIK, "DTSEN", date(2026, 10, 1), 2)]


@pytest.mark.parametrize(("encoding", "separator"), [("cp1252", ";"), ("utf-8-sig", ","), ("utf-8", "\t")])
async def test_the_encodings_and_separators_of_offices_are_read(
    database: Database, tmp_path: Path, encoding: str, separator: str
) -> None:
    path = tmp_path / "list.csv"
    rows = [DTSEN, line(NAMA="SITI NUR'AINI ÉLISE", ALAMAT="Jl. Melati")]
    path.write_bytes("\r\n".join(separator.join(row) for row in rows).encode(encoding))
    assert (await take(database, path)).taken == 1
    assert (await person_of(database)).name == "SITI NUR'AINI ÉLISE"


async def test_birth_date_and_sex_come_from_the_nik_where_the_list_is_silent(
    database: Database, tmp_path: Path
) -> None:
    await take(database, write_list(tmp_path / "list.csv", DTSEN, line(TANGGAL_LAHIR="", JENIS_KELAMIN="", NO_KK="")))
    person = await person_of(database)
    assert (person.birth_date, person.sex, person.household_id) == (date(1988, 5, 7), "P", None)


def test_sample_persons_are_the_first_of_every_list(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    write_csv(path, households=1, seed=TODAY.year)
    with path.open(newline="") as file:
        niks = [row["NIK"] for row in csv.DictReader(file)]
    assert niks[: len(SAMPLE_PERSONS)] == [person.nik for person in SAMPLE_PERSONS]
