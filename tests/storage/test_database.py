"""The pool: what it gives out, and transactions of one statement."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import text

from storage import database as module
from storage.database import Database

PATIENCE = 30
_BACKEND = text("select pg_backend_pid()")


async def backends(database: Database) -> tuple[int, int]:
    """Two transactions at once, so that two connections lie in the pool afterwards."""
    async with database.transaction() as one, database.transaction() as two:
        return (await one.execute(_BACKEND)).scalar_one(), (await two.execute(_BACKEND)).scalar_one()


async def test_a_connection_that_the_server_ended_is_not_given_out(database: Database) -> None:
    ended = asyncio.Semaphore(0)
    async with database.engine.connect() as one, database.engine.connect() as two:
        for each in (one, two):
            driver: Any = (await each.get_raw_connection()).driver_connection
            driver.add_termination_listener(lambda _connection: ended.release())
        dead = [(await each.execute(_BACKEND)).scalar_one() for each in (one, two)]
    control = await database.connect()
    await control.execute("select pg_terminate_backend(pid) from unnest($1::int[]) pid", dead)
    await control.close()
    async with asyncio.timeout(PATIENCE):
        for _ in dead:
            await ended.acquire()

    assert not set(await backends(database)) & set(dead)


async def test_only_what_has_lain_for_a_while_is_tried_first(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialect = database.engine.dialect
    tried: list[Any] = []

    def no_answer(connection: Any) -> bool:
        tried.append(connection)
        raise dialect.loaded_dbapi.InterfaceError("the network has forgotten it")

    await backends(database)
    monkeypatch.setattr(dialect, "do_ping", no_answer)
    before = await backends(database)
    assert tried == []

    monkeypatch.setattr(module, "_RESTED_SECONDS", 0.0)
    after = await backends(database)
    assert tried
    assert not set(before) & set(after)


async def test_a_statement_by_itself_is_a_transaction(database: Database) -> None:
    async with database.statement() as connection:
        await connection.execute(text("insert into fact (name, value) values ('one', 'x')"))
        async with database.transaction() as other:
            assert await other.scalar(text("select value from fact where name = 'one'")) == "x"
    async with database.transaction() as session:
        await session.execute(text("insert into fact (name, value) values ('two', 'x')"))
        await session.rollback()
    async with database.transaction() as session:
        assert await session.scalar(text("select value from fact where name = 'two'")) is None
