"""A process killed at any instant loses nothing and doubles nothing."""

from __future__ import annotations

import asyncio
import sys
from itertools import cycle

from tests.acceptance.processes import Process
from tests.acceptance.steps import finish
from tests.acceptance.world import World

DEATHS = cycle(f"{when}:{count}" for count in (1, 2, 1, 3) for when in ("before", "after"))
KILLS = 20


async def _mortal_bots(world: World, counted: list[str]) -> None:
    """Start the bot again and again, each with another fate, until enough have died; the last one lives."""
    while len(counted) < KILLS:
        fate = next(DEATHS)
        bot = Process("bot", sys.executable, "-m", "tests.acceptance.mortal", fate, environment=world.environment)
        world.processes["bot"] = bot
        await bot.start()
        assert await bot.ended() == -9, bot.output
        counted.append(fate)
    await world.start("bot")


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
            await resident.expect(lambda message: message.from_bot)
    await bots

    assert len(set(numbers)) == len(residents)
    assert len(await world.fetch("select 1 from ticket")) == len(residents)
    assert len(await world.fetch("select 1 from referral")) == len(residents)
    assert len(await world.fetch("select 1 from event where kind = 'opened'")) == len(residents)
    said = sum(1 for resident in residents for message in resident.messages if not message.from_bot)
    kept = await world.fetch("select count(*) from message where direction = 'in' and kind = 'text'")
    assert kept[0]["count"] == said
    assert world.telegram.pending_updates == 0
    sent = await world.fetch("select count(*) from message where direction = 'out'")
    shown = sum(1 for resident in residents for message in resident.messages if message.from_bot)
    assert sent[0]["count"] <= shown <= sent[0]["count"] + len(deaths)


async def _whole_report(resident: object) -> str:
    from tests.telegram_server import Resident

    assert isinstance(resident, Resident)
    await resident.start()
    await resident.expect("Selamat datang", timeout=60)
    await resident.say("anak saya sakit, tidak punya biaya")
    await resident.expect("Saya catat", timeout=60)
    await resident.tap("Sudah benar, lanjut")
    return await finish(resident, "Kasang")
