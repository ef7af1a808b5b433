"""Officers and residents write to each other through the bot; documents that were asked for arrive in the ticket."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from actions.attachments import attachment
from actions.desk import ContactWish
from actions.errors import Incomplete, LinkExpired, LinkInvalid, NotAllowed, NotFound, NotNow, NotSafe
from actions.inquiries import mark_seen, waits_for_resident, withdraw, write_to_resident
from actions.outbox import Settle
from actions.review import officer_step
from actions.steps import Said
from actions.talk import FileRef, Incoming, Turned
from actions.tickets import ticket_view
from actions.uploads import Upload, take_upload, upload_open
from actions.views import InquiryView
from actions.worklist import worklist
from storage.models import Inquiry, Message
from tests.actions.world import KASANG_PUDAK, World

PHOTO = b"\xff\xd8\xff a photo"


async def answering(state: dict[str, Any], incoming: Incoming, meaning: Any, desk: Any) -> Turned:
    """A conversation that takes everything as the answer to what was asked last."""
    asked = (await desk.asked(incoming.reply_to))[0]
    number = await desk.answer(asked.inquiry_id)
    return Turned({}, ticket_number=number, inquiry=asked.inquiry_id)


async def write(world: World, number: str, kind: str = "message", text: str = "Besok kami datang", **who: Any) -> None:
    """An officer writes to a resident."""
    await write_to_resident(world.house, await world.officer(**who), number, kind, text)


async def seen(world: World, number: str, **who: Any) -> InquiryView:
    """The newest of these as an officer sees it."""
    return (await ticket_view(world.house, await world.officer(**who), number)).inquiries[-1]


async def link(world: World) -> str:
    """The token of the upload link that the chat was given last."""
    rows = (await world.all(Message, Message.direction == "out"))[-1].buttons
    urls = [button["url"] for row in rows or () for button in row if button["url"]]
    assert urls[0].startswith("https://slrt.example.go.id/k/")
    return str(urls[0]).rsplit("/", 1)[1]


async def test_the_resident_reads_the_offices_name_and_who_wrote_is_kept(world: World) -> None:
    line = await world.open("school_fees")
    await write(world, line.number, text="Besok kami datang. NIK 1571024405909003")
    message = (await world.heard())[-1]
    assert "Puskesos Legok" in message
    assert "Ibu Petugas" not in message
    assert "1571024405909003" not in message
    letter = await seen(world, line.number)
    assert (letter.who, letter.office, letter.state, letter.travel) == (
        "Ibu Petugas",
        "Puskesos Legok",
        "waiting",
        "waiting",
    )
    assert (await world.events(line.number))[-1] == "officer_wrote"


async def test_a_managers_message_comes_from_the_slrt(world: World) -> None:
    line = await world.open("school_fees")
    await write(world, line.number, role="manager", region="15.71")
    assert "SLRT Kota Jambi" in (await world.heard())[-1]


async def test_an_answer_lands_in_the_ticket_and_on_the_worklist(world: World) -> None:
    line = await world.open("school_fees")
    await write(world, line.number, "question", "Berapa anaknya?")
    officer = await world.officer()
    (item,) = await worklist(world.house, officer)
    assert (item.waiting_for, item.answered) == ("resident", False)
    ticket = await world.ticket(line.number)
    async with world.house.database.transaction() as session:
        assert await waits_for_resident(session, ticket.id)

    await world.turn(answering, world.text("Tiga"))
    (item,) = await worklist(world.house, officer)
    assert (item.waiting_for, item.answered) == ("decision", True)
    letter = await seen(world, line.number)
    assert (letter.state, letter.unread, [one.text for one in letter.answers]) == ("answered", True, ["Tiga"])
    assert (await world.events(line.number))[-2:] == ["waiting_for_resident", "resident_answered"]
    async with world.house.database.transaction() as session:
        assert not await waits_for_resident(session, ticket.id)

    await world.turn(answering, world.text("Eh, empat"))
    assert [one.text for one in (await seen(world, line.number)).answers] == ["Tiga", "Eh, empat"]
    assert (await world.events(line.number)).count("resident_answered") == 1
    await mark_seen(world.house, officer, line.number)
    assert not (await worklist(world.house, officer))[0].answered
    assert not (await seen(world, line.number)).unread


async def test_writing_again_says_that_the_answer_was_seen(world: World) -> None:
    line = await world.open("school_fees")
    await write(world, line.number)
    await world.turn(answering, world.text("Baik bu"))
    await write(world, line.number, text="Terima kasih")
    assert not (await worklist(world.house, await world.officer()))[0].answered


async def test_what_may_still_be_answered_ends_with_time(world: World) -> None:
    line = await world.open("school_fees")
    limits = world.house.catalogue.deadlines
    await write(world, line.number)
    (asked,) = await world.with_desk(lambda desk: desk.asked())
    assert (asked.number, asked.waiting, asked.office) == (line.number, True, "Puskesos Legok")
    assert await world.with_desk(lambda desk: desk.asked(), chat="666") == []
    assert await world.with_desk(lambda desk: desk.answer(asked.inquiry_id), chat="666") is None
    assert await world.with_desk(lambda desk: desk.asked_by(asked.inquiry_id), chat="666") is None
    await world.turn(answering, world.text("Baik"))
    assert not (await world.with_desk(lambda desk: desk.asked()))[0].waiting
    world.clock.forward(minutes=limits.more_minutes + 1)
    assert await world.with_desk(lambda desk: desk.asked()) == []
    await write(world, line.number)
    world.clock.forward(days=limits.reply_days + 1)
    assert await world.with_desk(lambda desk: desk.asked()) == []


async def test_a_telegram_reply_names_what_it_answers_however_late(world: World) -> None:
    line = await world.open("school_fees")
    await write(world, line.number, text="Yang pertama")
    first = (await world.all(Message, Message.direction == "out"))[-1]
    async with world.house.database.transaction() as session:
        await Settle(world.house).received(session, {first.id: 7001})
    await write(world, line.number, text="Yang kedua")
    world.clock.forward(days=90)
    (asked,) = await world.with_desk(lambda desk: desk.asked(7001))
    assert asked.text == "Yang pertama"
    assert await world.with_desk(lambda desk: desk.asked(7002)) == []
    await world.turn(answering, world.text("Untuk yang pertama", reply_to=7001))
    assert [one.state for one in await world.all(Inquiry)] == ["answered", "waiting"]


async def test_words_said_before_it_was_asked_do_not_become_an_answer(world: World) -> None:
    line = await world.open("school_fees")
    await world.turn(incoming=world.text("kata lama"))
    await write(world, line.number)
    await world.turn(incoming=world.text("kata baru"))
    (asked,) = await world.with_desk(lambda desk: desk.asked())
    await world.with_desk(lambda desk: desk.answer(asked.inquiry_id, earlier=True))
    texts = [one.text for one in (await seen(world, line.number)).answers]
    assert "kata baru" in texts
    assert "kata lama" not in texts


async def test_to_a_restricted_case_nothing_is_written(world: World) -> None:
    line = await world.open("violence")
    view = await ticket_view(world.house, await world.officer(restricted=True), line.number)
    assert not view.may_write
    with pytest.raises(NotSafe):
        await write(world, line.number, restricted=True, role="manager", region="15.71")
    with pytest.raises(NotFound):
        await write(world, line.number)
    assert not await world.all(Inquiry)


async def test_by_her_own_wish_a_restricted_case_is_written_about_to_the_narrow_circle_alone(world: World) -> None:
    line = await world.open("violence", contact=ContactWish("write"))
    await write(world, line.number, "question", "Aman ditelepon?", restricted=True, role="manager", region="15.71")
    await world.turn(answering, world.text("Aman, jam 9"))
    (inquiry,) = await world.all(Inquiry)
    assert (inquiry.restricted, inquiry.state) == (True, "answered")
    assert {row.restricted for row in await world.all(Message, Message.inquiry_id == inquiry.id)} == {True}
    letter = await seen(world, line.number, restricted=True)
    assert [one.text for one in letter.answers] == ["Aman, jam 9"]


async def test_beside_a_restricted_need_officers_write_and_read_answers_without_a_hint(world: World) -> None:
    line = await world.open("school_fees", "violence")
    await write(world, line.number, "document", "Foto rapor")
    photo = world.text(None, kind="photo", file=FileRef("photo", "file-1"))
    await world.turn(answering, photo)
    view = await ticket_view(world.house, await world.officer(), line.number)
    assert view.messages == ()  # the resident's other words stay hidden
    (answer,) = view.inquiries[0].answers
    (file,) = answer.attachment_ids
    assert view.may_write
    with pytest.raises(NotFound):  # it was not fetched yet, and to another area's officer it isn't there at all
        await attachment(world.house, await world.officer(region=KASANG_PUDAK), file)


async def test_who_may_write_and_what_must_be_said(world: World) -> None:
    line = await world.open("school_fees")
    with pytest.raises(Incomplete, match="text"):
        await write(world, line.number, text=" ")
    with pytest.raises(Incomplete, match="kind"):
        await write(world, line.number, "order")
    for role in ("agency", "admin"):
        with pytest.raises(NotAllowed):
            await write(world, line.number, role=role)
    with pytest.raises(NotFound):
        await write(world, line.number, region=KASANG_PUDAK)


async def test_what_is_no_longer_needed_is_not_waited_for(world: World) -> None:
    line = await world.open("school_fees")
    await write(world, line.number, "document", "Foto KKS")
    (inquiry,) = await world.all(Inquiry)
    officer = await world.officer()
    with pytest.raises(NotFound):
        await withdraw(world.house, officer, line.number, inquiry.id + 1)
    await withdraw(world.house, officer, line.number, inquiry.id)
    with pytest.raises(NotNow):
        await withdraw(world.house, officer, line.number, inquiry.id)
    assert (await worklist(world.house, officer))[0].waiting_for == "decision"
    with pytest.raises(LinkInvalid):
        await upload_open(world.house, await link(world))


async def test_a_document_that_was_asked_for_arrives_through_its_page_once(world: World) -> None:
    line = await world.open("school_fees")
    await write(world, line.number, "document", "Foto KKS")
    token = await link(world)
    for _ in range(2):  # opening changes nothing
        view = await upload_open(world.house, token)
        assert (view.office, view.text) == ("Puskesos Legok", "Foto KKS")
    files = [Upload("kks.jpg", "image/jpeg", PHOTO), Upload(None, "application/pdf", b"%PDF-1.7")]
    await take_upload(world.house, token, files)
    with pytest.raises(LinkInvalid):
        await take_upload(world.house, token, files)
    letter = await seen(world, line.number)
    assert (letter.state, letter.unread) == ("answered", True)
    assert [one.kind for one in letter.answers] == ["photo", "document"]
    kind, name, content = await attachment(world.house, await world.officer(), letter.answers[0].attachment_ids[0])
    assert (kind, name, content) == ("image/jpeg", "kks.jpg", PHOTO)
    assert "sudah sampai" in (await world.heard())[-1]


async def test_two_who_send_at_once_send_once(world: World) -> None:
    line = await world.open("school_fees")
    await write(world, line.number, "document", "Foto KKS")
    token = await link(world)
    upload = [Upload("a.jpg", "image/jpeg", PHOTO)]
    results = await asyncio.gather(*(take_upload(world.house, token, upload) for _ in range(3)), return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["LinkInvalid", "LinkInvalid", "NoneType"]
    assert len((await seen(world, line.number)).answers) == 1


async def test_the_page_ends_with_time_and_cannot_be_guessed(world: World) -> None:
    line = await world.open("school_fees")
    await write(world, line.number, "document", "Foto KKS")
    token = await link(world)
    with pytest.raises(LinkInvalid):
        await upload_open(world.house, "x" + token)
    world.clock.forward(days=world.house.catalogue.deadlines.upload_link_days + 1)
    with pytest.raises(LinkExpired):
        await upload_open(world.house, token)


async def test_she_has_no_such_thing(world: World) -> None:
    line = await world.open("school_fees")
    await write(world, line.number, "document", "Foto KKS")
    (asked,) = await world.with_desk(lambda desk: desk.asked())
    assert await world.with_desk(lambda desk: desk.answer(asked.inquiry_id, declined=True)) == line.number
    letter = await seen(world, line.number)
    assert (letter.state, letter.unread) == ("declined", True)


async def test_an_officer_reopens_with_a_reason_and_the_resident_hears(world: World) -> None:

    line = await world.open("school_fees")
    referral = await world.finish(line.number, "school_fees")
    officer = await world.officer()
    with pytest.raises(Incomplete, match="reason"):
        await officer_step(world.house, officer, referral.id, "reopen", Said(reason=" "))
    await officer_step(world.house, officer, referral.id, "reopen", Said(reason="Salah orang"))
    assert "kami buka lagi" in (await world.heard())[-1]
    assert "Salah orang" not in (await world.heard())[-1]
    view = await ticket_view(world.house, officer, line.number)
    assert [event.note for event in view.events if event.kind == "reopened"] == ["Salah orang"]
