"""A report in Telegram on the real house: real turns, real queue, the answers sent right after the commit."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from telegram import Bot

from actions.house import House
from actions.outbox import Settle
from actions.talk import Step
from bot.telegram.poller import Poller
from bot.telegram.sender import KINDS, TelegramSender
from bot.telegram.turns import HouseTurns, TurnTaker
from bot.telegram.waiting import Pace
from referral.dispatcher import Dispatcher
from referral.policy import load_policy
from tests.telegram_server import Resident, TelegramServer


@pytest.fixture
async def running(client: Bot, house: House, step: Step) -> AsyncIterator[None]:
    """The bot on the real house."""
    sender = TelegramSender(client, house, Pace(1e6, 1e6, 1e6, 1e6))
    dispatcher = Dispatcher(house.database, dict.fromkeys(KINDS, sender), Settle(house), house.process, load_policy())
    taker = TurnTaker(client, HouseTurns(house, step), dispatcher.deliver_now)
    stop = asyncio.Event()
    task = asyncio.create_task(Poller(client, taker, pause_seconds=0.01).run(stop))
    yield
    stop.set()
    await task


async def test_from_greeting_to_ticket(running: None, server: TelegramServer, ani: Resident) -> None:
    await ani.start()
    await ani.expect("UJI COBA, laporan tidak diteruskan")
    await ani.say("anak saya sakit, tidak punya biaya")
    checklist = await ani.expect("Saya catat:")
    await (await ani.tap("✅ Biaya berobat")).answered()
    await ani.until(lambda: "▫️ Biaya berobat" in checklist.labels)
    await ani.tap("▫️ Biaya berobat")
    await ani.until(lambda: "Sudah benar, lanjut" in checklist.labels)
    await ani.tap("Sudah benar, lanjut")
    await ani.expect("berobat atau dirawat di mana")
    await ani.say("di RSUD Raden Mattaher")
    await ani.expect("Kartu BPJS")
    await ani.tap("Mati atau nunggak")
    await ani.expect("NIK, nama dan nomor KK")
    await ani.tap("Ketik di sini")
    await ani.expect("ketik NIK")
    typed = await ani.say("1571 0204 0590 9003")
    await ani.expect("NIK sudah kami catat")
    await ani.until_gone(typed)
    await ani.tap("Lewati")
    await ani.expect("kelurahan atau desa")
    await ani.say("legok rt 12")
    await ani.expect("Legok, Kec. Danau Sipin, Kota Jambi, RT 12")
    await ani.tap("Kirim laporan")
    await ani.expect("SLRT-1571-2611-00001")
    await ani.say("/status")
    await ani.expect("Sekarang: sedang diperiksa petugas kami")
    assert not [one for one in server.requests if one.status != 200 and one.method != "getUpdates"]
