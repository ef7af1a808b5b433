"""A report that was left lying: it is there days later, and was brought to mind once, by day."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from actions.house import House
from actions.later import Remind
from actions.talk import Incoming, Step
from actions.turns import take_turn
from referral.calendar import WIB
from referral.ports import Parcel
from storage.models import Conversation, Delivery, Message
from tests.clock import Clock

NEED = "anak saya sakit, tidak punya biaya"
DANGER = "suami memukul saya tiap malam"


class Chat:
    """A resident's chat in Telegram."""

    def __init__(self, house: House, step: Step) -> None:
        self.house, self.step = house, step
        self.count = 0

    async def say(self, text: str) -> list[str]:
        """Write, and wait for the quiet; returns what the bot says."""
        self.count += 1
        before = len(await self.heard())
        await take_turn(
            self.house,
            Incoming("telegram", "1001", "text", self.count, text, message_id=self.count),
            self.step,
            lease=False,
        )
        return (await self.heard())[before:]

    async def heard(self) -> list[str]:
        """All that the bot said."""
        async with self.house.database.transaction() as session:
            said = select(Message.text).where(Message.direction == "out").order_by(Message.id)
            return [text or "" for text in await session.scalars(said)]

    async def jobs(self) -> list[Delivery]:
        """Reminders that wait."""
        async with self.house.database.transaction() as session:
            waiting = select(Delivery).where(Delivery.kind == "job.remind", Delivery.state == "waiting")
            return list(await session.scalars(waiting))

    async def dispatch(self) -> list[str]:
        """What the dispatcher does when the time of a reminder has come; returns what the bot says."""
        before = len(await self.heard())
        for row in await self.jobs():
            if row.due_at <= self.house.clock():
                await Remind(self.house, self.step).send(Parcel(row.id, row.lane, row.kind, row.key, row.payload))
                async with self.house.database.transaction() as session:
                    await session.execute(update(Delivery).where(Delivery.id == row.id).values(state="done"))
        return (await self.heard())[before:]


@pytest.fixture
def chat(house: House, step: Step) -> Chat:
    return Chat(house, step)


async def test_three_days_of_silence(chat: Chat, clock: Clock) -> None:
    asked = (await chat.say(NEED))[-1]
    assert "Saya catat" in asked
    reminders: list[str] = []
    for _ in range(72):
        clock.forward(hours=1)
        reminders += await chat.dispatch()
    (reminder,) = reminders
    assert "belum terkirim" in reminder
    assert "Saya catat" in reminder  # the open question again
    assert not await chat.jobs()
    assert "berobat" in (await chat.say("sudah benar, lanjut"))[-1]  # the draft goes on where it stood


async def test_who_goes_on_is_reminded_a_day_after_the_last_word(chat: Chat, clock: Clock) -> None:
    await chat.say(NEED)
    clock.forward(hours=22)
    await chat.say("sudah benar, lanjut")
    clock.forward(hours=5)
    assert not await chat.dispatch()
    clock.forward(hours=18)
    assert not await chat.dispatch()
    clock.forward(hours=1)
    (reminder,) = await chat.dispatch()
    assert "belum terkirim" in reminder


@pytest.mark.parametrize("hour", [0, 6, 10, 11, 12, 20, 21])
async def test_never_by_night(chat: Chat, clock: Clock, hour: int) -> None:
    clock.forward(hours=hour)
    await chat.say(NEED)
    for _ in range(48):
        clock.forward(hours=1)
        if await chat.dispatch():
            break
    assert 7 <= clock().astimezone(WIB).hour < 21


async def test_a_dispatcher_that_was_down_reminds_by_day(chat: Chat, clock: Clock) -> None:
    await chat.say(NEED)
    clock.forward(hours=36)  # ten in the evening
    assert not await chat.dispatch()
    clock.forward(hours=8)
    assert not await chat.dispatch()
    clock.forward(hours=1)
    assert len(await chat.dispatch()) == 1


@pytest.mark.parametrize("words", [DANGER, "entah lah pak macam mano"])
async def test_nothing_delicate_is_brought_to_mind(chat: Chat, words: str) -> None:
    await chat.say(words)
    assert not await chat.jobs()


async def test_what_becomes_delicate_is_not_brought_to_mind(chat: Chat, clock: Clock) -> None:
    await chat.say(NEED)
    assert await chat.jobs()
    await chat.say(DANGER)
    assert not await chat.jobs()
    clock.forward(days=3)
    assert not await chat.dispatch()


async def test_a_dropped_report_is_not_brought_to_mind_the_next_one_is(chat: Chat, clock: Clock) -> None:
    await chat.say(NEED)
    await chat.say("/batal")
    await chat.say("/batal")
    assert not await chat.jobs()
    await chat.say(NEED)
    clock.forward(days=1)
    assert len(await chat.dispatch()) == 1


async def test_an_old_job_does_nothing(chat: Chat, house: House, clock: Clock) -> None:
    await chat.say(NEED)
    (old,) = await chat.jobs()
    clock.forward(days=1)
    async with house.database.transaction() as session:
        await session.execute(update(Conversation).values(remind_job=None))
    assert not await chat.dispatch()
    assert old.payload["after"] == 24 * 3600
