"""One's own data: what is shown, taken back, erased; and that after an erasure nothing can be read any more."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from actions import retention
from actions.desk import ContactWish
from actions.erasure import REGISTRY_TABLES, STAFF_TABLES, Scope, rows_of, sealed_columns
from actions.errors import LinkInvalid, NotAllowed, NotFound, NotNow
from actions.export import export, export_for_request
from actions.requests import finish_requests, hand_over, open_requests
from actions.talk import FileRef
from actions.tickets import ticket_view
from actions.turns import give_up
from registry.samples import SAMPLE_PERSONS
from storage.models import (
    Attachment,
    Audit,
    Base,
    Conversation,
    DataRequest,
    Event,
    Feedback,
    InboundUpdate,
    Ticket,
)
from tests.actions.test_identity import agree, identity, link, send_form
from tests.actions.world import STORY, World

SITI, *_ = SAMPLE_PERSONS
MARKS = ("Siti", SITI.nik, SITI.kk, STORY, "rahasia", "1001")


async def readable(world: World) -> dict[str, list[Any]]:
    """Every sealed value of every table that can still be read and is not empty, but for the city's own lists."""
    found: dict[str, list[Any]] = {}
    async with world.house.database.transaction() as session:
        for table in Base.metadata.sorted_tables:
            for name in sealed_columns(table) if table.name not in REGISTRY_TABLES else ():
                values = (await session.scalars(select(table.c[name]))).all()
                kept = [value for value in values if value not in (None, "", {}, b"")]
                if kept:
                    found[f"{table.name}.{name}"] = kept
    return found


async def live(world: World) -> str:
    """A whole life of a ticket with everything that leaves texts behind. Returns its number."""
    await agree(world)
    line = await world.open("cash_aid", identity=identity(), consent=True, rt="12", rw="2")
    photo = world.text("ini rahasia", kind="photo", file=FileRef("photo", "telegram-file", "KTP.jpg"))
    await world.turn(incoming=photo)
    token = await link(world)
    await send_form(world, token, identity())
    await give_up(world.house, world.text("pesan rahasia yang gagal", raw={"text": "rahasia"}))
    async with world.house.database.transaction() as session:
        await session.execute(update(Ticket).values(state="withdrawn"))
    referral = await world.referral(line.number, "cash_aid")
    async with world.house.database.transaction() as session:
        session.add(Feedback(conversation_id=1, referral_id=referral.id, kind="not_helped", words="rahasia"))
        session.add(Event(ticket_id=1, kind="words_added", actor="resident", restricted=False, note="rahasia"))
    return line.number


async def erase(world: World) -> Any:
    return await world.with_desk(lambda desk: desk.erase())


def test_every_table_with_sealed_values_is_known_to_the_erasure() -> None:
    """A new table must be reachable from the chat, be one of the city's own lists, or be about its staff."""
    for table in Base.metadata.sorted_tables:
        if sealed_columns(table) and table.name not in REGISTRY_TABLES | STAFF_TABLES:
            assert rows_of(table, Scope(1)) is not None, table.name


@pytest.mark.usefixtures("registry")
async def test_after_an_erasure_nothing_can_be_read_by_any_query(world: World) -> None:
    await live(world)
    before = await readable(world)
    assert {"message.text", "ticket.nik", "event.note", "inbound_update.raw", "feedback.words"} <= set(before)

    assert (await erase(world)).waits_for == ()

    # what is left is the bare chat id, and the answer that still has to be sent
    assert set(await readable(world)) <= {"conversation.chat", "message.text", "delivery.payload"}
    assert all(not (row.nik or row.rt or row.person_id) for row in await world.all(Ticket))
    assert all(row.person_id is None for row in await world.all(Audit) if row.ticket_id)

    world.clock.forward(hours=25)
    await finish_requests(world.house)
    left = await readable(world)
    assert set(left) <= {"message.text", "delivery.payload"}
    # what is still to be done about a ticket names its id and nothing else
    assert all(list(payload) == ["ticket"] for payload in left.get("delivery.payload", ()))
    assert not any(mark in str(left) for mark in MARKS)
    assert [row.state for row in await world.all(DataRequest)] == ["done"]


async def test_the_chat_begins_anew_afterwards(world: World) -> None:
    await world.turn()
    await erase(world)
    world.clock.forward(hours=25)
    await finish_requests(world.house)
    await world.turn()
    old, new = await world.all(Conversation)
    assert (old.chat, new.chat) == ("", "1001")
    assert old.chat_hash != new.chat_hash


async def test_who_comes_back_meanwhile_keeps_her_chat(world: World) -> None:
    await world.turn()
    await erase(world)
    world.clock.forward(hours=1)
    await world.turn()
    world.clock.forward(hours=24)
    await finish_requests(world.house)
    (conversation,) = await world.all(Conversation)
    assert conversation.chat == "1001"
    assert [row.state for row in await world.all(DataRequest)] == ["done"]


async def test_another_chat_loses_nothing(world: World) -> None:
    await world.open("cash_aid", chat="2002", identity=identity())
    mine = await world.open("food_aid")
    referral = await world.referral(mine.number, "food_aid")
    await world.step(referral, "reject", "coordinator", reason="bukan di sini")
    before = await readable(world)
    assert (await erase(world)).waits_for == ()
    other = [row for row in await world.all(Ticket) if row.number != mine.number]
    assert [row.nik for row in other] == [SITI.nik]
    assert before["ticket.complaint"].count(STORY) == 2
    assert (await readable(world))["ticket.complaint"] == [STORY]


async def test_an_open_ticket_is_kept_and_erased_when_it_has_ended(world: World) -> None:
    line = await world.open("cash_aid", identity=identity())
    assert (await erase(world)).waits_for == (line.number,)
    assert (await world.ticket(line.number)).nik == SITI.nik
    manager = await world.officer("manager", "15.71")
    (request,) = await open_requests(world.house, manager)
    assert (request.kind, request.state, request.tickets) == ("erase", "waiting", (line.number,))
    assert request.due_at - request.at == timedelta(hours=72)
    assert await finish_requests(world.house) == 0

    await world.step(await world.referral(line.number, "cash_aid"), "reject", "coordinator", reason="bukan di sini")
    assert await finish_requests(world.house) == 1
    assert not (await world.ticket(line.number)).nik
    assert "sudah kami hapus" in (await world.heard())[-1]
    view = await ticket_view(world.house, manager, line.number)
    assert not view.complaint
    assert "erased" in [event.kind for event in view.events]


async def test_a_restricted_ticket_is_neither_shown_nor_betrayed(world: World) -> None:
    line = await world.open("violence", urgent=True)
    data = await world.with_desk(lambda desk: desk.my_data())
    assert (data.tickets, data.files) == ((), 0)
    assert (await erase(world)).waits_for == ()
    ticket = await world.ticket(line.number)
    assert ticket.complaint == STORY
    manager = await world.officer("manager", "15.71", restricted=True)
    assert [request.tickets for request in await open_requests(world.house, manager)] == [()]


async def test_the_code_alone_opens_what_is_kept_of_a_restricted_report(world: World) -> None:
    wish = ContactWish("call", "081234567890")
    line = await world.open("violence", urgent=True, contact=wish, channel="web")
    other = await world.open("food_aid", channel="web")
    wrong = await world.with_desk(lambda desk: desk.unlock("melati 00", data=True), channel="web")
    assert (wrong.kept, wrong.copy) == (None, None)
    opened = await world.with_desk(lambda desk: desk.unlock(line.code, data=True), channel="web")
    assert [kept.number for kept in opened.kept.tickets] == [line.number]
    assert (opened.kept.messages, opened.kept.phone_ends) == (2, ("7890",))

    ordinary = await world.with_desk(lambda desk: desk.export_link(), channel="web")
    assert ordinary != opened.copy
    hidden = await _unpacked(world, opened.copy)
    assert [ticket["number"] for ticket in hidden["tickets"]] == [line.number]
    assert hidden["tickets"][0]["words"] == STORY
    assert [need["need"] for need in hidden["tickets"][0]["needs"]] == [
        world.house.catalogue.needs["violence"].everyday
    ]
    shown = await _unpacked(world, ordinary)
    assert [ticket["number"] for ticket in shown["tickets"]] == [other.number]
    with pytest.raises(LinkInvalid):
        await _unpacked(world, opened.copy)


async def _unpacked(world: World, link: str) -> Any:
    packed = await export(world.house, link.rpartition("/")[2])
    return json.loads(zipfile.ZipFile(io.BytesIO(packed)).read("data.json"))


@pytest.mark.usefixtures("registry")
async def test_consent_taken_back_ends_the_look_up_and_officers_see_it(world: World) -> None:
    token = await link(world)
    line = await world.open("cash_aid")
    await send_form(world, token, identity(), late=True)
    assert (await world.ticket(line.number)).person_id
    assert await world.with_desk(lambda desk: desk.withdraw_consent())
    ticket = await world.ticket(line.number)
    assert (ticket.nik, ticket.kk, ticket.person_id, ticket.lookup_facts) == (None, None, None, None)
    assert [row.content for row in await world.all(Attachment)] == [None]
    view = await ticket_view(world.house, await world.officer(), line.number)
    assert [row.withdrawn_at is not None for row in view.consents] == [True]
    assert "consent_withdrawn" in [event.kind for event in view.events]
    assert not await world.with_desk(lambda desk: desk.withdraw_consent())
    assert [row.kind for row in await world.all(DataRequest)] == ["withdraw"]


async def test_what_is_shown_is_masked(world: World) -> None:
    await agree(world)
    line = await world.open("cash_aid", identity=identity(), consent=True)
    data = await world.with_desk(lambda desk: desk.my_data())
    assert data.initials == ("S. A.",)
    assert data.nik_ends == (SITI.nik[-4:],)
    assert [(kept.number, kept.open) for kept in data.tickets] == [(line.number, True)]
    assert [(given, withdrawn) for _, given, withdrawn in data.consents] == [(True, False)]
    assert SITI.nik not in str(data)


async def test_the_copy_has_all_of_it_and_nothing_restricted(world: World) -> None:
    await world.open("violence", urgent=True, complaint="suami rahasia")
    token = await link(world)
    line = await world.open("cash_aid")
    await send_form(world, token, identity(), late=True)
    await world.open("food_aid", chat="2002", complaint="cerita orang lain")
    url = await world.with_desk(lambda desk: desk.export_link())
    content = await export(world.house, url.rsplit("/", 1)[1])

    archive = zipfile.ZipFile(io.BytesIO(content))
    assert sorted(archive.namelist()) == ["BACA-SAYA.txt", "berkas/001-KTP.jpg", "data.json"]
    copy = json.loads(archive.read("data.json"))
    assert [(ticket["number"], ticket["nik"], ticket["words"]) for ticket in copy["tickets"]] == [
        (line.number, SITI.nik, STORY)
    ]
    letter = archive.read("BACA-SAYA.txt").decode()
    assert all(words in letter for words in (line.number, SITI.nik, STORY, "bantuan"))
    for secret in ("rahasia", "orang lain", "violence", "kekerasan"):
        assert secret not in letter.replace("Jangan dikirim ke orang lain", "")
        assert secret not in json.dumps(copy)
    with pytest.raises(LinkInvalid):
        await export(world.house, url.rsplit("/", 1)[1])


async def test_the_two_kinds_of_links_open_only_their_own_page(world: World) -> None:
    form = await link(world)
    copy = (await world.with_desk(lambda desk: desk.export_link())).rsplit("/", 1)[1]
    with pytest.raises(LinkInvalid):
        await export(world.house, form)
    with pytest.raises(LinkInvalid):
        await send_form(world, copy, identity())


async def test_without_https_the_office_hands_the_copy_over(world: World) -> None:
    plain = World(replace(world.house, public_url="http://127.0.0.1:8080"))
    assert await plain.with_desk(lambda desk: desk.export_link()) is None
    manager = await world.officer("manager", "15.71")
    (request,) = await open_requests(world.house, manager)
    assert zipfile.ZipFile(io.BytesIO(await export_for_request(world.house, request.id))).namelist()
    await hand_over(world.house, manager, request.id)
    assert not await open_requests(world.house, manager)
    with pytest.raises(NotNow):
        await hand_over(world.house, manager, request.id)
    with pytest.raises(NotFound):
        await export_for_request(world.house, request.id)
    with pytest.raises(NotAllowed):
        await open_requests(world.house, await world.officer("coordinator"))


async def test_the_history_loses_its_texts_and_nothing_else(world: World) -> None:
    await world.open("cash_aid")

    async def run(statement: str) -> None:
        async with world.house.database.transaction() as session:
            await session.execute(text(statement))

    await run("insert into audit (actor, action, reason, person_id) values ('x', 'y', 'z', 1)")
    for statement in (
        "update event set note = 'x'",
        "update event set note = null, kind = 'y'",
        "delete from event",
        "update audit set person_id = 2",
        "delete from audit",
    ):
        with pytest.raises(DBAPIError, match="never changed"):
            await run(statement)
    await run("update event set note = null")
    await run("update audit set person_id = null")


async def test_old_things_go_by_themselves_once_a_day(world: World) -> None:
    await live(world)
    await world.open("food_aid", chat="2002")
    assert await retention.run_daily(world.house) == retention.Due()
    assert await retention.run_daily(world.house) is None
    world.clock.moment = datetime.now(UTC) + timedelta(days=365 * 5 + 2)
    found, _ = await retention.due(world.house)
    done = await retention.run_daily(world.house)
    assert done is not None
    assert (found.tickets, done.tickets) == (2, 2)
    assert all(row.raw is None for row in await world.all(InboundUpdate))
    left = await readable(world)
    assert left["ticket.complaint"] == [STORY]
    assert not any(mark in str(left) for mark in ("Siti", "rahasia"))
    open_chat = [row for row in await world.all(Conversation) if row.chat]
    assert [row.chat for row in open_chat] == ["2002"]
    assert (await retention.due(world.house))[0] == retention.Due()
