"""News for residents is gathered into one message, comes by day, and never says more than a shared phone may show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from actions.closing import merge_ticket, reject_ticket, reopen_ticket, withdraw_ticket
from actions.desk import ContactWish
from actions.house import House
from actions.news import TellNews
from referral.calendar import WIB
from referral.ports import Parcel
from storage.models import Delivery, Message, Notice, Referral
from tests.actions.world import World
from tests.clock import Clock

MORNING = datetime(2026, 11, 23, 9, 0, tzinfo=WIB)


@pytest.fixture
def world(house: House) -> World:
    """The house in earnest, in the morning."""
    clock = Clock(MORNING)
    return World(replace(house, demo=False, clock=clock, nap=clock.nap))


async def tell(world: World) -> list[str]:
    """What the dispatcher does with news that is due; returns what residents hear."""
    before = len(await world.heard())
    for row in await jobs(world):
        if row.due_at <= world.clock():
            await TellNews(world.house).send(Parcel(row.id, row.lane, row.kind, row.key, row.payload))
            async with world.house.database.transaction() as session:
                await session.execute(update(Delivery).where(Delivery.id == row.id).values(state="done"))
    return (await world.heard())[before:]


async def jobs(world: World) -> Sequence[Delivery]:
    """News that waits to be told."""
    return [row for row in await world.deliveries(kind="job.notify") if row.state == "waiting"]


async def test_what_changes_within_minutes_is_one_message(world: World) -> None:
    line = await world.open("school_fees", "food_aid")
    fees = await world.sent(line.number, "school_fees")
    world.clock.forward(minutes=5)
    await world.step(fees, "accept")
    await world.sent(line.number, "food_aid")
    assert not await tell(world)
    world.clock.forward(minutes=5)
    (message,) = await tell(world)
    assert message.startswith(f"Kabar laporan {line.number}:\n• ")
    assert message.count("•") == 2
    assert "akan mengurusnya" in message
    assert "sudah diteruskan ke" in message
    assert not await world.all(Notice)
    world.clock.forward(hours=1)
    assert not await tell(world)


async def test_one_change_is_told_in_its_own_words_and_later_ones_anew(world: World) -> None:
    line = await world.open("school_fees")
    fees = await world.sent(line.number, "school_fees")
    world.clock.forward(minutes=10)
    assert "sudah diteruskan ke" in (await tell(world))[0]
    await world.step(fees, "accept")
    world.clock.forward(minutes=10)
    (message,) = await tell(world)
    assert "akan mengurus" in message
    assert "•" not in message


async def test_the_question_keeps_its_buttons(world: World) -> None:
    line = await world.open("school_fees", "food_aid")
    fees = await world.finish(line.number, "school_fees")
    await world.sent(line.number, "food_aid")
    world.clock.forward(minutes=10)
    other, asked = await tell(world)
    assert "sudah diteruskan ke" in other
    assert "Apakah Bapak/Ibu sudah terbantu?" in asked
    buttons = (await world.all(Message))[-1].buttons or ()
    tapped = [button["data"] for row in buttons for button in row if button["data"]]
    assert tapped == [f"c:{fees.id}:y", f"c:{fees.id}:n"]


async def test_what_was_answered_meanwhile_is_not_asked(world: World) -> None:
    line = await world.open("school_fees")
    fees = await world.finish(line.number, "school_fees")
    await world.confirm(fees)
    world.clock.forward(minutes=10)
    assert not await tell(world)


async def test_what_is_not_true_any_more_is_not_told(world: World) -> None:
    line = await world.open("school_fees")
    fees = await world.sent(line.number, "school_fees")
    await world.step(fees, "return", reason="bukan wilayah kami")
    world.clock.forward(minutes=10)
    assert not await tell(world)


@pytest.mark.parametrize("hour", range(24))
async def test_by_night_nobody_is_told(world: World, hour: int) -> None:
    world.clock.forward(hours=hour)
    line = await world.open("school_fees")
    await world.sent(line.number, "school_fees")
    (job,) = await jobs(world)
    assert 7 <= job.due_at.astimezone(WIB).hour < 21
    assert timedelta(minutes=10) <= job.due_at - world.clock() <= timedelta(hours=11)


async def test_a_dispatcher_that_was_down_until_the_night_waits_for_the_morning(world: World) -> None:
    line = await world.open("school_fees")
    await world.sent(line.number, "school_fees")
    world.clock.forward(hours=13)
    assert not await tell(world)
    world.clock.forward(hours=9)
    assert len(await tell(world)) == 1


async def test_what_is_urgent_is_told_at_once_by_night_too(world: World) -> None:
    world.clock.forward(hours=14)
    line = await world.open("school_fees")
    async with world.house.database.transaction() as session:
        await session.execute(update(Referral).values(urgent=True))
    await world.sent(line.number, "school_fees")
    assert "sudah diteruskan ke" in (await world.heard())[-1]
    assert not await jobs(world)


@pytest.mark.parametrize("way", [None, "call", "none"])
async def test_of_a_restricted_need_nothing_waits_either(world: World, way: str | None) -> None:
    line = await world.open("violence", contact=ContactWish(way) if way else None)
    await world.finish(line.number, "violence")
    assert not await world.all(Notice)
    assert not await jobs(world)


async def test_restricted_news_by_her_wish_stands_apart_and_says_nothing(world: World) -> None:
    line = await world.open("violence", "school_fees", contact=ContactWish("write"))
    async with world.house.database.transaction() as session:
        await session.execute(update(Referral).values(urgent=False))
    await world.sent(line.number, "school_fees")
    violence = await world.sent(line.number, "violence")
    await world.step(violence, "accept")
    world.clock.forward(minutes=10)
    ordinary, discreet = await tell(world)
    assert "kode pengaman" in discreet
    assert line.number not in discreet
    assert "ekerasan" not in ordinary + discreet
    assert "•" not in ordinary


async def test_the_end_of_a_ticket_is_told_with_the_rest_and_not_by_night(world: World) -> None:
    line = await world.open("school_fees", "food_aid")
    await world.sent(line.number, "school_fees")
    rejected = await world.sent(line.number, "food_aid")
    await world.step(rejected, "reject", reason="stok habis")
    world.clock.forward(hours=14)
    await withdraw_ticket(world.house, await world.officer(), line.number, "Sudah dibantu keluarga")
    assert not await tell(world)
    world.clock.forward(hours=8)
    other, ended = await tell(world)  # that one is on its way is not true any more
    assert "belum bisa dibantu lewat" in other
    assert "kami hentikan" in ended
    assert "keluarga" not in ended
    assert not await world.all(Notice)
    world.clock.forward(hours=1)
    assert not await tell(world)


async def test_an_urgent_ticket_that_ends_is_told_at_once(world: World) -> None:
    world.clock.forward(hours=14)
    line = await world.open("school_fees")
    async with world.house.database.transaction() as session:
        await session.execute(update(Referral).values(urgent=True))
    await reject_ticket(world.house, await world.officer(), line.number, "Laporan uji coba")
    assert "belum bisa kami lanjutkan" in (await world.heard())[-1]
    assert not await jobs(world)


async def test_a_ticket_that_was_taken_up_again_has_not_ended(world: World) -> None:
    line, officer = await world.open("school_fees"), await world.officer()
    await reject_ticket(world.house, officer, line.number, "Salah tekan")
    await reopen_ticket(world.house, officer, line.number)
    world.clock.forward(minutes=10)
    assert not await tell(world)


async def test_the_one_number_of_merged_tickets_is_told_by_day(world: World) -> None:
    first, second = await world.open("school_fees"), await world.open("food_aid")
    await merge_ticket(world.house, await world.officer(), second.number, first.number)
    assert not await tell(world)
    world.clock.forward(minutes=10)
    (message,) = await tell(world)
    assert f"pakai satu nomor saja: {first.number}" in message
