"""A report in Telegram on the real house: real turns, real queue, the answers sent right after the commit."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import func, select
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
from storage.models import Message
from tests.clock import Clock
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
    await taker.close()


async def _committed(house: House, count: int) -> None:
    """Wait until so many messages of the resident are kept."""
    async with asyncio.timeout(20):
        while True:
            async with house.database.transaction() as session:
                kept = await session.scalar(select(func.count()).where(Message.direction == "in").select_from(Message))
                if kept == count:
                    return
                await session.execute(select(func.pg_sleep(0.02)))


async def test_a_burst_gets_one_answer_and_the_bot_is_seen_typing(
    running: None, server: TelegramServer, ani: Resident, house: House, clock: Clock
) -> None:
    await ani.start()
    await ani.expect("Selamat datang")
    clock.hold()
    for text in ("pak tolong", "anak saya", "sakit panas", "tidak punya biaya", "kami tinggal di Legok"):
        await ani.say(text)
    await _committed(house, 6)
    await clock.asleep.wait()
    await ani.until(lambda: ani.typing)
    assert [message for message in ani.messages if message.from_bot][-1].text.startswith("⚠️ UJI COBA")
    clock.release()
    await ani.expect("belum mengerti")
    await ani.say("/status")
    await ani.expect("Belum ada laporan")
    answers = [message.text for message in ani.messages if message.from_bot]
    assert len(answers) == 3
    assert clock.naps


async def test_danger_in_a_burst_waits_for_nothing(running: None, ani: Resident, clock: Clock) -> None:
    await ani.start()
    await ani.expect("Selamat datang")
    clock.hold()
    await ani.say("rumah kami bocor")
    await clock.asleep.wait()
    await ani.say("suami saya memukul saya")
    await ani.expect("112")
    clock.release()
    await ani.say("/status")
    await ani.expect("Belum ada laporan")
    assert sum("112" in message.text for message in ani.messages) == 1


async def test_an_album_gets_one_answer(running: None, ani: Resident, house: House, clock: Clock) -> None:
    await ani.start()
    await ani.expect("Selamat datang")
    clock.hold()
    for number in range(4):
        await ani.send_photo(bytes([number]) * 100, album="surat", caption="ini surat-suratnya" if number == 0 else "")
    await _committed(house, 5)
    clock.release()
    answer = await ani.expect("foto sudah kami terima")
    assert answer.text.startswith("4 foto")
    await ani.say("/batal")
    await ani.expect("Mau dihapus")
    assert len([message for message in ani.messages if message.from_bot]) == 3


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
    await ani.tap("Setuju, ketik di sini")
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


async def test_violence_leaves_no_trace_in_the_chat(
    running: None, server: TelegramServer, ani: Resident, house: House
) -> None:
    await ani.start()
    await ani.expect("UJI COBA, laporan tidak diteruskan")
    await ani.say("laki sayo mukul sayo tiap malam")
    numbers = await ani.expect("telepon dulu")
    assert numbers.text.index("110") < numbers.text.index("112")
    assert "112 – Call Center Bahagia (Kota Jambi)" in numbers.text
    await ani.expect("Boleh petugas menelepon")
    await ani.tap("Boleh ditelepon")
    await ani.expect("Nomor mana yang aman")
    await ani.say("0812 0000 0001 habis magrib")
    await ani.expect("kelurahan atau desa")
    await ani.say("legok")
    done = await ani.expect("Kode pengaman")
    found = re.search(r"Kode pengaman: (\w+ \d\d)", done.text)
    number = re.search(r"SLRT-[\d-]+", done.text)
    assert found
    assert number
    await ani.say("/status")
    await ani.expect("Belum ada laporan")
    typed = await ani.say(found[1])
    shown = await ani.expect(number[0])
    assert "Kekerasan" in shown.text
    await ani.until_gone(typed)
    await ani.tap("Hapus percakapan ini", shown)
    await ani.expect("Kalau perlu bantuan, tulis saja di sini")
    await ani.until_gone(done)
    left = [message.text for message in ani.messages]
    for word in ("mukul", "ekerasan", "SLRT-", "0812", "Kode pengaman:", "telepon dulu"):
        assert not [text for text in left if word in text], word
    assert [one.status for one in server.calls("deleteMessages")] == [200]
    async with house.database.transaction() as session:
        kept = [row.text or "" for row in await session.scalars(select(Message))]
    assert [text for text in kept if "mukul" in text]
    assert not [text for text in kept if found[1] in text]
