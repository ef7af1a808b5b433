"""The engine, its transactions, and the few things that PostgreSQL does for us beside tables."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from storage.errors import ForeignKeys
from storage.keys import keys
from storage.models import Fact


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
            pool_pre_ping=True,  # a restarted server costs one ping, not one lost turn
            hide_parameters=True,  # an error's message would tell what was to be written
        )

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A session whose work is committed at the end of the block, or undone if the block raises."""
        async with AsyncSession(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

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
