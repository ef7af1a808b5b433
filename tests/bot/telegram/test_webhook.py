"""The webhook: the secret is checked, 200 only after the commit, 503 while nothing can be kept."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer
from telegram import Bot

from bot.telegram.turns import Patience, TurnTaker
from bot.telegram.webhook import Webhook, announce
from tests.bot.telegram.conftest import FakeTurns
from tests.telegram_server import Resident, TelegramServer

SECRET = "a-secret-of-this-test"
HEADER = "X-Telegram-Bot-Api-Secret-Token"
type Door = TestClient[Any, Any]


def update(number: int, text: str) -> dict[str, object]:
    """An update as Telegram sends it."""
    chat = {"id": 7, "type": "private", "first_name": "Ani"}
    message = {"message_id": number, "date": 1, "chat": chat, "from": chat | {"is_bot": False}, "text": text}
    return {"update_id": number, "message": message}


@pytest.fixture
async def door(client: Bot, turns: FakeTurns) -> AsyncIterator[Door]:
    """A client at our door."""
    taker = TurnTaker(client, turns, turns.deliver, Patience(2, 0.0, 0.0))
    async with TestClient(TestServer(Webhook(client, taker, SECRET).app("/hook"))) as made:
        yield made


async def test_telegram_calls_and_the_turn_is_taken(
    door: Door, client: Bot, turns: FakeTurns, server: TelegramServer, ani: Resident
) -> None:
    server.route_webhook("https://slrt.example/hook", str(door.make_url("/hook")))
    await announce(client, "https://slrt.example/hook", SECRET)
    await ani.say("halo")
    await turns.until(lambda: turns.texts == ["halo"] and turns.delivered)
    await server.until(lambda: not server.pending_updates)


@pytest.mark.parametrize("shown", [{}, {HEADER: "wrong"}, {HEADER: "ä"}])
async def test_without_the_secret_nothing_happens(door: Door, turns: FakeTurns, shown: dict[str, str]) -> None:
    answer = await door.post("/hook", json=update(1, "halo"), headers=shown)
    assert answer.status == 403
    assert turns.applied == []


@pytest.mark.parametrize("body", ["", "{", "[]", "null", '{"update_id": "x", "message": 5}', '"x"'])
async def test_what_is_no_update_is_refused(door: Door, turns: FakeTurns, body: str) -> None:
    answer = await door.post("/hook", data=body, headers={HEADER: SECRET})
    assert answer.status == 400
    assert turns.applied == []


async def test_too_much_is_refused(door: Door) -> None:
    answer = await door.post("/hook", data=io.BytesIO(b"x" * 2_000_000), headers={HEADER: SECRET})
    assert answer.status == 413


async def test_no_yes_before_the_commit(door: Door, turns: FakeTurns) -> None:
    turns.gates["lambat"] = asyncio.Event()
    asked = asyncio.create_task(door.post("/hook", json=update(1, "lambat"), headers={HEADER: SECRET}))
    other = update(2, "lain")
    other["message"] |= {"chat": {"id": 8, "type": "private"}}  # type: ignore[operator]
    assert (await door.post("/hook", json=other, headers={HEADER: SECRET})).status == 200
    assert not asked.done()
    turns.gates["lambat"].set()
    assert (await asked).status == 200
    assert turns.texts == ["lain", "lambat"]


async def test_a_chat_keeps_its_order(door: Door, turns: FakeTurns) -> None:
    turns.gates["satu"] = asyncio.Event()
    first = asyncio.create_task(door.post("/hook", json=update(1, "satu"), headers={HEADER: SECRET}))
    await turns.until(lambda: "satu" in turns.begun)
    second = asyncio.create_task(door.post("/hook", json=update(2, "dua"), headers={HEADER: SECRET}))
    turns.gates["satu"].set()
    assert [(await one).status for one in (first, second)] == [200, 200]
    assert turns.texts == ["satu", "dua"]


async def test_while_the_database_is_away_telegram_is_asked_to_come_again(door: Door, turns: FakeTurns) -> None:
    turns.up = False
    assert (await door.post("/hook", json=update(1, "halo"), headers={HEADER: SECRET})).status == 503
    turns.up = True
    assert (await door.post("/hook", json=update(1, "halo"), headers={HEADER: SECRET})).status == 200
    assert turns.texts == ["halo"]


async def test_poison_is_given_up(door: Door, turns: FakeTurns) -> None:
    turns.failures["racun"] = 99
    assert (await door.post("/hook", json=update(1, "racun"), headers={HEADER: SECRET})).status == 200
    assert [one.text for one in turns.given_up] == ["racun"]
