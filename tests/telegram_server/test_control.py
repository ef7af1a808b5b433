"""The server as a process of its own, driven over HTTP."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from telegram import Bot

from tests.telegram_server import DEFAULT_TOKEN


@pytest.fixture
async def url() -> AsyncIterator[str]:
    """The address of a server in another process."""
    command = [sys.executable, "-m", "tests.telegram_server", "--port", "0"]
    root = Path(__file__).parent.parent.parent
    process = await asyncio.create_subprocess_exec(*command, cwd=root, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    yield (await process.stdout.readline()).decode().strip()
    process.terminate()
    assert await process.wait() == 0


async def test_a_resident_in_another_process(url: str) -> None:
    bot = Bot(DEFAULT_TOKEN, base_url=f"{url}/bot", base_file_url=f"{url}/file/bot")
    async with aiohttp.ClientSession(f"{url}/control/") as session, bot:
        async with session.post("residents/Ani/say", json={"text": "halo"}) as answer:
            assert (await answer.json())["result"]["id"] == 1
        (update,) = await bot.get_updates()
        assert update.effective_chat is not None
        await bot.send_message(update.effective_chat.id, "Selamat pagi")
        async with session.post("residents/Ani/expect", json={"wanted": "pagi"}) as answer:
            assert (await answer.json())["result"]["text"] == "Selamat pagi"
        async with session.post("residents/Ani/tap", json={"label": "Lanjut", "message": 2}) as answer:
            assert answer.status == 400
            assert "no button 'Lanjut'" in (await answer.json())["error"]
        async with session.post("server/flood", json={"resident": "Ani", "seconds": 5}) as answer:
            assert (await answer.json())["ok"]
        async with session.post("server/advance", json={"hours": 2}) as answer:
            assert (await answer.json())["ok"]
        async with session.post("server/calls", json={"method": "sendMessage"}) as answer:
            assert [one["status"] for one in (await answer.json())["result"]] == [200]
