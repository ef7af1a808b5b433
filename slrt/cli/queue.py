"""`slrt queue …`."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from actions.house import House
from referral import queue as referral_queue
from slrt.cli.common import fail, in_house

app = typer.Typer(no_args_is_help=True)
_LOOK_SECONDS = 0.5
_LANE_HELP = "A lane (agency:dinsos-kota-jambi) or a family (agency). None: all."


@app.command()
def status() -> None:
    """How many deliveries wait, are on their way or are held, by lane; which lanes rest or are stopped."""

    async def read(house: House) -> tuple[list[referral_queue.LaneStatus], list[referral_queue.LaneState]]:
        async with house.database.transaction() as session:
            return await referral_queue.status(session), await referral_queue.resting(session)

    lanes, resting = in_house(read)
    table = Table("lane", "waiting", "tried in vain", "on their way", "held", "oldest due")
    for row in lanes:
        oldest = f"{row.oldest_due:%Y-%m-%d %H:%M}" if row.oldest_due else ""
        table.add_row(row.lane, str(row.waiting), str(row.failing), str(row.under_way), str(row.held), oldest)
    Console().print(table)
    if resting:
        states = Table("lane", "state", "failures in a row", "until", "last error")
        for lane in resting:
            until = f"{lane.open_until:%Y-%m-%d %H:%M}" if lane.open_until else ""
            name = lane.lane or "all"
            states.add_row(
                name, "stopped" if lane.paused else "rests", str(lane.failures), until, lane.last_error or ""
            )
        Console().print(states)


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
    lane: Annotated[str | None, typer.Option(help="Only those of this lane.")] = None,
) -> None:
    """Try held deliveries again from the start."""

    async def run(house: House) -> int:
        async with house.database.transaction() as session:
            return await referral_queue.retry_held(session, ids or None, lane)

    typer.echo(f"{in_house(run)} deliveries will be tried again.")


@app.command()
def replay(
    delivery: Annotated[int, typer.Argument(help="The id of a delivery that was done or dropped, archived or not.")],
    reason: Annotated[str, typer.Option(help="Why; kept with the new row.", prompt=True)],
) -> None:
    """Send something once more that has left already: as a new delivery with a key of its own."""

    async def run(house: House) -> int | None:
        async with house.database.transaction() as session:
            return await referral_queue.replay(session, delivery, reason)

    made = in_house(run)
    if made is None:
        fail(f"Delivery {delivery} is unknown, has not left yet (held ones: `retry`), or its content is gone.")
    typer.echo(f"It is sent again as delivery {made}.")


@app.command()
def drain(
    lane: Annotated[str, typer.Argument(help=_LANE_HELP)] = "",
    end: Annotated[bool, typer.Option("--end", help="Take work again.")] = False,
) -> None:
    """Stop taking new work, on all machines, and wait until what is on its way is over. What waits stays.

    Replies that a turn of a chat sends itself are not stopped. `--end` undoes it, and ends the rest of a failing lane.
    """

    async def run(house: House) -> None:
        async with house.database.transaction() as session:
            await referral_queue.pause(session, lane)
        shown = None
        while True:
            async with house.database.transaction() as session:
                left = await referral_queue.under_way(session, lane)
            if left != shown:
                typer.echo(f"{left} on their way")
                shown = left
            if not left:
                return
            await asyncio.sleep(_LOOK_SECONDS)

    async def undo(house: House) -> bool:
        async with house.database.transaction() as session:
            return await referral_queue.take_again(session, lane)

    name = lane or "everything"
    if end:
        typer.echo(f"Taking from {name} again." if in_house(undo) else f"Nothing was stopped for {name}.")
        return
    in_house(run)
    typer.echo(f"Nothing of {name} is on its way, and nothing new is taken. `slrt queue drain {lane} --end` undoes it.")
