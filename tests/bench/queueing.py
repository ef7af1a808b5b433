"""The queue when nothing else is to do: from writing a delivery to its arrival, with one dispatcher process."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import asyncpg

from referral.queue import NewDelivery, enqueue
from storage.database import Database
from tests.acceptance.world import World
from tests.bench.bed import Bed, Rasa
from tests.bench.figures import Table, at
from tests.bench.roles import a_world

_EACH = 60
_WARM = 5
_WEBHOOK_UNIT, _MAIL_UNIT = "dinkes-kota-jambi", "dinsos-kota-jambi"
_BODY = {"link": "https://slrt.example.go.id/j/contoh", "need": "health_treatment", "note": "x" * 400}


@dataclass(frozen=True)
class _Way:
    """A kind of delivery: what to write for the n-th, and how to wait until so many have arrived."""

    kind: str
    lane: Callable[[int], str]
    payload: Callable[[int], dict[str, Any]]
    arrived: Callable[[int], Awaitable[object]]


async def measure(bed: Bed, rasa: Rasa) -> Table:
    """One delivery after another, each written when the one before is done."""
    table = Table(
        "The queue when idle: from enqueueing (ms)",
        ("delivery", "sent", "arrived p50", "arrived p95", "marked done p50", "marked done p95"),
        "From the begin of the transaction that writes the row (its commit is within) until it has arrived at the "
        "other side, and until the row is marked done (that by the database's clock); receivers on this machine.",
    )
    world = await a_world(bed, rasa, "queue")
    database = Database(world.database_url)
    connection = await asyncpg.connect(world.database_url)
    try:
        await world.start("dispatcher")
        for way in await _ways(world):
            taken = [await _deliver(database, connection, way, number) for number in range(_WARM + _EACH)][_WARM:]
            arrived, done = [one for one, _ in taken], [two for _, two in taken]
            table.add(way.kind, len(taken), *at(arrived, 50, 95), *at(done, 50, 95))
    finally:
        await connection.close()
        await database.close()
        await world.close()
    return table


async def _deliver(database: Database, connection: asyncpg.Connection, way: _Way, number: int) -> tuple[float, float]:
    new = NewDelivery(
        lane=way.lane(number), ordered=False, kind=way.kind, key=f"{way.kind}-{number}", payload=way.payload(number)
    )
    started = time.perf_counter()
    async with database.transaction() as session:
        row = await enqueue(session, new)
    await way.arrived(number + 1)
    arrived = time.perf_counter() - started
    done = None
    while done is None:
        find = "select extract(epoch from done_at - created_at) from delivery where id = $1 and state = 'done'"
        done = await connection.fetchval(find, row)
    return arrived, float(done)


async def _ways(world: World) -> tuple[_Way, ...]:
    residents = [world.telegram.resident(f"Warga{number}") for number in range(_WARM + _EACH)]
    for resident in residents:
        await resident.start()
    hooks, mail, telegram = world.hooks, world.mail, world.telegram

    async def shown(count: int) -> None:
        await telegram.until(lambda: len(telegram.calls("sendMessage")) >= count, 60)

    return (
        _Way(
            "webhook",
            lambda _: f"agency:{_WEBHOOK_UNIT}",
            lambda _: {"unit": _WEBHOOK_UNIT, "body": _BODY},
            lambda count: hooks.until(lambda: len(hooks.calls) >= count),
        ),
        _Way(
            "email",
            lambda _: f"agency:{_MAIL_UNIT}",
            lambda _: {
                "unit": _MAIL_UNIT,
                "thread": "1",
                "subject": "contoh",
                "text": "contoh",
                "html": "<p>contoh</p>",
            },
            lambda count: mail.until(lambda: len(mail.mails) >= count),
        ),
        _Way(
            "telegram.send",
            lambda number: f"chat:{number}",
            lambda number: {"chat": str(residents[number].id), "text": "Ada kabar.", "buttons": [], "edits": None},
            shown,
        ),
    )
