"""Restricted reports on shared phones: the code, the silence, and the wish for contact."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event

from actions.answers import agency_view
from actions.chat import history
from actions.desk import ContactWish, Desk, TicketLine, Unlocked
from actions.talk import Incoming, Reply, Turned
from actions.tickets import ticket_view
from actions.turns import give_up
from storage.models import Delivery, Message, SafeContact, SafetyAttempt
from tests.actions.world import World

CALL = ContactWish("call", "081234567890", "habis magrib")
WRITE = ContactWish("write")


async def unlock(world: World, typed: str, **incoming: Any) -> Unlocked:
    """Type a code."""
    found: Unlocked = await world.with_desk(lambda desk: desk.unlock(typed), **incoming)
    return found


async def mine(world: World, **incoming: Any) -> list[TicketLine]:
    """What /status is made of."""
    found: list[TicketLine] = await world.with_desk(lambda desk: desk.my_tickets(), **incoming)
    return found


async def test_a_restricted_report_is_seen_with_its_code_alone_and_once(world: World) -> None:
    line = await world.open("violence", urgent=True)
    plain = await world.open("school_fees")
    assert line.code
    assert plain.code is None
    assert [ticket.number for ticket in await mine(world)] == [plain.number]
    opened = await unlock(world, line.code.upper().replace(" ", ""))
    assert opened.ticket
    assert (opened.ticket.number, [r.need for r in opened.ticket.referrals]) == (line.number, ["violence"])
    assert [ticket.number for ticket in await mine(world)] == [plain.number]  # it has closed again


async def test_of_a_mixed_ticket_the_code_shows_the_restricted_need_and_status_the_other(world: World) -> None:
    line = await world.open("violence", "school_fees")
    assert line.code
    assert [[r.need for r in ticket.referrals] for ticket in await mine(world)] == [["school_fees"]]
    opened = await unlock(world, line.code)
    assert opened.ticket
    assert [r.need for r in opened.ticket.referrals] == ["violence"]


async def test_a_code_opens_nothing_in_another_chat(world: World) -> None:
    line = await world.open("violence", chat="1001")
    assert line.code
    assert await unlock(world, line.code, chat="2002") == Unlocked()


async def test_wrong_codes_are_throttled_and_the_right_one_with_them(world: World) -> None:
    rules = world.house.catalogue.safety
    line = await world.open("violence")
    assert line.code
    for _ in range(rules.tries):
        assert await unlock(world, "melati 00") == Unlocked()
    assert await unlock(world, line.code) == Unlocked(wait=True)
    world.clock.forward(minutes=rules.minutes + 1)
    assert (await unlock(world, line.code)).ticket


@pytest.mark.parametrize("typed", ["melati 99", "bukan kode", ""])
async def test_a_chat_with_codes_does_the_same_as_one_without(world: World, typed: str) -> None:
    """Neither words nor work tell whether there is a code: the same statements run, with the same answer."""
    await world.open("violence", chat="1001")
    await world.with_desk(lambda desk: desk.my_tickets(), chat="2002")
    asked: list[str] = []
    engine = world.house.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    statements = []
    for chat in ("1001", "2002"):
        asked.clear()
        assert await unlock(world, typed, chat=chat) == Unlocked()
        statements.append(list(asked))
    assert statements[0] == statements[1]
    assert len(await world.all(SafetyAttempt)) == 2


async def test_the_code_is_kept_nowhere_once_it_was_shown(world: World) -> None:
    codes: list[str] = []

    async def step(state: dict[str, Any], incoming: Incoming, meaning: Any, desk: Desk) -> Turned:
        from actions.desk import Draft, DraftNeed

        line = await desk.open_ticket(Draft("dipukul", (DraftNeed("violence", "danger"),), False, True))
        codes.append(line.code or "")
        return Turned({}, (Reply(f"Kode: {line.code}", restricted=True, secret=True),), ticket_number=line.number)

    async def typed(state: dict[str, Any], incoming: Incoming, meaning: Any, desk: Desk) -> Turned:
        assert (await desk.unlock(incoming.text or "")).ticket
        return Turned({}, secret=True, restricted=True)

    await world.turn(step)
    for delivery in await world.deliveries(kind="telegram.send"):
        assert codes[0] in delivery.payload["text"]
        await world.settle(delivery)
    await world.turn(typed, world.text(codes[0]))
    await world.turn(step, world.text(chat="web-chat", channel="web", message_id=None))
    assert any(codes[1] in (line.text or "") for line in await history(world.house, "web", "web-chat"))
    await world.turn(incoming=world.text("halo", chat="web-chat", channel="web", message_id=None))
    assert not any(codes[1] in (line.text or "") for line in await history(world.house, "web", "web-chat"))
    kept = [row.text or "" for row in await world.all(Message)]
    kept += [str(row.payload) for row in await world.all(Delivery)]
    kept += [str(row.answer) for row in await world.all(SafeContact)]
    assert not [text for text in kept for code in codes if code in text]


async def test_a_typed_code_is_taken_from_the_chat_and_never_shown_to_officers(world: World) -> None:
    async def typed(state: dict[str, Any], incoming: Incoming, meaning: Any, desk: Desk) -> Turned:
        return Turned({}, secret=True, restricted=True)

    await world.turn(typed, world.text("melati 47"))
    (gone,) = await world.deliveries(kind="telegram.delete")
    assert gone.payload["message_id"] == (await world.all(Message))[0].channel_message_id
    line = await world.open("violence")
    view = await ticket_view(world.house, await world.officer(restricted=True), line.number)
    assert "melati 47" not in str(view)


async def test_a_code_in_a_turn_that_fails_is_not_kept_either(world: World) -> None:
    await give_up(world.house, world.text("melati 47"))
    assert [row.text for row in await world.all(Message, Message.direction == "in")] == [None]


async def test_by_default_nothing_is_written_about_a_restricted_need(world: World) -> None:
    for wish in (None, CALL, ContactWish("none"), ContactWish()):
        line = await world.open("violence", contact=wish)
        before = await world.heard()
        referral = await world.finish(line.number, "violence")
        assert await world.confirm(referral) is None
        assert await world.heard() == before


async def test_by_her_wish_only_that_there_is_news_is_written(world: World) -> None:
    line = await world.open("violence", contact=WRITE)
    before = len(await world.heard())
    referral = await world.finish(line.number, "violence")
    news = (await world.heard())[before:]
    assert news
    for text in news:
        assert "kode pengaman" in text
        for word in ("ekerasan", line.number, "PPA", "sudah diberikan"):
            assert word not in text
    assert "Apakah sudah terbantu?" in news[-1]
    assert not [n for n in news[:-1] if "terbantu" in n]
    assert await world.confirm(referral) is not None
    assert (await world.referral(line.number, "violence")).confirmation == "helped"


async def test_the_wish_is_shown_to_those_who_may_see_the_need_alone(world: World) -> None:
    line = await world.open("violence", "school_fees", urgent=True, contact=CALL)
    referral = await world.sent(line.number, "violence")
    await world.sent(line.number, "school_fees")
    named = await ticket_view(world.house, await world.officer(restricted=True), line.number)
    by_need = {r.need: r.contact for r in named.referrals}
    assert by_need["violence"]
    assert (by_need["violence"].way, by_need["violence"].number) == ("call", "081234567890")
    assert by_need["school_fees"] is None
    assert "0812" not in str(await ticket_view(world.house, await world.officer(), line.number))
    ppa = await world.officer("agency", None, unit=referral.unit)
    case = await agency_view(world.house, ppa, referral.id)
    assert case.contact
    assert case.contact.words == "habis magrib"
    disdik = await world.officer("agency", None, unit="disdik-kota-jambi")
    fees = await world.referral(line.number, "school_fees")
    assert "0812" not in str(await agency_view(world.house, disdik, fees.id))


async def test_who_may_be_called_in_another_danger_is_told_to_its_officers(world: World) -> None:
    line = await world.open("health_treatment", "school_fees", urgent=True, contact=CALL)
    view = await ticket_view(world.house, await world.officer(), line.number)
    assert {r.need: bool(r.contact) for r in view.referrals} == {"health_treatment": True, "school_fees": False}
    assert line.code is None


async def test_the_answer_is_sealed(world: World) -> None:
    await world.open("violence", contact=CALL)
    async with world.house.database.engine.connect() as connection:
        from sqlalchemy import text

        rows = (await connection.execute(text("select * from safe_contact"))).all()
    assert "081234567890" not in "".join(
        part.decode("utf-8", "ignore") if isinstance(part, bytes) else str(part) for row in rows for part in row
    )
