"""The engine, its transactions, and the few things that PostgreSQL does for us beside tables."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from sqlalchemy import Engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, create_async_engine

from storage.errors import ForeignKeys
from storage.keys import keys
from storage.models import Fact

_RESTED_SECONDS = 5.0


class Database:
    """A pool of connections to the one PostgreSQL that all roles share."""

    def __init__(self, url: str, pool_size: int = 10) -> None:
        """`url` is a libpq URL (`postgresql://user:password@host/name`, or with `?host=/socket/folder`)."""
        self._url = url
        plain = make_url(url)
        self.engine: AsyncEngine = create_async_engine(
            plain.set(drivername="postgresql+asyncpg"),
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_use_lifo=True,  # the one whose statements are prepared; those that nobody needs stay at rest
            hide_parameters=True,  # an error's message would tell what was to be written
        )
        _leave_out_the_dead(self.engine.sync_engine)
        self._each_by_itself = self.engine.execution_options(isolation_level="AUTOCOMMIT")

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A session whose work is committed at the end of the block, or undone if the block raises."""
        async with AsyncSession(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    @asynccontextmanager
    async def statement(self) -> AsyncIterator[AsyncConnection]:
        """A connection on which each statement is a transaction by itself: one way to the server and back."""
        async with self._each_by_itself.connect() as connection:
            yield connection

    async def check_keys(self) -> None:
        """Leave the keys' fingerprint in a new database; raise ForeignKeys when another's stands there."""
        async with self.transaction() as session:
            await session.execute(text("lock table fact in exclusive mode"))
            known = await session.get(Fact, "keys")
            if known is None:
                session.add(Fact(name="keys", value=keys().identity()))
            elif known.value != keys().identity():
                raise ForeignKeys

    @asynccontextmanager
    async def listening(self, channel: str, heard: Callable[[str], None]) -> AsyncIterator[asyncpg.Connection]:
        """Call `heard(payload)` for each NOTIFY on `channel` while the block runs, on a connection of its own."""
        connection = await self.connect()

        def callback(_connection: Any, _pid: int, _channel: str, payload: str) -> None:
            heard(payload)

        try:
            await connection.add_listener(channel, callback)
            yield connection
        finally:
            await connection.close()

    async def connect(self) -> asyncpg.Connection:
        """A bare connection outside the pool (for LISTEN and for locks that last as long as the process)."""
        return await asyncpg.connect(self._url)

    @asynccontextmanager
    async def sole(self, name: str) -> AsyncIterator[asyncpg.Connection]:
        """Wait until this process is the only one that holds the lock `name`, and hold it during the block.

        The lock is bound to the connection, so it goes when the process dies.
        """
        connection = await self.connect()
        try:
            # waits in the server until the present holder is gone
            await connection.execute("select pg_advisory_lock(hashtextextended($1, 0))", name, timeout=None)
            yield connection
        finally:
            await connection.close()

    async def close(self) -> None:
        """Close the pool."""
        await self.engine.dispose()


def _leave_out_the_dead(engine: Engine) -> None:
    """A restarted server costs no turn: the pool gives out no connection that was closed while it lay there.

    A closed one is known at once, without asking the server. Only what has lain for a while is tried first: something
    between us and the server may have forgotten it without a word.
    """

    def returned(_dbapi_connection: Any, record: Any) -> None:
        record.info["at_rest_since"] = time.monotonic()

    def taken(dbapi_connection: Any, record: Any, _proxy: Any) -> None:
        if dbapi_connection.driver_connection.is_closed():
            raise InvalidatePoolError
        if time.monotonic() - record.info.get("at_rest_since", time.monotonic()) < _RESTED_SECONDS:
            return
        try:
            engine.dialect.do_ping(dbapi_connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error

    event.listen(engine, "checkin", returned)
    event.listen(engine, "checkout", taken)
