"""Reading lists row by row: CSV in the encodings and with the separators that offices use, and XLSX."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from registry.errors import ListUnreadable

_SEPARATORS = ";,\t|"
_LONGEST_FIELD = 1_000_000

Cell = Any  # str from CSV; str, float, int, bool, date, datetime from XLSX
Row = list[Cell]


def rows(path: Path) -> Iterator[tuple[int, Row]]:
    """Number (as a spreadsheet shows it) and cells of each row that is not empty. Raises ListUnreadable."""
    reader = _workbook_rows if path.suffix.casefold() in (".xlsx", ".xls", ".xlsb", ".ods") else _csv_rows
    try:
        for number, row in reader(path):
            if any(str(cell).strip() for cell in row):
                yield number, row
    except OSError as error:
        raise ListUnreadable(path, error.strerror or "it can't be opened") from error
    except (CalamineError, csv.Error, UnicodeDecodeError) as error:
        raise ListUnreadable(path, "it is neither a CSV nor an XLSX file, or it is damaged") from error


def _workbook_rows(path: Path) -> Iterator[tuple[int, Row]]:
    sheet = CalamineWorkbook.from_path(path).get_sheet_by_index(0)
    first = sheet.start[0] if sheet.start else 0
    yield from enumerate(sheet.to_python(skip_empty_area=True), first + 1)


def _csv_rows(path: Path) -> Iterator[tuple[int, Row]]:
    with path.open(encoding=_encoding(path), newline="") as file:
        heading = file.readline()
        if "\0" in heading:
            raise csv.Error("binary")
        separator = max(_SEPARATORS, key=heading.count)
        file.seek(0)
        reader = csv.reader(file, delimiter=separator)
        csv.field_size_limit(_LONGEST_FIELD)
        before = 0
        for row in reader:
            yield before + 1, list(row)
            before = reader.line_num


def _encoding(path: Path) -> str:
    """UTF-8 where the whole file is, else what Windows writes."""
    with path.open(encoding="utf-8-sig") as file:
        try:
            while file.read(1 << 16):
                pass
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8-sig"
