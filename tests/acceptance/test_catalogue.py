"""A manager changes where a need goes: real processes take it up while they run, and a kill leaves all or nothing."""

from __future__ import annotations

import asyncio

import aiohttp
import asyncpg
import pytest

from tests.acceptance.browser import Visitor
from tests.acceptance.steps import report
from tests.acceptance.world import World

STORY = "KTP saya hilang, mau buat baru"
_WAITS = "select 1 from pg_locks where not granted and relation = 'audit'::regclass"


async def killed_while_publishing(world: World, siti: Visitor) -> None:
    """The console dies when the version's rows are written and not committed."""
    connection = await asyncpg.connect(world.database_url)
    held = connection.transaction()
    await held.start()
    await connection.execute("lock table audit in exclusive mode")  # the last row that publishing writes
    pressing = asyncio.create_task(siti.press("Terbitkan", reason="Dukcapil sedang pindah kantor"))
    await world.until(_WAITS)
    await world.processes["console"].kill()
    with pytest.raises(aiohttp.ClientError):
        await pressing
    await held.rollback()
    await connection.close()


async def test_a_need_moves_to_another_desk_for_new_tickets_and_a_kill_leaves_no_half_version(world: World) -> None:
    await world.start("console", "dispatcher", "bot")
    siti = await world.officer("siti", "manager")
    early = await report(world.telegram.resident("Ani"), STORY, "Kasang")
    await siti.open("/katalog/aturan/dokumen-kota")
    await siti.press("Simpan ke draf", unit="dinsos-kota-jambi")
    await siti.open("/katalog/draf")

    await killed_while_publishing(world, siti)
    await world.processes["console"].start()
    await siti.open("/katalog/draf")
    assert await world.fetch("select 1 from catalogue_version") == []
    await siti.press("Terbitkan", reason="Dukcapil sedang pindah kantor")
    assert "Sudah diterbitkan" in siti.page.text
    assert [row["number"] for row in await world.fetch("select number from catalogue_version order by 1")] == [0, 1]

    await world.processes["bot"].said("catalogue.taken_up")
    late = await report(world.telegram.resident("Budi"), STORY, "Kasang")
    query = "select unit, catalogue_version from referral r join ticket t on t.id = r.ticket_id where number = $1"
    ways = [tuple((await world.fetch(query, number))[0]) for number in (early, late)]
    assert ways == [("dukcapil-kota-jambi", 0), ("dinsos-kota-jambi", 1)]
