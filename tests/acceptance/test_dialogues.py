"""Every conversation of tests/acceptance/dialogues, by residents in Telegram with the real bot, side by side."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from slrt.building import open_house
from slrt.settings import Settings
from storage.embedded import EmbeddedPostgres
from tests.acceptance.conftest import TOKEN
from tests.acceptance.dialogue import Player, scripts
from tests.acceptance.outside import Outside
from tests.acceptance.stillness import Stillness
from tests.acceptance.switch import Switch
from tests.acceptance.world import World
from tests.telegram_server import RateLimits

SCRIPTS = scripts()
AT_ONCE = 10
Results = dict[str, "asyncio.Task[None]"]


def _without_nlu(script: str) -> bool:
    return "\n@ nlu off" in f"\n{script}"


class Stage:
    """Plays the chosen scripts: those in which Rasa stops after all others, alone where it stops in the middle."""

    def __init__(self, outside: Outside, stillness: Stillness) -> None:
        self._outside = outside
        self._stillness = stillness
        self._places = asyncio.Semaphore(AT_ONCE)

    def play(self, names: list[str]) -> Results:
        """Begin; each task is one script."""
        with_nlu = [name for name in names if not _without_nlu(SCRIPTS[name])]
        results = {name: asyncio.create_task(self._play(name)) for name in with_nlu}
        before = list(results.values())
        for name in names:
            if name not in results:
                results[name] = asyncio.create_task(self._play(name, before))
                before = list(results.values())
        return results

    async def _play(self, name: str, after: list[asyncio.Task[None]] | None = None) -> None:
        if after:
            await asyncio.wait(after)
        async with self._places:
            self._outside.switch.on = True
            await Player(name, self._outside, self._stillness).play(SCRIPTS[name])


@pytest.fixture(scope="module")
async def results(
    request: pytest.FixtureRequest,
    rasa: str,
    postgres: EmbeddedPostgres,
    template_database: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Results]:
    """One house for all, and the scripts that this run asks for, begun."""
    name = f"test_{secrets.token_hex(6)}"
    control = await asyncpg.connect(postgres.url("postgres"))
    await control.execute(f'create database "{name}" template "{template_database}" strategy file_copy')
    switch = Switch(rasa)
    await switch.start()
    world = World(tmp_path_factory.mktemp("dialogues"), postgres.url(name), switch.url, TOKEN)
    with pytest.MonkeyPatch.context() as patch:
        for variable in [one for one in os.environ if one.startswith("SLRT_")]:
            patch.delenv(variable)
        try:
            await world.open(limits=RateLimits.none())
            await world.start("console", "dispatcher", "bot")
            chosen = [item.callspec.params["name"] for item in request.session.items if _ours(item)]
            settings = Settings(**{key.removeprefix("SLRT_").lower(): one for key, one in world.environment.items()})
            async with open_house(settings, postgres.url(name), "test") as house:
                outside, stillness = Outside(world, house, switch), Stillness(world, house.database)
                await outside.open()
                playing = Stage(outside, stillness).play(chosen)
                yield playing
                for task in playing.values():
                    task.cancel()
                await asyncio.gather(*playing.values(), return_exceptions=True)
                await stillness.end()
        finally:
            await world.close()
            await switch.close()
            await control.execute(f'drop database "{name}" with (force)')
            await control.close()


def _ours(item: pytest.Item) -> bool:
    return isinstance(item, pytest.Function) and item.originalname == "test_dialogue" and item.path == Path(__file__)


@pytest.mark.parametrize("name", SCRIPTS)
async def test_dialogue(results: Results, name: str) -> None:
    await results[name]
