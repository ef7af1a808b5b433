"""Mails from agencies: what is applied, what is only kept, who may see it, and that each counts once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import undefer

from actions import retention
from actions.dispatch import mail_mark
from actions.errors import NotAllowed, NotFound
from actions.mail_desk import mark_mail_seen, stray_seen
from actions.mail_views import mail_file, stray_mails
from actions.mailbox import take_mail
from actions.tickets import ticket_view
from actions.worklist import worklist
from referral.channels.inbound import Bounce, InboundMail, MailFile
from referral.contacts import Channel, Contacts
from referral.queue import archive_ended
from storage.models import Delivery, Event, InboundFile, Referral, Ticket
from storage.models import InboundMail as Kept
from tests.actions.world import World

UNIT, NEED, OFFICE = "dinkes-kota-jambi", "health_treatment", "dinkes@agency.example"


@pytest.fixture
def world(world: World) -> World:
    """Answers by mail come in."""
    return replace(world, house=replace(world.house, answers_by_mail=True))


async def sent(world: World, need: str = NEED) -> tuple[str, Referral]:
    """A referral that was mailed to its unit."""
    line = await world.open(need)
    return line.number, await world.sent(line.number, need)


def answer(world: World, referral: Referral, text: str, **changes: Any) -> InboundMail:
    """The office's answer to its mail."""
    mark = mail_mark(world.house, referral)
    mail = InboundMail("<1@dinkes>", OFFICE, "Re: Rujukan", text, (f"<referral-1-1-email.{mark}@slrt>",))
    return replace(mail, **changes)


async def now(world: World, referral: Referral) -> Referral:
    """The referral as it stands."""
    (row,) = await world.all(Referral, Referral.id == referral.id)
    return row


async def receipts(world: World, referral: Referral) -> list[Delivery]:
    """What the office was told of its answers."""
    return [row for row in await world.deliveries(referral, "email") if "-receipt-" in row.key]


async def test_the_mail_tells_how_to_answer_and_bears_the_mark(world: World) -> None:
    _, referral = await sent(world)
    (mail,) = await world.deliveries(referral, "email")
    assert mail.payload["mark"] == mail_mark(world.house, referral)
    assert "TERIMA" in mail.payload["text"]
    silent = replace(world, house=replace(world.house, answers_by_mail=False))
    _, other = await sent(silent)
    assert "TERIMA" not in (await world.deliveries(other, "email"))[0].payload["text"]


@pytest.mark.parametrize(
    ("text", "state", "field", "value"),
    [
        ("TERIMA", "accepted", "outcome", None),
        ("KEMBALIKAN: ini urusan Dinsos", "returned", "reason", "ini urusan Dinsos"),
        ("TOLAK: kuota habis", "rejected", "reason", "kuota habis"),
        ("SELESAI: terbantu. Sudah diobati", "done", "outcome", "helped"),
    ],
)
async def test_an_answer_in_one_word_takes_the_step_of_the_page(
    world: World, text: str, state: str, field: str, value: str | None
) -> None:
    number, referral = await sent(world)
    assert await take_mail(world.house, answer(world, referral, text)) == "taken"
    row = await now(world, referral)
    assert (row.state, getattr(row, field)) == (state, value)
    (kept,) = await world.all(Kept)
    assert (kept.kind, kept.wants_look, kept.text) == ("reply", False, text)
    assert "agency_mailed" in await world.events(number)
    (receipt,) = await receipts(world, referral)
    assert receipt.payload["answers"] == "<1@dinkes>"
    assert receipt.payload["unit"] == UNIT
    assert "sudah kami catat" in receipt.payload["text"]


async def test_the_resident_hears_by_the_usual_way_alone(world: World) -> None:
    _, referral = await sent(world)
    before = len(await world.heard())
    for text in ("Orangnya bernama Siti, tolong sampaikan", "TANYA: di mana KTP-nya?", "TERIMA: kata rahasia"):
        await take_mail(world.house, answer(world, referral, text, message_id=f"<{text}>"))
    told = (await world.heard())[before:]
    assert len(told) == 1
    assert not [word for word in ("Siti", "KTP-nya", "rahasia") if word in told[0]]


async def test_the_same_mail_twice_does_nothing_more(world: World) -> None:
    _, referral = await sent(world)
    mail = answer(world, referral, "TERIMA")
    results = await asyncio.gather(*(take_mail(world.house, mail) for _ in range(4)))
    assert sorted(results) == ["again", "again", "again", "taken"]
    assert len(await world.all(Kept)) == len(await receipts(world, referral)) == 1
    # another sender's mail does not stand in the way of it by bearing its id
    assert await take_mail(world.house, replace(mail, sender="x@y")) == "stranger"


async def test_other_words_are_a_message_for_officers(world: World) -> None:
    number, referral = await sent(world)
    files = (MailFile("surat.pdf", "application/pdf", b"%PDF-1"), MailFile("besar.mp4", "video/mp4", bytes(21 << 20)))
    mail = answer(world, referral, "Terima kasih, mohon KTP 1571030101909001.\n\n> Kepada Dinas", files=files)
    assert await take_mail(world.house, mail) == "note"
    assert (await now(world, referral)).state == "sent"
    assert await receipts(world, referral) == []
    officer = await world.officer()
    (item,) = await worklist(world.house, officer)
    assert item.mailed
    (view,) = (await ticket_view(world.house, officer, number)).referrals
    (shown,) = view.mails
    assert shown.text is not None
    assert shown.text.startswith("Terima kasih, mohon KTP")
    assert "1571030101909001" not in shown.text
    assert "Kepada Dinas" not in shown.text
    assert "Kepada Dinas" in (shown.whole or "")
    assert [(name, there) for _, name, there in shown.files] == [("surat.pdf", True), ("besar.mp4", False)]
    small, large = (file_id for file_id, _, _ in shown.files)
    assert await mail_file(world.house, officer, small) == ("application/pdf", "surat.pdf", b"%PDF-1")
    for nothing in (large, 999):
        with pytest.raises(NotFound):
            await mail_file(world.house, officer, nothing)
    await mark_mail_seen(world.house, officer, number, referral.id)
    assert not (await worklist(world.house, officer))[0].mailed


async def test_what_came_is_sealed(world: World) -> None:
    _, referral = await sent(world)
    files = (MailFile("surat-siti.pdf", "application/pdf", b"isi surat"),)
    await take_mail(world.house, answer(world, referral, "Ibu Siti sudah datang", files=files))
    async with world.house.database.engine.connect() as connection:
        raw = "".join(
            [
                str(list(await connection.exec_driver_sql("select * from inbound_mail"))),
                str(list(await connection.exec_driver_sql("select * from inbound_file"))),
            ]
        )
    for secret in ("Siti", "siti", OFFICE, "isi surat"):
        assert secret not in raw


async def test_a_sender_whom_the_unit_does_not_have_is_held_for_an_officers_eye(world: World) -> None:
    number, referral = await sent(world)
    mail = answer(world, referral, "SELESAI: terbantu", sender="disdik@agency.example")
    assert await take_mail(world.house, mail) == "stranger"
    assert (await now(world, referral)).state == "sent"
    assert await receipts(world, referral) == []
    (view,) = (await ticket_view(world.house, await world.officer(), number)).referrals
    assert [(one.kind, one.unseen) for one in view.mails] == [("stranger", True)]
    assert "mail_held" in await world.events(number)


async def test_without_a_genuine_mark_nothing_is_applied(world: World) -> None:
    _, referral = await sent(world)
    forged = (f"<referral-{referral.id}-1-email@slrt>", f"slrt+r{referral.id}-1-739950-{'a' * 20}@slrt")
    mail = answer(world, referral, "TERIMA", places=forged)
    assert await take_mail(world.house, replace(mail, sender="siapa@lain.example")) == "not_ours"
    assert await world.all(Kept) == []
    assert await take_mail(world.house, mail) == "stray"
    assert (await now(world, referral)).state == "sent"


@pytest.mark.parametrize(
    ("text", "result"),
    [("TOLAK", "incomplete"), ("SELESAI: sudah", "incomplete"), ("MULAI", "not_now"), ("TANYA", "incomplete")],
)
async def test_what_does_not_fit_is_explained_and_shown(world: World, text: str, result: str) -> None:
    _, referral = await sent(world)
    assert await take_mail(world.house, answer(world, referral, text)) == result
    assert (await now(world, referral)).state == "sent"
    (kept,) = await world.all(Kept)
    assert kept.wants_look
    (receipt,) = await receipts(world, referral)
    assert "belum dicatat" in receipt.payload["text"].lower()


async def test_a_question_waits_for_an_officer(world: World) -> None:
    number, referral = await sent(world)
    assert await take_mail(world.house, answer(world, referral, "TANYA: KTP-nya di mana?")) == "asked"
    (event,) = await world.all(Event, Event.kind == "agency_asked")
    (kept,) = await world.all(Kept)
    assert (event.note, kept.text) == ("KTP-nya di mana?", "TANYA: KTP-nya di mana?")
    assert (await worklist(world.house, await world.officer()))[0].agency_asks
    assert (await worklist(world.house, await world.officer()))[0].mailed
    assert number in (await receipts(world, referral))[0].payload["text"]


async def test_an_answer_to_an_old_mail_is_only_a_message(world: World) -> None:
    number, referral = await sent(world)
    early = answer(world, referral, "TOLAK: tidak bisa")
    await world.step(referral, "finish", outcome="helped")
    await world.step(referral, "reopen", "system")
    assert await take_mail(world.house, early) == "old"
    assert (await now(world, referral)).state == "approved"
    late = answer(world, await now(world, referral), "TERIMA", message_id="<2@x>")
    world.clock.forward(days=61)
    assert await take_mail(world.house, late) == "old"
    assert "accepted" not in await world.events(number)


async def test_receipts_have_an_end(world: World) -> None:
    _, referral = await sent(world)
    for count in range(world.house.limits.mail.receipts_a_day + 3):
        await take_mail(world.house, answer(world, referral, "MULAI", message_id=f"<{count}@x>"))
    assert len(await receipts(world, referral)) == world.house.limits.mail.receipts_a_day


@pytest.mark.parametrize("changes", [{"automatic": True}, {"bounce": Bounce(OFFICE, "5.1.1", ""), "places": ()}])
async def test_machines_change_nothing(world: World, changes: dict[str, Any]) -> None:
    number, referral = await sent(world)
    before = await world.events(number)
    assert await take_mail(world.house, answer(world, referral, "TERIMA", **changes)) == "automatic"
    assert await world.all(Kept) == []
    assert await world.events(number) == before
    assert await receipts(world, referral) == []


async def test_a_restricted_case_is_not_answered_by_mail(world: World) -> None:
    line = await world.open("violence")
    referral = await world.sent(line.number, "violence")
    mail = answer(world, referral, "SELESAI: terbantu. Ibu Sari aman", sender="ppa@agency.example")
    assert await take_mail(world.house, mail) == "restricted"
    assert (await now(world, referral)).state in ("sent", "received")
    (receipt,) = await receipts(world, referral)
    for secret in ("Sari", "terbantu", line.number, "kekerasan"):
        assert secret not in str(receipt.payload).replace(str(receipt.payload["mark"]), "")
    circle = await world.officer("manager", "15.71", restricted=True)
    (view,) = (await ticket_view(world.house, circle, line.number)).referrals
    assert [one.text for one in view.mails] == ["SELESAI: terbantu. Ibu Sari aman"]
    with pytest.raises(NotFound):
        await ticket_view(world.house, await world.officer("manager", "15.71"), line.number)
    with pytest.raises(NotFound):
        await mark_mail_seen(world.house, await world.officer(), line.number, referral.id)


async def test_mails_beside_a_restricted_need_stay_in_its_circle(world: World) -> None:
    line = await world.open(NEED, "violence")
    open_one, secret = await world.sent(line.number, NEED), await world.sent(line.number, "violence")
    files = (MailFile("visum.pdf", "application/pdf", b"x"),)
    await take_mail(world.house, answer(world, secret, "Sudah kami dampingi", sender="ppa@agency.example", files=files))
    officer = await world.officer()
    (view,) = (await ticket_view(world.house, officer, line.number)).referrals
    assert view.id == open_one.id
    assert view.mails == ()
    assert not (await worklist(world.house, officer))[0].mailed
    (file,) = await world.all(InboundFile)
    with pytest.raises(NotFound):
        await mail_file(world.house, officer, file.id)


async def test_an_erasure_takes_the_mails_along_and_no_new_ones_are_kept(world: World) -> None:
    number, referral = await sent(world)
    mail = answer(world, referral, "TOLAK: Ibu Siti sudah pindah", files=(MailFile("siti.pdf", "x/y", b"isi"),))
    await take_mail(world.house, mail)
    async with world.house.database.transaction() as session:
        (await session.get_one(Ticket, referral.ticket_id)).state = "rejected"
    assert (await world.with_desk(lambda desk: desk.erase())).waits_for == ()
    (kept,) = await world.all(Kept)
    assert (kept.sender, kept.subject, kept.text, kept.whole) == ("", None, None, None)
    async with world.house.database.transaction() as session:
        (file,) = await session.scalars(select(InboundFile).options(undefer(InboundFile.content)))
        assert (file.file_name, file.content) == (None, None)
    assert await take_mail(world.house, replace(mail, message_id="<2@x>")) == "not_ours"
    assert len(await world.all(Kept)) == 1
    assert number


async def test_mails_without_a_referral_go_after_their_time(world: World) -> None:
    assert await take_mail(world.house, InboundMail("<1@x>", OFFICE, "Kuota", "Kuota habis", ())) == "stray"
    assert (await retention.run(world.house)).stray_mails == 0
    world.clock.forward(days=world.house.limits.retention.stray_mail_days + 1)
    assert (await retention.due(world.house))[0].stray_mails == 1
    assert (await retention.run(world.house)).stray_mails == 1
    assert await world.all(Kept) == []


async def test_mails_without_a_referral_are_for_managers(world: World) -> None:
    for number, sender in enumerate((OFFICE, "ppa@agency.example")):
        mail = InboundMail(f"<{number}@x>", sender, "Kuota", "Kuota habis", ())
        assert await take_mail(world.house, mail) == "stray"
    assert await take_mail(world.house, InboundMail("<9@x>", "iklan@x", "Promo", "Beli", ())) == "not_ours"
    manager = await world.officer("manager", "15.71")
    circle = await world.officer("manager", "15.71", restricted=True)
    assert [one.sender for one in await stray_mails(world.house, manager)] == [OFFICE]
    assert len(await stray_mails(world.house, circle)) == 2
    for refused in (stray_mails(world.house, await world.officer()), stray_seen(world.house, await world.officer(), 1)):
        with pytest.raises(NotAllowed):
            await refused
    hidden = next(one for one in await stray_mails(world.house, circle) if one.sender != OFFICE)
    await stray_seen(world.house, manager, hidden.id)  # not hers to see: nothing happens
    assert len(await stray_mails(world.house, circle)) == 2
    await stray_seen(world.house, circle, hidden.id)
    assert len(await stray_mails(world.house, circle)) == 1


def came_back(
    world: World, referral: Referral, address: str = OFFICE, key: str = "email", number: int = 1
) -> InboundMail:
    """A mail server's notice."""
    mark = mail_mark(world.house, referral)
    message_id = f"<referral-{referral.id}-{referral.link_serial}-{key}.{mark}@slrt>"
    return InboundMail(
        *(f"<dsn-{number}@mx>", "mailer-daemon@mx.example", "Undelivered", "Maaf", (message_id,)),
        automatic=True,
        bounce=Bounce(address, "5.1.1", message_id),
    )


async def test_a_mail_that_came_back_takes_the_next_channel(world: World) -> None:
    ways = (Channel("email", OFFICE), Channel("letter", ""))
    world = replace(world, house=replace(world.house, contacts=Contacts({UNIT: ways}, in_turn={UNIT: None})))
    number, referral = await sent(world)
    assert await take_mail(world.house, came_back(world, referral)) == "bounced"
    assert await take_mail(world.house, came_back(world, referral)) == "again"
    mail, letter = await world.deliveries(referral)
    assert (mail.state, letter.kind, letter.state) == ("held", "letter", "waiting")
    assert "5.1.1" in (mail.last_error or "")
    assert {"mail_bounced", "next_channel"} <= set(await world.events(number))
    assert not (await world.all(Kept))[0].wants_look


async def test_without_a_next_channel_staff_must_look(world: World) -> None:
    number, referral = await sent(world)
    assert await take_mail(world.house, came_back(world, referral)) == "bounced"
    (kept,) = await world.all(Kept)
    assert (kept.wants_look, kept.sender) == (True, OFFICE)
    assert (await world.deliveries(referral))[0].state == "held"  # thus in the list of what is stuck, and told by mail
    assert (await worklist(world.house, await world.officer()))[0].mailed
    assert (await now(world, referral)).state == "sent"
    assert number


async def test_a_late_notice_finds_its_mail_in_the_archive(world: World) -> None:
    number, referral = await sent(world)
    async with world.house.database.transaction() as session:
        await session.execute(update(Delivery).values(done_at=func.now() - timedelta(days=2)))
        assert await archive_ended(session, timedelta(days=1), 100)
    assert await take_mail(world.house, came_back(world, referral)) == "bounced"
    (view,) = (await ticket_view(world.house, await world.officer(), number)).referrals
    assert [(way.kind, way.state) for way in view.deliveries] == [("email", "dropped")]


async def test_one_of_two_addresses_is_no_failure_yet(world: World) -> None:
    two = (Channel("email", OFFICE), Channel("email", "Dua@agency.example"))
    world = replace(world, house=replace(world.house, contacts=Contacts({UNIT: two})))
    _, referral = await sent(world)
    assert await take_mail(world.house, came_back(world, referral)) == "bounced_partly"
    assert (await world.deliveries(referral))[0].state == "done"
    assert await take_mail(world.house, came_back(world, referral, "dua@agency.example", number=2)) == "bounced"
    assert (await world.deliveries(referral))[0].state == "held"


async def test_a_bounce_of_an_earlier_series_or_of_nothing_changes_nothing(world: World) -> None:
    _, referral = await sent(world)
    early = came_back(world, referral)
    await world.step(referral, "finish", outcome="helped")
    await world.step(referral, "reopen", "system")
    assert await take_mail(world.house, early) == "bounced_late"
    later = came_back(world, await now(world, referral), key="reminder-email", number=3)
    assert await take_mail(world.house, later) == "bounced_late"
    async with world.house.database.transaction() as session:
        states = set(await session.scalars(select(Delivery.state).where(Delivery.referral_id == referral.id)))
    assert "held" not in states
