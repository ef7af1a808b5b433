"""`slrt queue …`, as an administrator types it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from referral.queue import NewDelivery, archive_ended, enqueue
from slrt.building import prepare_database
from storage.database import Database
from storage.models import Delivery

LANE = "agency:dinsos-kota-jambi"
_NOTHING = timedelta(0)


@pytest.fixture
def ask(command: Callable[..., str]) -> Callable[..., str]:
    """Run `slrt queue …`."""
    return partial(command, "queue")


@pytest.fixture
def do(database_url: str) -> Callable[[Callable[[AsyncSession], Awaitable[Any]]], Any]:
    """Do something in a transaction, outside of any event loop."""

    async def once(work: Callable[[AsyncSession], Awaitable[Any]]) -> Any:
        database = Database(database_url, pool_size=1)
        await prepare_database(database)
        async with database.transaction() as session:
            result = await work(session)
        await database.close()
        return result

    return lambda work: asyncio.run(once(work))


def test_what_is_held_is_shown_tried_again_and_stopped(ask: Callable[..., str], do: Callable[..., Any]) -> None:
    row = do(lambda session: enqueue(session, NewDelivery(LANE, False, "email", "k", {"n": 1})))
    do(lambda session: session.execute(update(Delivery).values(state="held", last_error="no mailbox")))
    assert "no mailbox" in ask("held")
    assert LANE in ask("status")
    assert "0 deliveries" in ask("retry", "--lane", "agency:other")
    assert "1 deliveries" in ask("retry", str(row))
    assert "Nothing of agency is on its way" in ask("drain", "agency")
    assert "stopped" in ask("status")
    assert "again" in ask("drain", "agency", "--end")
    assert "Nothing was stopped" in ask("drain", "--end")


def test_what_has_left_is_sent_once_more_with_a_reason(ask: Callable[..., str], do: Callable[..., Any]) -> None:
    row = do(lambda session: enqueue(session, NewDelivery(LANE, False, "email", "k", {"n": 1})))
    assert ask("replay", str(row), "--reason", "lost there").startswith("1: ")
    do(lambda session: session.execute(update(Delivery).values(state="done")))
    do(lambda session: archive_ended(session, _NOTHING, 10))
    assert "sent again as delivery" in ask("replay", str(row), "--reason", "lost there")

    async def read(session: AsyncSession) -> Delivery:
        return (await session.scalars(select(Delivery))).one()

    again = do(read)
    assert (again.key, again.payload, again.state) == ("k~2", {"n": 1}, "waiting")
    assert again.note == f"{row} again: lost there"
