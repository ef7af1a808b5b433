"""What is told in a burst waits for a moment of quiet and is answered once; nothing of it can be lost."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, update

from actions.desk import Desk, Draft
from actions.later import AnswerWaiting
from actions.talk import FileRef, Hold, Incoming, Reply, Turned
from actions.turns import TurnResult, answer_waiting, take_turn
from nlu.port import Understanding
from nlu.scripted import ScriptedUnderstander
from referral.policy import load_policy
from referral.ports import Parcel, TryAgain
from referral.queue import claim
from storage.models import Attachment, Conversation, Delivery, Message, Ticket
from tests.actions.world import World, understood

NIK = "1571104705889001"


class Patient:
    """A conversation that waits for more, as the real one does; `answered` are the texts that it answered."""

    def __init__(self) -> None:
        self.answered: list[str] = []
        self.meanings: list[Understanding | None] = []
        self.fails = False

    async def __call__(
        self, state: dict[str, Any], incoming: Incoming, meaning: Understanding | None, desk: Desk
    ) -> Turned:
        text = incoming.text or incoming.button or ""
        if incoming.waiting and (incoming.kind == "button" or text.startswith("/")):
            return Turned(state, hold=Hold("first"))
        if incoming.waiting and "bahaya" in text:
            return Turned(state, hold=Hold("join"))
        if incoming.more_may_come and "bahaya" not in text and not text.startswith("/"):
            return Turned(state, hold=Hold("wait", 1.5, 30))
        if self.fails:
            raise ZeroDivisionError
        self.answered.append(text)
        self.meanings.append(meaning)
        return Turned({"answers": state.get("answers", 0) + 1}, (Reply(f"jawaban: {text}"),))


@pytest.fixture
def patient() -> Patient:
    return Patient()


async def tell(world: World, step: Patient, *texts: str, **changes: Any) -> TurnResult:
    """Write several messages, one right after the other."""
    for text in texts:
        result = await world.turn(step, world.text(text, more_may_come=True, **changes))
    return result


async def answer(world: World, step: Patient) -> TurnResult:
    """What a door does after the quiet."""
    return await answer_waiting(world.house, (await world.conversation()).id, step, lease=True)


async def job(world: World, state: str = "waiting") -> Delivery:
    """The one job for what waits."""
    (found,) = [row for row in await world.deliveries(kind="job.words") if row.state == state]
    return found


async def test_five_messages_get_one_answer(world: World, patient: Patient, understander: ScriptedUnderstander) -> None:
    words = ["anak sayo sakit", "lah tigo hari", "dak ado duit", "tolong pak", "di Legok"]
    result = await tell(world, patient, *words)

    assert result.waits == 1.5
    assert not patient.answered
    assert [row.text for row in await world.all(Message)] == words  # each was committed as it came
    world.clock.forward(seconds=1.5)
    assert len((await answer(world, patient)).delivery_ids) == 1
    assert patient.answered == ["\n".join(words)]
    assert understander.asked[-1] == "\n".join(words)
    assert await world.heard() == ["jawaban: " + "\n".join(words)]
    assert (await world.conversation()).state == {"answers": 1}


async def test_each_message_begins_the_quiet_anew_but_not_for_ever(world: World, patient: Patient) -> None:
    await tell(world, patient, "satu")
    world.clock.forward(seconds=1)
    await tell(world, patient, "dua")
    world.clock.forward(seconds=1)
    assert (await answer(world, patient)).waits == 0.5
    for _ in range(28):
        await tell(world, patient, "lagi")
        world.clock.forward(seconds=1)
    assert (await answer(world, patient)).waits is None
    assert len(patient.answered) == 1


async def test_several_that_come_to_answer_answer_once(world: World, patient: Patient) -> None:
    await tell(world, patient, "satu", "dua")
    world.clock.forward(seconds=2)
    results = await asyncio.gather(*(answer(world, patient) for _ in range(4)))
    assert sorted(len(result.delivery_ids) for result in results) == [0, 0, 0, 1]
    assert patient.answered == ["satu\ndua"]


async def test_another_process_answers_when_this_one_died(world: World, patient: Patient) -> None:
    await tell(world, patient, "satu", "dua")
    row = await job(world)
    assert row.leased_by == world.house.process
    hands = AnswerWaiting(world.house, patient)
    parcel = Parcel(row.id, row.lane, row.kind, row.key, row.payload)
    with pytest.raises(TryAgain) as early:
        await hands.send(parcel)
    assert early.value.after_seconds == 1.5
    world.clock.forward(seconds=2)
    await hands.send(parcel)
    await hands.send(parcel)
    assert patient.answered == ["satu\ndua"]
    assert (await job(world, "done")).leased_by is None


async def test_the_dispatcher_gets_the_job_when_the_lease_is_over(world: World, patient: Patient) -> None:
    policy = load_policy()
    family = policy.families["words"]
    await tell(world, patient, "satu")
    async with world.house.database.transaction() as session:
        await session.execute(update(Delivery).values(due_at=func.statement_timestamp()))
        assert not await claim(session, "dispatcher@test", family, 5, policy.lease, lanes=policy.lanes("words"))
        await session.execute(update(Delivery).values(leased_by=None, leased_until=None))
    async with world.house.database.transaction() as session:
        (parcel,) = await claim(session, "dispatcher@test", family, 5, policy.lease, lanes=policy.lanes("words"))
    assert parcel.kind == "job.words"


async def test_what_never_waits_comes_after_what_was_told(world: World, patient: Patient) -> None:
    await tell(world, patient, "satu", "dua")
    await world.turn(patient, world.text(None, kind="button", button="v1:1:ok"))
    assert patient.answered == ["satu\ndua", "v1:1:ok"]
    assert (await answer(world, patient)).delivery_ids == ()
    await tell(world, patient, "tiga", "/status")
    assert patient.answered[2:] == ["tiga", "/status"]


async def test_danger_is_answered_at_once_with_all_that_was_told(world: World, patient: Patient) -> None:
    script = {"ada bahaya": understood("violence", urgent=True), "satu\nada bahaya": understood("food_aid")}
    world = World(replace(world.house, understander=ScriptedUnderstander(script)))
    await tell(world, patient, "satu", "ada bahaya")
    assert patient.answered == ["satu\nada bahaya"]
    meaning = patient.meanings[0]
    assert meaning is not None
    assert meaning.urgent
    assert [guess.need for guess in meaning.needs] == ["food_aid", "violence"]
    world.clock.forward(seconds=5)
    await answer(world, patient)
    assert len(patient.answered) == 1


async def test_a_number_is_kept_for_the_answer_alone(world: World, patient: Patient) -> None:
    await tell(world, patient, f"NIK saya {NIK}", "anak sakit")
    assert all(NIK not in (row.text or "") for row in await world.all(Message))
    (deletion,) = await world.deliveries(kind="telegram.delete")
    assert deletion.payload["message_id"] == (await world.all(Message))[0].channel_message_id
    world.clock.forward(seconds=2)
    await answer(world, patient)
    assert NIK in patient.answered[0]
    assert (await world.conversation()).waiting is None


async def test_an_album_is_answered_once(world: World, patient: Patient) -> None:
    for number in range(10):
        file = FileRef("photo", f"ref{number}")
        await tell(world, patient, "", kind="photo", file=file, album="a")
    world.clock.forward(seconds=3)
    await answer(world, patient)
    assert patient.answered == [""]
    assert patient.meanings == [None]
    assert len(await world.all(Attachment)) == 10


async def test_a_changed_message_counts_as_it_reads_now(world: World, patient: Patient) -> None:
    await tell(world, patient, "anak saki", "tolong")
    first = (await world.all(Message))[0].channel_message_id
    await tell(world, patient, "anak sakit", kind="edit", message_id=first)
    world.clock.forward(seconds=2)
    await answer(world, patient)
    assert patient.answered == ["anak sakit\ntolong"]


async def test_what_can_not_be_answered_stays_and_becomes_a_ticket_in_the_end(world: World, patient: Patient) -> None:
    patient.fails = True
    await tell(world, patient, "satu", "dua")
    world.clock.forward(seconds=2)
    with pytest.raises(ZeroDivisionError):
        await answer(world, patient)
    assert len((await world.conversation()).waiting["parts"]) == 2
    await world.settle(await job(world), "held")
    (ticket,) = await world.all(Ticket)
    assert ticket.complaint == "satu\ndua"
    assert not ticket.understood
    assert {row.ticket_id for row in await world.all(Message)} == {ticket.id}
    (told,) = await world.heard()
    assert ticket.number in told
    assert (await world.conversation()).waiting is None


async def test_a_turn_that_fails_leaves_what_waits(world: World, patient: Patient) -> None:
    await tell(world, patient, "satu")
    patient.fails = True
    with pytest.raises(ZeroDivisionError):
        await world.turn(patient, world.text(None, kind="button", button="v1:1:ok"))
    patient.fails = False
    world.clock.forward(seconds=2)
    await answer(world, patient)
    assert patient.answered == ["satu"]


async def test_an_update_that_waits_is_taken_once(world: World, patient: Patient) -> None:
    same = world.text("satu", more_may_come=True)
    results = [await take_turn(world.house, same, patient, lease=True) for _ in range(3)]
    assert [result.duplicate for result in results] == [False, True, True]
    world.clock.forward(seconds=2)
    await answer(world, patient)
    assert patient.answered == ["satu"]


async def test_what_belonged_to_a_dropped_report_joins_no_later_ticket(world: World) -> None:
    async def drop(state: dict[str, Any], incoming: Incoming, meaning: Any, desk: Desk) -> Turned:
        return Turned({}, (Reply("Baik, tidak jadi."),), dropped=True)

    async def send(state: dict[str, Any], incoming: Incoming, meaning: Any, desk: Desk) -> Turned:
        line = await desk.open_ticket(Draft("rumah bocor", (), urgent=False, understood=True))
        return Turned({}, (Reply("Terkirim"),), ticket_number=line.number)

    await world.turn(incoming=world.text("anak saya dipukul"))
    await world.turn(drop, world.text("/batal"))
    await world.turn(incoming=world.text("rumah bocor"))
    await world.turn(send, world.text("kirim"))
    bound = [row.text for row in await world.all(Message) if row.ticket_id is not None]
    assert bound == ["rumah bocor", "kirim", "Terkirim"]


async def test_a_message_is_found_with_its_ticket_by_its_own_chat_alone(world: World) -> None:
    line = await world.open("school_fees")
    message = (await world.all(Message))[0].channel_message_id
    assert await world.with_desk(lambda desk: desk.ticket_of(message)) == line.number
    assert await world.with_desk(lambda desk: desk.ticket_of(message), chat="2002") is None
    assert await world.with_desk(lambda desk: desk.ticket_of(99)) is None


async def test_forwarded_words_are_marked(world: World) -> None:
    await world.turn(incoming=world.text("tolong dibantu", forwarded=True))
    assert [row.forwarded for row in await world.all(Message)] == [True]
    assert (await world.all(Conversation))[0].quiet_until is None
