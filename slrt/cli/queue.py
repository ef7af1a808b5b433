"""`slrt queue …`."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from actions.house import House
from referral import queue as referral_queue
from slrt.cli.common import in_house

app = typer.Typer(no_args_is_help=True)


@app.command()
def status() -> None:
    """How many deliveries wait or are held, by lane."""

    async def read(house: House) -> list[referral_queue.LaneStatus]:
        async with house.database.transaction() as session:
            return await referral_queue.status(session)

    table = Table("lane", "waiting", "tried in vain", "held", "oldest due")
    for row in in_house(read):
        oldest = f"{row.oldest_due:%Y-%m-%d %H:%M}" if row.oldest_due else ""
        table.add_row(row.lane, str(row.waiting), str(row.failing), str(row.held), oldest)
    Console().print(table)


@app.command()
def held() -> None:
    """What is held after the last try, and why."""

    async def read(house: House) -> list[referral_queue.HeldDelivery]:
        async with house.database.transaction() as session:
            return await referral_queue.held(session)

    table = Table("id", "lane", "kind", "referral", "tries", "error")
    for row in in_house(read):
        table.add_row(
            str(row.id), row.lane, row.kind, str(row.referral_id or ""), str(row.attempts), row.last_error or ""
        )
    Console().print(table)


@app.command()
def retry(
    ids: Annotated[list[int] | None, typer.Argument(help="Ids from `slrt queue held`. None: all held.")] = None,
) -> None:
    """Try held deliveries again from the start."""

    async def run(house: House) -> int:
        async with house.database.transaction() as session:
            return await referral_queue.retry_held(session, ids or None)

    typer.echo(f"{in_house(run)} deliveries will be tried again.")
