"""`slrt data …`."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from actions import retention
from actions.errors import ActionError
from actions.export import export_for_request
from actions.house import House
from slrt.cli.common import fail, in_house

app = typer.Typer(no_args_is_help=True)


@app.command()
def show() -> None:
    """What the next run would empty, by kind, and when the last one was. Changes nothing."""

    async def read(house: House) -> tuple[retention.Due, datetime | None]:
        return await retention.due(house)

    found, last = in_house(read)
    table = Table("kind", "due")
    for kind, count in found.lines():
        table.add_row(kind, str(count))
    Console().print(table)
    typer.echo(f"Last run: {last:%Y-%m-%d %H:%M} UTC." if last else "It has not run yet.")


@app.command("run")
def run_now() -> None:
    """Empty now what was kept long enough (actions/limits.yml). The dispatcher does it once a day by itself."""

    async def do(house: House) -> retention.Due:
        return await retention.run(house)

    for kind, count in in_house(do).lines():
        typer.echo(f"{kind}: {count}")


@app.command()
def export(
    request: Annotated[int, typer.Argument(help="The request's number (console, Permintaan data).")],
    file: Annotated[Path, typer.Argument(help="The ZIP file to write (a new file).")],
) -> None:
    """Write the copy that a resident asked for and could not fetch herself. Hand it over, then delete the file."""

    async def make(house: House) -> bytes:
        return await export_for_request(house, request)

    if file.exists():
        fail(f"{file} exists already.")
    try:
        content = in_house(make)
    except ActionError:
        fail(f"There is no open request for a copy with the number {request}.")
    file.touch(mode=0o600)
    file.write_bytes(content)
    typer.echo(f"{file} written.")
