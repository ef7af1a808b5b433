"""`slrt registry …`."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from actions.house import House
from registry.errors import RegistryError
from registry.generator import Source, write_csv
from registry.importer import ImportReport, import_list
from slrt.cli.common import fail, in_house

app = typer.Typer(no_args_is_help=True)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="The list: CSV or XLSX.", exists=True, dir_okay=False)],
    mapping: Annotated[Path, typer.Option(help="Which column is which (registry/mappings).", exists=True)],
    source: Annotated[str, typer.Option(help="Where the list is from: DTKS, P3KE, DTSEN or a name of yours.")],
    source_date: Annotated[datetime, typer.Option("--date", help="The list's own date.", formats=["%Y-%m-%d"])],
) -> None:
    """Import a list of persons by name and address. Rows that can't be taken are reported, the others are taken."""

    async def run(house: House) -> ImportReport:
        return await import_list(
            house.database,
            file,
            mapping=mapping,
            source=source,
            source_date=date(source_date.year, source_date.month, source_date.day),
            today=datetime.now(UTC).date(),
        )

    report = in_house(run)
    typer.echo(f"{report.taken} rows taken, {len(report.rejected)} rejected.")
    if report.rejected:
        typer.echo(f"Why, row by row: {report.report_path}")


@app.command()
def generate(
    file: Annotated[Path, typer.Argument(help="The CSV file to write.")],
    households: Annotated[int, typer.Option(min=1, help="How many households.")] = 1000,
    seed: Annotated[int, typer.Option(help="The same seed makes the same people.")] = 2026,
    source: Annotated[Source, typer.Option(help="In the form of which list.")] = "DTSEN",
) -> None:
    """Write an invented population of Kota Jambi and Muaro Jambi, to try things with. Nobody in it exists."""
    try:
        write_csv(file, households=households, seed=seed, source=source)
    except (OSError, RegistryError) as error:
        fail(f"{file} could not be written: {error}")
    typer.echo(f"{file} written.")
