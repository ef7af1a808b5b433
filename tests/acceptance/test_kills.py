"""A process killed at any instant loses nothing and doubles nothing."""

from __future__ import annotations

import asyncio
import sys
from itertools import cycle

from tests.acceptance.processes import Process
from tests.acceptance.steps import finish
from tests.acceptance.world import World
from tests.soak import rounds
from tests.telegram_server import Resident

DEATHS = cycle(f"{when}:{count}" for count in (1, 2, 1, 3) for when in ("before", "after"))
KILLS = rounds(20, 200)
# a dying bot may take many lives for one answer; this only ends a test that hangs
LIMIT = 300.0


async def _bot(world: World, fate: str) -> Process:
    """A bot on its way; while another one lives it waits for the poller's lock."""
    bot = Process("bot", sys.executable, "-m", "tests.acceptance.mortal", fate, environment=world.environment)
    world.on_close(bot.kill)
    await bot.start(until_ready=False)
    return bot


async def _mortal_bots(world: World, counted: list[str]) -> None:
    """One bot after the other, each with another fate, until enough have died; the last one lives."""
    following = await _bot(world, next(DEATHS))
    while len(counted) < KILLS:
        bot, following = following, await _bot(world, next(DEATHS) if len(counted) < KILLS - 1 else "never:0")
        assert await bot.ended() == -9, bot.output
        counted.append(bot.name)
    world.processes["bot"] = following
    await following.ready()


async def test_bot_killed_at_its_commits(world: World) -> None:
    await world.start("console", "dispatcher")
    deaths: list[str] = []
    bots = asyncio.create_task(_mortal_bots(world, deaths))
    residents = [world.telegram.resident(name) for name in ("Ani", "Budi", "Citra")]
    numbers = await asyncio.gather(*(_whole_report(resident) for resident in residents))
    while len(deaths) < KILLS:
        # enough to do for those who still have to die
        for resident in residents:
            await resident.say("/status")
            await resident.expect(lambda message: bool(message.text), timeout=LIMIT)
    await bots
    await _all_said(world, residents)

    assert len(set(numbers)) == len(residents)
    assert len(await world.fetch("select 1 from ticket")) == len(residents)
    assert len(await world.fetch("select 1 from referral")) == len(residents)
    assert len(await world.fetch("select 1 from event where kind = 'opened'")) == len(residents)
    said = sum(1 for resident in residents for message in resident.messages if not message.from_bot)
    kept = await world.fetch("select count(*) from message where direction = 'in' and kind = 'text'")
    assert kept[0]["count"] == said
    assert world.telegram.pending_updates == []
    sent = await world.fetch("select count(*) from message where direction = 'out'")
    shown = sum(1 for resident in residents for message in resident.messages if message.from_bot)
    assert sent[0]["count"] <= shown <= sent[0]["count"] + len(deaths)


async def _all_said(world: World, residents: list[Resident]) -> None:
    """Let what is still on its way arrive."""
    for resident in residents:
        resident.read_all()
        await resident.say("/status")
        await resident.expect(lambda message: bool(message.text), timeout=LIMIT)
    await world.until("select 1 where not exists (select 1 from delivery where state = 'waiting')")


async def _whole_report(resident: Resident) -> str:
    await resident.start()
    await resident.expect("Selamat datang", timeout=LIMIT)
    await resident.say("anak saya sakit, tidak punya biaya")
    await resident.expect("Saya catat", timeout=LIMIT)
    await resident.tap("Sudah benar, lanjut")
    return await finish(resident, "Kasang", limit=LIMIT)
