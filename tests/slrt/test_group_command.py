"""`slrt group …`, as an administrator types it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from actions.group_desk import Call
from actions.group_links import type_code
from slrt.building import open_house, prepare_database
from slrt.settings import Settings
from storage.database import Database


@pytest.fixture
def ask(command: Callable[..., str]) -> Callable[..., str]:
    """Run `slrt group …`."""
    return partial(command, "group")


async def test_linking_listing_and_ending(
    database: Database, database_url: str, tmp_path: Path, ask: Callable[..., str]
) -> None:
    await prepare_database(database)
    unit = "dinsos-kota-jambi"
    line = (await asyncio.to_thread(ask, "code", unit)).splitlines()[-1]
    assert line.startswith("/hubungkan ")
    assert "is no unit" in await asyncio.to_thread(ask, "code", "slrt-kota-jambi")
    settings = Settings(data_dir=tmp_path, database_url=database_url, keys_file=tmp_path / "keys.json")
    async with open_house(settings, database_url, "test") as house:
        await type_code(house, Call(1, "-9", "5"), line.split()[1], "Dinsos")
    assert unit in await asyncio.to_thread(ask, "list")
    assert "no more" in await asyncio.to_thread(ask, "end", unit)
    assert (await asyncio.to_thread(ask, "end", unit)).startswith("1: ")
    assert unit not in await asyncio.to_thread(ask, "list")
