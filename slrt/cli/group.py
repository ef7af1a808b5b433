"""`slrt group …`."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from actions.errors import NotFound
from actions.groups import all_groups, end_group, make_group_code
from slrt.cli.common import fail, in_house

app = typer.Typer(no_args_is_help=True)
_UNIT = Annotated[str, typer.Argument(help="The unit's code in the catalogue, such as dinsos-kota-jambi.")]


@app.callback()
def _group() -> None:
    """Telegram groups of agencies."""


@app.command("list")
def show() -> None:
    """Which units have a chat, since when, and whether the bot was put out of it."""
    table = Table("unit", "agency", "linked", "bot put out")
    for view in in_house(all_groups):
        if view.linked_at is not None:
            lost = f"{view.lost_at:%Y-%m-%d %H:%M}" if view.lost_at else ""
            table.add_row(view.unit, view.agency_name, f"{view.linked_at:%Y-%m-%d %H:%M}", lost)
    Console().print(table)


@app.command()
def code(unit: _UNIT) -> None:
    """Make a one-time code that links a unit's group; somebody types the line in the group."""
    try:
        made = in_house(lambda house: make_group_code(house, None, unit))
    except NotFound:
        fail(f"{unit} is no unit of an agency in the catalogue.")
    typer.echo(f"Take the bot into the group, then type there until {made.expires_at:%Y-%m-%d %H:%M} UTC:")
    typer.echo(made.in_group)


@app.command()
def end(unit: _UNIT) -> None:
    """End a unit's chat: it hears no more, and its buttons count no longer."""
    try:
        in_house(lambda house: end_group(house, None, unit))
    except NotFound:
        fail(f"{unit} has no chat.")
    typer.echo(f"{unit} hears in Telegram no more.")
