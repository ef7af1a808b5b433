"""The database is slow, or gone for a while: a calm word, nothing lost, nothing twice."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from urllib.parse import urlsplit

import asyncpg
import pytest

from tests.acceptance.steps import LIMIT
from tests.acceptance.world import World


@asynccontextmanager
async def _slow(world: World) -> AsyncIterator[None]:
    """No turn can be kept, as every one waits."""
    connection = await asyncpg.connect(world.database_url)
    try:
        async with connection.transaction():
            await connection.execute("lock table inbound_update in access exclusive mode")
            yield
    finally:
        await connection.close()


@asynccontextmanager
async def _gone(world: World) -> AsyncIterator[None]:
    """Nobody is let in, and who was in is thrown out."""
    name = urlsplit(world.database_url).path.strip("/")
    connection = await asyncpg.connect(world.database_url, database="postgres")
    try:
        await connection.execute(f'alter database "{name}" with allow_connections false')
        await connection.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", name)
        yield
        await connection.execute(f'alter database "{name}" with allow_connections true')
    finally:
        await connection.close()


@pytest.mark.parametrize("trouble", [_slow, _gone])
async def test_nothing_is_lost_and_everyone_is_told(
    world: World, trouble: Callable[[World], AbstractAsyncContextManager[None]]
) -> None:
    await world.start("dispatcher", "bot")
    ani = world.telegram.resident("Ani")
    await ani.start()
    await ani.expect("Selamat datang", timeout=LIMIT)
    await world.until("select 1 from delivery having count(*) = count(*) filter (where state = 'done')")
    async with trouble(world):
        await ani.say("anak saya sakit, tidak punya biaya berobat")
        calm = await ani.expect("sistem kami sedang lambat", timeout=LIMIT)
        assert "110" in calm.text
        await ani.say("kami di Kasang RT 12")
    noted = await ani.expect("Saya catat", timeout=LIMIT)
    assert "✅ Biaya berobat" in noted.labels
    await ani.say("/status")
    await ani.expect("Belum ada laporan", timeout=LIMIT)
    said = [message.text for message in ani.messages if message.from_bot]
    assert len([text for text in said if "sedang lambat" in text]) == 1
    kept = [row["n"] for row in await world.fetch("select count(*) as n from message where direction = 'in'")]
    assert kept == [4]
