"""Figures and tables of the report, and putting them into the page of the documentation."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

BEGIN = "<!-- tables: written by `python -m tests.bench --write` -->"
END = "<!-- /tables -->"


@dataclass
class Table:
    """A table with its title and a sentence below it."""

    title: str
    columns: tuple[str, ...]
    note: str = ""
    rows: list[tuple[str, ...]] = field(default_factory=list)

    def add(self, *cells: object) -> None:
        """Add a row."""
        assert len(cells) == len(self.columns)
        self.rows.append(tuple(str(cell) for cell in cells))

    def markdown(self) -> str:
        """The table as Markdown; all columns but the first are figures, flush right."""
        marks = [":--", *("--:" for _ in self.columns[1:])]
        lines = [f"| {' | '.join(cells)} |" for cells in (self.columns, marks, *self.rows)]
        note = [self.note, ""] if self.note else []
        return "\n".join([f"### {self.title}", "", *note, *lines, ""])


def percentile(values: Sequence[float], percent: int) -> float:
    """The value that so many percent do not exceed, between the two nearest where it falls between them."""
    if len(values) == 1:
        return values[0]
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def ms(seconds: float) -> str:
    """Seconds as milliseconds, with three digits that count."""
    value = seconds * 1000
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}"


def at(values: Sequence[float], *percents: int) -> tuple[str, ...]:
    """Percentiles in milliseconds."""
    return tuple(ms(percentile(values, percent)) for percent in percents)


def replace_tables(page: Path, tables: str, *, keep_others: bool = False) -> None:
    """Put the tables between the page's markers. Raises ValueError where they are missing.

    With `keep_others` those already there stay, but for the ones that come again.
    """
    text = page.read_text()
    head, begin, rest = text.partition(BEGIN)
    old, end, tail = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{page.name} lacks the markers {BEGIN} and {END}")
    if keep_others:
        there = {part.partition("\n")[0]: part for part in _parts(old)}
        there |= {part.partition("\n")[0]: part for part in _parts(tables)}
        tables = "\n\n".join(there.values())
    page.write_text(f"{head}{BEGIN}\n\n{tables.strip()}\n\n{END}{tail}")


def _parts(tables: str) -> list[str]:
    return [f"### {part.strip()}" for part in f"\n{tables.strip()}".split("\n### ")[1:]]
