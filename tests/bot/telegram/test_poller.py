"""Polling: nothing is confirmed before it is committed, chats don't wait for each other, nothing is applied twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import Bot

from bot.errors import HouseUnreachable, TokenRefused
from bot.telegram.calm import Calm
from bot.telegram.client import make_bot
from bot.telegram.poller import Confirmed, Poller
from bot.telegram.turns import Patience, TurnTaker
from tests.bot.telegram.conftest import FakeTurns
from tests.telegram_server import Resident, TelegramServer

Running = Callable[[], AbstractAsyncContextManager[None]]


@pytest.fixture
def running(client: Bot, turns: FakeTurns) -> Running:
    """A poller that runs within a with-block."""

    @asynccontextmanager
    async def run() -> AsyncIterator[None]:
        taker = TurnTaker(client, turns, turns.deliver, Patience(3, 0.0, 0.0), typing_after=0.05)
        stop = asyncio.Event()
        task = asyncio.create_task(Poller(client, taker, poll_seconds=5, pause_seconds=0.01).run(stop))
        try:
            yield
        finally:
            stop.set()
            await task

    return run


async def test_updates_of_a_chat_come_in_order_and_are_confirmed(
    running: Running, turns: FakeTurns, server: TelegramServer, ani: Resident
) -> None:
    await ani.start()
    for number in range(5):
        await ani.say(f"pesan {number}")
    async with running():
        await turns.until(lambda: len(turns.applied) == 6)
    assert turns.texts == ["/start", *[f"pesan {number}" for number in range(5)]]
    assert turns.delivered == [incoming.update_id for incoming in turns.applied]
    assert server.pending_updates == []


async def test_a_slow_chat_holds_nobody_up_and_is_not_confirmed(
    running: Running, turns: FakeTurns, server: TelegramServer, ani: Resident
) -> None:
    budi = server.resident("Budi")
    turns.gates["lambat"] = asyncio.Event()
    await ani.say("lambat")
    await ani.say("sesudahnya")
    await budi.say("satu")
    async with running():
        await turns.until(lambda: "satu" in turns.texts)
        await budi.say("dua")
        await turns.until(lambda: "dua" in turns.texts)
        assert "sesudahnya" not in turns.texts
        assert len(server.pending_updates) == 4
        turns.gates["lambat"].set()
        await turns.until(lambda: "sesudahnya" in turns.texts)
        await server.until(lambda: not server.pending_updates)
    assert turns.texts.index("lambat") < turns.texts.index("sesudahnya")
    assert len(turns.applied) == 4


async def test_after_a_restart_what_was_not_confirmed_is_a_duplicate(
    running: Running, turns: FakeTurns, server: TelegramServer, ani: Resident
) -> None:
    turns.gates["lambat"] = asyncio.Event()
    await ani.say("lambat")
    budi = server.resident("Budi")
    await budi.say("satu")
    async with running():
        await turns.until(lambda: "satu" in turns.texts)
        turns.gates["lambat"].set()
    async with running():
        await server.until(lambda: not server.pending_updates)
    assert sorted(text or "" for text in turns.texts) == ["lambat", "satu"]


async def test_a_turn_that_fails_for_a_while_is_tried_again(
    running: Running, turns: FakeTurns, server: TelegramServer, ani: Resident
) -> None:
    turns.failures["aduh"] = 2
    await ani.say("aduh")
    async with running():
        await turns.until(lambda: "aduh" in turns.texts)
    assert turns.given_up == []


async def test_a_poison_turn_is_given_up_and_the_chat_goes_on(
    running: Running, turns: FakeTurns, server: TelegramServer, ani: Resident
) -> None:
    turns.failures["racun"] = 1_000
    await ani.say("racun")
    await ani.say("sesudahnya")
    async with running():
        await turns.until(lambda: "sesudahnya" in turns.texts)
        await server.until(lambda: not server.pending_updates)
    assert [incoming.text for incoming in turns.given_up] == ["racun"]


async def test_nothing_is_given_up_while_the_database_is_away(
    running: Running, turns: FakeTurns, server: TelegramServer, ani: Resident
) -> None:
    turns.up = False
    await ani.say("halo")
    async with running():
        await turns.until(lambda: turns.failures.get("halo", 0) < -20)
        assert len(server.pending_updates) == 1
        turns.up = True
        await turns.until(lambda: "halo" in turns.texts)
    assert turns.given_up == []


class Outage:
    """A bot whose house can't keep anything now; who waits is told at once."""

    def __init__(self, client: Bot, turns: FakeTurns, seconds: float = 0.0) -> None:
        self.calm = Calm(client, lambda: "Maaf, sedang lambat.", seconds)
        self.taker = TurnTaker(client, turns, turns.deliver, Patience(3, 0.0, 0.0), calm=self.calm)

    @asynccontextmanager
    async def running(self, client: Bot) -> AsyncIterator[None]:
        """Poll within a with-block."""
        stop = asyncio.Event()
        task = asyncio.create_task(Poller(client, self.taker, poll_seconds=5, pause_seconds=0.01).run(stop))
        try:
            yield
        finally:
            stop.set()
            await task


def _calmed(resident: Resident) -> int:
    return sum(message.from_bot and "sedang lambat" in message.text for message in resident.messages)


async def test_in_an_outage_each_chat_hears_so_once_and_is_answered_afterwards(
    client: Bot, turns: FakeTurns, server: TelegramServer, ani: Resident
) -> None:
    budi = server.resident("Budi")
    await ani.start()
    await budi.start()
    turns.up = False
    await ani.say("halo")
    await ani.say("masih di sana")
    async with Outage(client, turns).running(client):
        await ani.expect("sedang lambat")
        await budi.expect("sedang lambat")
        await turns.until(lambda: turns.failures.get("/start", 0) < -20)
        assert turns.applied == []
        turns.up = True
        await turns.until(lambda: len(turns.applied) == 4)
        await server.until(lambda: not server.pending_updates)
        assert sorted(text or "" for text in turns.texts) == ["/start", "/start", "halo", "masih di sana"]
        turns.up = False
        await budi.say("lagi")
        await server.until(lambda: _calmed(budi) == 2)
        turns.up = True
        await turns.until(lambda: "lagi" in turns.texts)
    assert _calmed(budi) == 2


async def test_who_is_answered_soon_hears_nothing_of_it(
    client: Bot, turns: FakeTurns, server: TelegramServer, ani: Resident
) -> None:
    turns.failures["halo"] = 2
    await ani.start()
    await ani.say("halo")
    async with Outage(client, turns, seconds=60).running(client):
        await turns.until(lambda: "halo" in turns.texts)
    assert not _calmed(ani)


async def test_what_telegram_brings_again_by_webhook_is_one_outage(
    client: Bot, turns: FakeTurns, server: TelegramServer, ani: Resident
) -> None:
    await ani.start()
    (update,) = await client.get_updates()
    taker = Outage(client, turns).taker
    turns.up = False
    for _ in range(5):
        with pytest.raises(HouseUnreachable):
            await taker.take(update, lambda: None, endless=False)
    await ani.expect("sedang lambat")
    turns.up = True
    await taker.take(update, lambda: None, endless=False)
    assert turns.texts == ["/start"]
    assert _calmed(ani) == 1


async def test_polling_survives_telegrams_troubles(
    running: Running, turns: FakeTurns, server: TelegramServer, ani: Resident
) -> None:
    server.fail_next("getUpdates", 502, n=2)
    server.fail_next("getUpdates", 409)
    server.drop_next("getUpdates", "after")
    await ani.say("halo")
    async with running():
        await turns.until(lambda: "halo" in turns.texts)


async def test_a_wrong_token_ends_the_poller(server: TelegramServer, turns: FakeTurns) -> None:
    async with make_bot(server.token, server.url) as client:
        pass
    wrong = make_bot("7100000009:AAF-another-token-that-nobody-knows", server.url)
    await wrong.request.initialize()
    taker = TurnTaker(client, turns, turns.deliver)
    with pytest.raises(TokenRefused):
        await Poller(wrong, taker).run(asyncio.Event())
    await wrong.request.shutdown()


async def test_pressed_buttons_are_answered(
    running: Running, turns: FakeTurns, client: Bot, server: TelegramServer, ani: Resident
) -> None:
    await ani.start()
    from telegram import InlineKeyboardButton, InlineKeyboardMarkup

    await client.send_message(
        ani.id, "Pilih", reply_markup=InlineKeyboardMarkup([[InlineKeyboardButton("Ya", callback_data="v1:0:y")]])
    )
    async with running():
        tap = await ani.tap("Ya")
        await tap.answered()
    assert [incoming.button for incoming in turns.applied if incoming.kind == "button"] == ["v1:0:y"]


async def test_typing_shows_while_an_answer_takes_long(
    running: Running, turns: FakeTurns, server: TelegramServer, ani: Resident
) -> None:
    turns.gates["lambat"] = asyncio.Event()
    await ani.start()
    await ani.say("lambat")
    async with running():
        await server.until(lambda: ani.typing)
        turns.gates["lambat"].set()
        await turns.until(lambda: "lambat" in turns.texts)


@given(st.permutations(range(6)), st.integers(1, 3))
def test_the_offset_never_passes_what_is_not_committed(order: list[int], gap: int) -> None:
    confirmed = Confirmed()
    ids = [100 + number * gap for number in range(6)]
    assert all(confirmed.take(one) for one in ids)
    assert not any(confirmed.take(one) for one in ids)
    done: set[int] = set()
    for place in order:
        confirmed.commit(ids[place])
        done.add(ids[place])
        open_ids = [one for one in ids if one not in done]
        assert confirmed.offset is None or all(one >= confirmed.offset for one in open_ids)
    assert confirmed.offset == ids[-1] + 1
    assert not confirmed.waiting
    assert not confirmed.take(ids[0])
