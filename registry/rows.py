"""One row of a list, read and checked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from registry.mapping import Mapping
from registry.names import normalise_name
from registry.nik import IdentityProblem, Nik, check_kk
from registry.places import Gazetteer
from registry.sheets import Cell, Row

_HIGHEST_DESIL = 10
_LOWEST_DESIL = 1
_LONGEST_NAME = 200
_DOTTED = re.compile(r"\d{2}\.\d{2}\.\d{2}\.\d{4}")


class Rejection(NamedTuple):
    """Why a row was not taken: its number, our field, their column, and the reason (a code); never what stood there."""

    row: int
    field: str
    column: str
    reason: str


class RowProblem(Exception):
    """A field of a row can't be taken."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(field, reason)
        self.field = field
        self.reason = reason


@dataclass(frozen=True)
class Listed:
    """A person as a list tells. What the list does not tell is None."""

    nik: str
    name: str
    birth_date: date
    sex: str
    kk: str | None
    mother_name: str | None
    relation: str | None
    region_code: str | None
    rt: str | None
    rw: str | None
    address: str | None
    desil: int | None
    programmes: tuple[str, ...]
    raw: dict[str, str]


class RowReader:
    """Reads rows of one list by its mapping."""

    def __init__(
        self, mapping: Mapping, positions: dict[str, int], header: list[str], gazetteer: Gazetteer, today: date
    ) -> None:
        self._mapping = mapping
        self._positions = positions
        self._header = header
        self._gazetteer = gazetteer
        self._today = today

    def read(self, row: Row) -> Listed:
        """The person of a row. Raises RowProblem for the first field that can't be taken."""
        nik = self._number(row, "nik")
        if nik is None:
            raise RowProblem("nik", "missing")
        try:
            told = Nik.parse(nik, self._today)
        except IdentityProblem as problem:
            raise RowProblem("nik", problem.code) from problem
        return Listed(
            nik=nik,
            name=self._name(row),
            birth_date=self._date(row) or told.birth_date,
            sex=self._sex(row) or told.sex,
            kk=self._kk(row),
            mother_name=self._text(row, "mother_name"),
            relation=self._text(row, "relation"),
            region_code=self._region(row),
            rt=self._text(row, "rt"),
            rw=self._text(row, "rw"),
            address=self._text(row, "address"),
            desil=self._desil(row),
            programmes=tuple(programme for programme in self._mapping.programmes if self._takes_part(row, programme)),
            raw={title: _as_text(cell) for title, cell in zip(self._header, row, strict=False) if title},
        )

    def column(self, field: str) -> str:
        """The heading under which a field stands in the list."""
        return self._mapping.headings().get(field, "")

    def _cell(self, row: Row, field: str) -> Cell:
        at = self._positions.get(field)
        return row[at] if at is not None and at < len(row) else ""

    def _text(self, row: Row, field: str) -> str | None:
        return " ".join(_as_text(self._cell(row, field)).split()) or None

    def _name(self, row: Row) -> str:
        name = self._text(row, "name")
        if name is None or not normalise_name(name):
            raise RowProblem("name", "missing")
        if len(name) > _LONGEST_NAME:
            raise RowProblem("name", "too_long")
        return name

    def _number(self, row: Row, field: str) -> str | None:
        """The digits of a NIK or KK. Spreadsheets round numbers of 16 digits, so they must be stored as text."""
        cell = self._cell(row, field)
        text = _as_text(cell)
        if (isinstance(cell, int | float) and not isinstance(cell, bool)) or re.fullmatch(
            r"\d[.,]\d+E\+?\d+", text, re.I
        ):
            raise RowProblem(field, "rounded_by_spreadsheet")
        return re.sub(r"[\s.'’`-]", "", text) or None

    def _kk(self, row: Row) -> str | None:
        kk = self._number(row, "kk")
        if kk is not None:
            try:
                check_kk(kk)
            except IdentityProblem as problem:
                raise RowProblem("kk", problem.code) from problem
        return kk

    def _date(self, row: Row) -> date | None:
        cell = self._cell(row, "birth_date")
        if isinstance(cell, datetime):
            return cell.date()
        if isinstance(cell, date):
            return cell
        text = _as_text(cell)
        for pattern in self._mapping.dates if text else ():
            try:
                born = datetime.strptime(text, pattern).date()
            except ValueError:
                continue
            if born > self._today:
                raise RowProblem("birth_date", "future")
            return born
        if text:
            raise RowProblem("birth_date", "bad_date")
        return None

    def _sex(self, row: Row) -> str | None:
        text = _as_text(self._cell(row, "sex")).casefold()
        for sex, written in self._mapping.sexes.items():
            if text in (word.casefold() for word in written):
                return sex
        if text:
            raise RowProblem("sex", "unknown_value")
        return None

    def _desil(self, row: Row) -> int | None:
        text = _as_text(self._cell(row, "desil"))
        if not text:
            return None
        if not text.isdecimal() or not _LOWEST_DESIL <= int(text) <= _HIGHEST_DESIL:
            raise RowProblem("desil", "not_1_to_10")
        return int(text)

    def _takes_part(self, row: Row, programme: str) -> bool:
        text = _as_text(self._cell(row, programme)).casefold()
        if not text or text in (word.casefold() for word in self._mapping.means_no):
            return False
        if text in (word.casefold() for word in self._mapping.means_yes):
            return True
        raise RowProblem(programme, "unknown_value")

    def _region(self, row: Row) -> str | None:
        code = self._text(row, "region_code")
        if code:
            return self._known_code(code)
        name = self._text(row, "kelurahan")
        if not name:
            return None
        places = self._gazetteer.named(name, self._text(row, "kecamatan"), self._text(row, "city"))
        if len(places) != 1:
            raise RowProblem("kelurahan", "ambiguous_place" if places else "unknown_place")
        return places[0].code

    def _known_code(self, code: str) -> str:
        digits = re.sub(r"\D", "", code)
        dotted = f"{digits[:2]}.{digits[2:4]}.{digits[4:6]}.{digits[6:]}"
        if not _DOTTED.fullmatch(dotted) or self._gazetteer.get(dotted) is None:
            raise RowProblem("region_code", "unknown_place")
        return dotted


def _as_text(cell: Cell) -> str:
    """What a cell shows: numbers of a spreadsheet without their ".0", an apostrophe that marks text left out."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    return str(cell).strip().removeprefix("'")
