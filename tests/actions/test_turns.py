"""A turn is one transaction, applied once, one after another in each chat."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy.exc import StatementError

from actions.attachments import LARGEST
from actions.desk import Desk
from actions.events import Actor
from actions.steps import Said, lock_referral, take_step
from actions.talk import Button, FileRef, Incoming, Reply, Turned
from actions.turns import give_up, take_turn
from nlu.scripted import ScriptedUnderstander
from storage.models import Attachment, Base, Conversation, Delivery, Event, InboundUpdate, Message, Referral, Ticket
from tests.actions.world import World, echo, quiet

NIK = "1571104705889001"


async def test_an_update_that_comes_many_times_at_once_is_applied_once(world: World) -> None:
    same = world.text("halo", update_id=7)

    results = await asyncio.gather(*(take_turn(world.house, same, echo, lease=True) for _ in range(5)))

    assert sorted(result.duplicate for result in results) == [False, True, True, True, True]
    assert (await world.conversation()).state == {"turns": 1}
    assert [row.text for row in await world.all(Message)] == ["halo", "jawaban 1"]
    assert len(await world.deliveries()) == 1


async def test_the_same_number_in_two_channels_is_two_updates(world: World) -> None:
    for channel in ("telegram", "web"):
        assert not (await world.turn(echo, world.text("halo", channel=channel, update_id=7))).duplicate


async def test_without_an_update_id_each_message_counts(world: World) -> None:
    for _ in range(2):
        assert not (await world.turn(echo, world.text("halo", channel="web", update_id=None))).duplicate
    assert (await world.conversation()).state == {"turns": 2}


async def test_a_step_that_raises_leaves_nothing(world: World) -> None:
    async def broken(state: dict[str, Any], incoming: Incoming, meaning: Any, desk: Desk) -> Turned:
        await desk.form_link()
        raise ZeroDivisionError

    incoming = world.text(file=FileRef("photo", "ref"))
    with pytest.raises(ZeroDivisionError):
        await world.turn(broken, incoming)

    for table in (InboundUpdate, Conversation, Message, Attachment, Delivery, Ticket):
        rows: type[Base] = table
        assert not await world.all(rows)
    assert not (await world.turn(echo, incoming)).duplicate


async def test_a_reply_that_can_not_be_kept_takes_everything_back_and_its_error_tells_nothing(world: World) -> None:
    async def unsayable(state: dict[str, Any], incoming: Incoming, meaning: Any, desk: Desk) -> Turned:
        broken: Any = object()
        return Turned({"told": True}, (Reply("Ibu Rahasia", ((Button("ya", broken),),)),))

    await world.open("school_fees")
    with pytest.raises(StatementError) as caught:
        await world.turn(unsayable)
    assert "Rahasia" not in str(caught.value)
    assert (await world.conversation()).state == {}
    assert len(await world.all(Message)) == 2  # those of the turn before


async def test_half_an_emoji_is_taken_like_any_other_text(world: World) -> None:
    await world.turn(echo, world.text("halo \ud83d"))
    assert (await world.all(Message))[0].text == "halo ?"


async def test_turns_of_one_chat_follow_each_other(world: World) -> None:
    within, most = 0, 0

    async def counting(state: dict[str, Any], incoming: Incoming, meaning: Any, desk: Desk) -> Turned:
        nonlocal within, most
        within += 1
        most = max(most, within)
        await desk.my_tickets()  # lets the others in, if nothing keeps them out
        within -= 1
        return Turned({"turns": state.get("turns", 0) + 1})

    await asyncio.gather(*(world.turn(counting, world.text(f"pesan {n}")) for n in range(5)))

    assert most == 1
    assert (await world.conversation()).state == {"turns": 5}


async def test_turns_of_two_chats_do_not_wait_for_each_other(world: World) -> None:
    both_in = asyncio.Barrier(2)

    async def meeting(state: dict[str, Any], incoming: Incoming, meaning: Any, desk: Desk) -> Turned:
        async with asyncio.timeout(20):
            await both_in.wait()
        return Turned({})

    await asyncio.gather(*(world.turn(meeting, world.text("halo", chat=chat)) for chat in ("1001", "1002")))
    assert len(await world.all(Conversation)) == 2


@pytest.mark.parametrize("written", [NIK, "1571 1047 0588 9001", "1571.1047.0588.9001", "15711047 05889001"])
async def test_an_identity_number_is_not_kept_in_the_text_and_its_message_is_taken_away(
    world: World, written: str
) -> None:
    result = await world.turn(quiet, world.text(f"nik sayo {written} yo", message_id=77), lease=True)

    (message,) = await world.all(Message)
    assert message.text == "nik sayo [nomor 16 angka] yo"
    (delivery,) = await world.deliveries(kind="telegram.delete")
    assert delivery.payload == {"chat": "1001", "message_id": 77}
    assert result.delivery_ids == (delivery.id,)


async def test_the_number_in_a_caption_and_in_an_edit_is_taken_away_too(world: World) -> None:
    await world.turn(quiet, world.text(f"ktp {NIK}", kind="photo", file=FileRef("photo", "ref")))
    await world.turn(quiet, world.text(f"ralat {NIK}", kind="edit"))
    assert NIK not in "".join(row.text or "" for row in await world.all(Message))
    assert len(await world.deliveries(kind="telegram.delete")) == 2


async def test_only_telegram_can_be_asked_to_delete(world: World) -> None:
    await world.turn(quiet, world.text(NIK, channel="web", update_id=None, message_id=None))
    assert not await world.deliveries()


async def test_the_conversation_may_ask_for_the_deletion_itself(world: World) -> None:
    async def secret(state: dict[str, Any], incoming: Incoming, meaning: Any, desk: Desk) -> Turned:
        return Turned({}, delete_incoming=True)

    await world.turn(secret, world.text("Siti Aminah"))
    assert len(await world.deliveries(kind="telegram.delete")) == 1


async def test_replies_are_leased_to_the_process_that_took_the_turn(world: World) -> None:
    result = await world.turn(echo, lease=True)
    (delivery,) = await world.deliveries()
    assert result.delivery_ids == (delivery.id,)
    assert (delivery.lane, delivery.ordered, delivery.kind) == (
        f"chat:{result.conversation_id}",
        True,
        "telegram.send",
    )
    assert delivery.leased_by == world.house.process
    assert delivery.payload["text"] == "jawaban 1"


async def test_a_channel_that_reads_for_itself_gets_no_delivery(world: World) -> None:
    result = await world.turn(echo, world.text("halo", channel="web", update_id=None), lease=True)
    assert result.delivery_ids == ()
    assert [row.text for row in await world.all(Message)] == ["halo", "jawaban 1"]


async def test_a_blocked_chat_is_noted_and_not_written_to_until_it_writes(world: World) -> None:
    await world.turn(echo)
    (first,) = await world.deliveries()
    await world.settle(first, "dropped")
    assert (await world.conversation()).blocked_at == world.clock()

    ticket = await world.open("school_fees")
    assert (await world.conversation()).blocked_at is None
    for delivery in await world.deliveries(kind="telegram.send"):
        await world.settle(delivery, "dropped")
    before = len(await world.deliveries(kind="telegram.send"))
    await world.sent(ticket.number, "school_fees")
    assert "sudah diteruskan" in (await world.heard())[-1]
    assert len(await world.deliveries(kind="telegram.send")) == before


async def test_what_can_not_be_digested_is_kept_and_answered(world: World) -> None:
    incoming = world.text(f"aneh {NIK}", raw={"message": "aneh"})
    assert not (await give_up(world.house, incoming)).duplicate
    assert (await give_up(world.house, incoming)).duplicate

    (update,) = await world.all(InboundUpdate)
    assert update.failed
    assert update.raw == {"message": "aneh"}
    said, answer = await world.all(Message)
    assert said.text == "aneh [nomor 16 angka]"
    assert "gangguan" in (answer.text or "")
    kinds = sorted(row.kind for row in await world.deliveries())
    assert kinds == ["job.understand", "telegram.delete", "telegram.send"]
    (ticket,) = await world.all(Ticket)
    assert ticket.complaint == "aneh [nomor 16 angka]"
    assert ticket.number in (answer.text or "")


async def test_the_nlu_is_only_asked_about_words(world: World, understander: ScriptedUnderstander) -> None:
    for incoming in (
        world.text("/start"),
        world.text("  "),
        world.text(None, kind="button", button="v1:x:y"),
        world.text(None, kind="location"),
    ):
        await world.turn(quiet, incoming)
    assert understander.asked == []
    await world.turn(quiet, world.text("anak sakit"))
    assert understander.asked == ["anak sakit"]


async def test_a_file_is_kept_and_fetched_later(world: World) -> None:
    await world.turn(quiet, world.text(None, kind="photo", file=FileRef("photo", "AgAC", "foto.jpg", "image/jpeg", 99)))
    (attachment,) = await world.all(Attachment)
    assert (attachment.file_ref, attachment.state, attachment.size) == ("AgAC", "waiting", 99)
    (job,) = await world.deliveries()
    assert (job.kind, job.payload) == ("telegram.fetch", {"attachment": attachment.id})


async def test_a_file_that_telegram_will_not_give_is_not_asked_for(world: World) -> None:
    await world.turn(quiet, world.text("ini", kind="document", file=FileRef("document", "BQAC", size=LARGEST + 1)))
    assert [row.text for row in await world.all(Message)] == ["ini"]
    assert not await world.all(Attachment)
    assert not await world.deliveries()


async def test_what_was_said_belongs_to_the_ticket_that_came_of_it_also_the_answers(world: World) -> None:
    await world.turn(echo, world.text("halo"))
    first = await world.open("school_fees")
    second = await world.open("cash_aid")

    ids = {number: (await world.ticket(number)).id for number in (first.number, second.number)}
    bound = [(row.text, row.ticket_id) for row in await world.all(Message)]
    assert [text for text, ticket in bound if ticket == ids[second.number]] == [
        "Anak sayo demam la tigo hari, dak ado duit berobat",
        f"Nomor {second.number}",
    ]
    assert all(ticket is not None for _, ticket in bound)


async def test_messages_beside_a_restricted_need_are_restricted(world: World) -> None:
    await world.turn(echo, world.text("halo"))
    await world.open("violence", "school_fees")
    said = [row for row in await world.all(Message) if row.direction == "in"]
    assert [row.restricted for row in said] == [True, True]


async def test_a_step_and_a_turn_of_the_same_resident_do_not_lock_each_other_out(world: World) -> None:
    """The turn has the conversation and wants the ticket; the officer has the ticket and writes to the conversation."""
    ticket = await world.open("school_fees", "cash_aid")
    done = await world.finish(ticket.number, "school_fees")
    other = await world.referral(ticket.number, "cash_aid")
    in_turn, in_step = asyncio.Event(), asyncio.Event()

    async def confirming(state: dict[str, Any], incoming: Incoming, meaning: Any, desk: Desk) -> Turned:
        in_turn.set()
        await in_step.wait()
        return Turned({"helped": await desk.confirm(done.id, True) is not None})

    async def officer() -> None:
        async with world.house.database.transaction() as session:
            case, referral = await lock_referral(session, other.id)
            in_step.set()
            await in_turn.wait()
            await take_step(session, world.house, case, referral, "reject", Actor("coordinator"), Said("tidak jelas"))

    async with asyncio.timeout(30):
        await asyncio.gather(world.turn(confirming, world.text(None, kind="button")), officer())
    assert (await world.conversation()).state == {"helped": True}
    assert (await world.ticket(ticket.number)).state == "confirmed"
    assert (await world.events(ticket.number)).count("rejected") == 1
    assert len(await world.all(Referral)) == 2
    assert await world.all(Event)
