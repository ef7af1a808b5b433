"""A registry with the sample persons in it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from registry.generator import Source, write_csv
from registry.importer import ImportReport, import_list
from storage.database import Database

TODAY = date(2026, 11, 21)
MAPPINGS = Path(__file__).parent.parent.parent / "registry" / "mappings"


async def take(database: Database, path: Path, mapping: str = "dtsen", **told: object) -> ImportReport:
    """Import a list as DTSEN of October 2026 unless told otherwise."""
    values: dict[str, object] = {"source": "DTSEN", "source_date": date(2026, 10, 1), "today": TODAY, **told}
    return await import_list(database, path, MAPPINGS / f"{mapping}.yml", **values)  # type: ignore[arg-type]


def write_list(path: Path, header: Sequence[str], *rows: Sequence[object]) -> Path:
    """Write a small CSV list."""
    lines = [header, *rows]
    path.write_text("\n".join(";".join(map(str, line)) for line in lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
async def registry(database: Database, tmp_path: Path) -> Database:
    """A database with the invented population of DTSEN and of the older P3KE."""
    sources: list[tuple[Source, date]] = [("DTSEN", date(2026, 10, 1)), ("P3KE", date(2023, 6, 1))]
    for source, source_date in sources:
        path = tmp_path / f"{source}.csv"
        write_csv(path, households=8, seed=1, source=source)
        report = await take(database, path, source.lower(), source=source, source_date=source_date)
        assert report.rejected == []
    return database
