"""An office in its Telegram group, on the real house with the real client: codes, buttons, answers, being put out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from sqlalchemy import func, select
from telegram import Bot

from actions import accounts, groups
from actions.desk import Desk, Draft, DraftNeed
from actions.events import Actor
from actions.house import House
from actions.officers import add_officer, officer_view
from actions.outbox import Settle
from actions.steps import lock_referral, take_step
from actions.talk import Incoming, Step, Turned
from actions.turns import take_turn
from bot.telegram.desk import HouseDesk
from bot.telegram.desk_sender import KINDS, DeskSender
from bot.telegram.poller import Poller
from bot.telegram.turns import HouseTurns, TurnTaker
from bot.telegram.waiting import Pace
from referral.dispatcher import Dispatcher
from referral.policy import load_policy
from storage.models import Conversation, Delivery, Message, Officer, Referral, UnitGroup
from tests.telegram_server import Group, Member, Resident, TelegramServer

UNIT = "dinkes-kota-jambi"


@dataclass
class Office:
    """The health office: its group, and two of its people there, of whom Dewi is registered."""

    house: House
    server: TelegramServer
    group: Group
    dewi: Resident
    member: Member
    stranger: Member

    async def refer(self) -> int:
        """Open a ticket and send its referral out. Returns the referral's id."""

        async def step(state: object, incoming: Incoming, meaning: object, desk: Desk) -> Turned:
            need = DraftNeed("health_treatment", "nlu", 0.9)
            draft = Draft("dak ado duit berobat", (need,), False, True, region_code="15.71.10.1003")
            await desk.open_ticket(draft)
            return Turned({})

        await take_turn(self.house, Incoming("web", "chat-7", "text", text="x"), step, lease=False)
        async with self.house.database.transaction() as session:
            referral_id = await session.scalar(select(Referral.id).order_by(Referral.id.desc()).limit(1))
            assert referral_id is not None
            ticket, referral = await lock_referral(session, referral_id)
            if referral.state == "drafted":
                await take_step(session, self.house, ticket, referral, "approve", Actor("coordinator"))
        return referral_id

    async def state(self, referral_id: int) -> str:
        async with self.house.database.transaction() as session:
            return (await session.get_one(Referral, referral_id)).state


@pytest.fixture
async def running(client: Bot, house: House, step: Step) -> AsyncIterator[None]:
    """The bot and the dispatcher on the real house."""
    quick = Pace(1e6, 1e6, 1e6, 1e6, 1e6, 1e6)
    sender = DeskSender(client, house, quick)
    dispatcher = Dispatcher(house.database, dict.fromkeys(KINDS, sender), Settle(house), house.process, load_policy())
    taker = TurnTaker(client, HouseTurns(house, step), dispatcher.deliver_now, desk=HouseDesk(client, house))
    stop = asyncio.Event()
    tasks = [
        asyncio.create_task(Poller(client, taker, pause_seconds=0.01).run(stop)),
        asyncio.create_task(dispatcher.run(stop)),
    ]
    yield
    stop.set()
    await asyncio.gather(*tasks)
    await taker.close()


@pytest.fixture
async def office(running: None, house: House, server: TelegramServer) -> Office:
    """The office after both codes were typed."""
    dewi = server.resident("Dewi")
    group = server.group("Rujukan Dinkes", dewi)
    member = group.join(dewi)
    stranger = group.join(server.resident("Tono"))
    await server.until(lambda: server.polling)
    await group.add_bot()
    await member.expect("hanya meneruskan rujukan")
    code = await groups.make_group_code(house, None, UNIT)
    await stranger.say(f"/hubungkan {code.code}")
    await member.expect("sekarang dikirim ke sini")
    officer = await add_officer(house, login="dewi", name="Dewi", role="agency", password="sandi-panjang", unit=UNIT)
    async with house.database.transaction() as session:
        view = officer_view(house, await session.get_one(Officer, officer))
    own = await accounts.make_account_code(house, view)
    await dewi.say(f"/hubungkan {own.code}")
    await dewi.expect("terhubung dengan akun petugas")
    return Office(house, server, group, dewi, member, stranger)


async def test_a_referral_is_answered_by_buttons_and_words(office: Office) -> None:
    referral = await office.refer()
    post = await office.member.expect("Butuh bantuan untuk: biaya berobat")
    assert "Tono" not in post.text
    refused = await (await office.stranger.tap("✅ Terima")).answered()
    assert "hanya untuk petugas" in refused.text
    assert refused.show_alert
    assert await office.state(referral) in ("approved", "sent")  # the note that it left may still be under way
    taken = await (await office.member.tap("✅ Terima")).answered()
    assert taken.text.startswith("Terima kasih")
    await office.member.until(lambda: "✅ Diterima" in post.text and "▶️ Mulai ditangani" in post.labels)
    opened = await (await office.member.tap("📄 Buka halaman")).answered()
    assert "obrolan pribadi" in opened.text
    private = await office.dewi.expect("khusus untuk kantor")
    assert "/j/" in private.links[0]
    assert not [message for message in office.group.messages if "/j/" in message.text or message.links]
    await office.member.tap("✖️ Tolak")
    await office.member.until(lambda: "✏️ Tulis sendiri" in post.labels)
    await office.member.tap("✏️ Tulis sendiri")
    await office.member.expect("mohon balas pesan ini")
    assert office.stranger.asked is None
    await office.member.answer("Kuota tahun ini habis.")
    await office.member.expect("Sudah dicatat: ditolak")
    await office.member.until(lambda: "Ditolak" in post.text and not post.labels)
    assert await office.state(referral) == "rejected"
    late = await (await office.member.tap("✅ Terima", post, stale=True)).answered()
    assert "Sudah ditolak oleh Dewi" in late.text
    assert [one.status for one in office.server.requests if one.status not in (200, None)] == []


async def test_nothing_in_a_group_begins_a_conversation(office: Office, house: House) -> None:
    for text in ("/start", "/start@slrt_test_bot", "saya mau melapor", "/hubungkan@bot_lain ABCD"):
        await office.stranger.say(text)
    ours = next(message for message in office.group.messages if message.from_bot)
    await office.stranger.say("anak saya sakit", reply_to=ours)
    await office.stranger.say("/hubungkan")
    await office.member.expect("Ketik kodenya di belakang")
    async with house.database.transaction() as session:
        assert (await session.scalars(select(Conversation))).all() == []
        assert (await session.scalars(select(Message))).all() == []


async def test_put_out_of_the_group(office: Office, house: House) -> None:
    await office.group.kick_bot()
    await office.server.until(lambda: not office.server.pending_updates)
    referral = await office.refer()
    async with house.database.transaction() as session:
        kinds = (await session.scalars(select(Delivery.kind).where(Delivery.referral_id == referral))).all()
        assert list(kinds) == ["email"]
        (group,) = (await session.scalars(select(UnitGroup))).all()
        assert group.lost_at is not None


async def test_telegram_itself_says_that_we_were_put_out(office: Office, house: House) -> None:
    office.server.fail_next("sendMessage", 403, "Forbidden: bot was kicked from the group chat")
    referral = await office.refer()
    async with asyncio.timeout(20):
        while True:
            async with house.database.transaction() as session:
                query = select(Delivery).where(Delivery.referral_id == referral, Delivery.kind == "telegram")
                row = (await session.scalars(query)).one()
                if row.state == "held":
                    break
                await session.execute(select(func.pg_sleep(0.02)))
    assert row.last_error == "the bot was put out of the unit's chat"
    assert not await _hears(house)


async def _hears(house: House) -> bool:
    async with house.database.transaction() as session:
        return await groups.hears_in_telegram(session, UNIT)


@pytest.mark.parametrize("told", [True, False], ids=["told-by-update", "learnt-while-sending"])
async def test_a_supergroup_is_followed(office: Office, house: House, told: bool) -> None:
    first = await office.refer()
    await office.member.expect("Butuh bantuan untuk")
    if not told:
        office.server.fail_next("getUpdates", 500, n=3)
    made = await office.group.upgrade(77)
    member = made.join(office.dewi)
    post = await member.expect("Butuh bantuan untuk")
    await (await member.tap("✅ Terima", post)).answered()
    await member.until(lambda: "✅ Diterima" in post.text)
    assert await office.state(first) == "accepted"
    await office.refer()
    await member.expect("Belum dijawab")


async def test_an_officer_who_blocked_the_bot_is_told_how_to_open_the_page(office: Office) -> None:
    await office.refer()
    await office.member.expect("Butuh bantuan untuk")
    await office.dewi.block()
    said = await (await office.member.tap("📄 Buka halaman")).answered()
    assert "tekan Mulai" in said.text
