"""Importing a list by name and address: streamed, in batches, as often as wanted with the same result."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from registry.errors import ListUnreadable
from registry.mapping import load_mapping
from registry.places import Gazetteer, sync_regions
from registry.rows import Listed, Rejection, RowProblem, RowReader
from registry.sheets import rows
from registry.writing import write_batch
from storage.database import Database
from storage.keys import keys
from storage.models import RegistryImport

__all__ = ["ImportReport", "Rejection", "import_list"]

_BATCH = 500
_HEADING = ("row", "field", "column", "reason")


@dataclass(frozen=True)
class ImportReport:
    """How many rows were taken, and which were not and why; `report_path` is the same as CSV (None: all were taken)."""

    taken: int
    rejected: list[Rejection]
    report_path: Path | None


@dataclass
class _Reading:
    """A list on its way in."""

    reader: RowReader
    lines: Iterator[tuple[int, list[object]]]
    rejected: list[Rejection] = field(default_factory=list)
    seen: set[bytes] = field(default_factory=set)

    def batches(self) -> Iterator[list[Listed]]:
        """The rows that can be taken, a batch at a time; the others are noted."""
        batch: list[Listed] = []
        for number, row in self.lines:
            listed = self._take(number, row)
            if listed:
                batch.append(listed)
            if len(batch) == _BATCH:
                yield batch
                batch = []
        if batch:
            yield batch

    def _take(self, number: int, row: list[object]) -> Listed | None:
        try:
            listed = self.reader.read(row)
            mark = keys().fingerprint_of(listed.nik, "nik")
            if mark in self.seen:
                raise RowProblem("nik", "twice_in_list")
            self.seen.add(mark)
        except RowProblem as problem:
            column = self.reader.column(problem.field)
            self.rejected.append(Rejection(number, problem.field, column, problem.reason))
            return None
        return listed


async def import_list(
    database: Database,
    path: Path,
    mapping: Path,
    source: str,
    source_date: date,
    today: date,
    on_progress: Callable[[int], None] | None = None,
) -> ImportReport:
    """Take a CSV or XLSX list into the registry. `source_date` is the list's own date; `on_progress` hears rows taken.

    An older list never overwrites what a newer one said. What is wrong with single rows goes into the report beside
    the list; raises MappingBroken, ListUnreadable or ColumnsMissing when the list as a whole can't be taken.
    """
    reading = _open(path, mapping, today)
    import_id = await _begin(database, path, source, source_date)
    taken = 0
    for batch in reading.batches():
        async with database.transaction() as session:
            await write_batch(session, batch, source, source_date, import_id)
        taken += len(batch)
        if on_progress:
            on_progress(taken)
    async with database.transaction() as session:
        done = await session.get_one(RegistryImport, import_id)
        done.rows_taken, done.rows_rejected = taken, len(reading.rejected)
    return ImportReport(taken, reading.rejected, _write_report(path, reading.rejected))


def _open(path: Path, mapping_path: Path, today: date) -> _Reading:
    mapping = load_mapping(mapping_path)
    lines = rows(path)
    first = next(lines, None)
    if first is None:
        raise ListUnreadable(path, "it is empty")
    header = [str(title).strip() for title in first[1]]
    positions = mapping.positions(header, path.name, mapping_path.name)
    return _Reading(RowReader(mapping, positions, header, Gazetteer.load(), today), lines)


async def _begin(database: Database, path: Path, source: str, source_date: date) -> int:
    async with database.transaction() as session:
        await sync_regions(session)
        begun = RegistryImport(
            source=source, source_date=source_date, file_name=path.name, rows_taken=0, rows_rejected=0
        )
        session.add(begun)
        await session.flush()
        return begun.id


def _write_report(path: Path, rejected: Sequence[Rejection]) -> Path | None:
    if not rejected:
        return None
    report = path.with_name(f"{path.stem}.rejected.csv")
    with report.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_HEADING)
        writer.writerows(rejected)
    return report
