"""Every text that a person reads, and the one function that fills it in."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

WIB = ZoneInfo("Asia/Jakarta")
_DAYS = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")
_MONTHS = (
    "Januari", "Februari", "Maret", "April", "Mei", "Juni",
    "Juli", "Agustus", "September", "Oktober", "November", "Desember",
)  # fmt: skip
FOLDER = Path(__file__).parent


@cache
def environment() -> Environment:
    """The Jinja2 environment: HTML is escaped, plain text (`.txt`) is not, a missing value is an error."""
    made = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["tanggal"] = tanggal
    made.filters["jam"] = jam
    return made


def tanggal(moment: datetime | date) -> str:
    """A day in words, in Jambi's time: "Senin, 24 November 2026"."""
    day = _local(moment)
    return f"{_DAYS[day.weekday()]}, {day.day} {_MONTHS[day.month - 1]} {day.year}"


def jam(moment: datetime) -> str:
    """Day and time in Jambi (WIB): "24 November 2026 pukul 09.05"."""
    local = _local(moment)
    return f"{local.day} {_MONTHS[local.month - 1]} {local.year} pukul {local:%H.%M}"


def _local(moment: datetime | date) -> datetime | date:
    return moment.astimezone(WIB) if isinstance(moment, datetime) else moment


def render(template: str, **values: Any) -> str:
    """Fill in a template by its path below this folder (`bot/greeting.txt`); outer blank lines are dropped."""
    return environment().get_template(template).render(values).strip()
