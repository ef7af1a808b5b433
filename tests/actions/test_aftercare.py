"""After the answer: ratings once, why it did not help, complaints for the manager alone, the page behind a link."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from actions.answers import answer_view
from actions.details import details_view
from actions.errors import LinkExpired, LinkInvalid
from actions.talk import Turned
from actions.tickets import ticket_view
from referral.catalogue.shelf import Edition, Shelf
from storage.models import Feedback, Message, Ticket
from tests.actions.world import World


async def link_of(world: World, number: str) -> str:
    """The token of the link that the chat is given."""
    link = await world.with_desk(lambda desk: desk.details_link(number))
    assert link.startswith("https://slrt.example.go.id/l/")
    return str(link).rsplit("/", 1)[1]


async def test_a_confirmed_referral_is_rated_once(world: World) -> None:
    line = await world.open("school_fees")
    referral = await world.finish(line.number, "school_fees")
    assert not await world.with_desk(lambda desk: desk.rate(referral.id, 5))  # nothing was confirmed yet
    await world.confirm(referral)
    for stars in (0, 6):
        assert not await world.with_desk(lambda desk, stars=stars: desk.rate(referral.id, stars))
    assert not await world.with_desk(lambda desk: desk.rate(referral.id, 5), chat="666")
    assert await world.with_desk(lambda desk: desk.rate(referral.id, 4))
    assert not await world.with_desk(lambda desk: desk.rate(referral.id, 1))
    words = "Ramah. NIK 1571024405909003"
    assert await world.with_desk(lambda desk: desk.add_rating_words(referral.id, words)) == line.number
    assert await world.with_desk(lambda desk: desk.add_rating_words(referral.id, "x"), chat="666") is None
    (kept,) = await world.all(Feedback)
    assert (kept.kind, kept.stars, kept.ticket_id) == ("rating", 4, referral.ticket_id)
    assert kept.words is not None
    assert kept.words.startswith("Ramah")
    assert "1571024405909003" not in kept.words


async def test_a_restricted_referral_is_never_rated_or_explained_in_the_chat(world: World) -> None:
    line = await world.open("violence")
    referral = await world.finish(line.number, "violence")
    await world.confirm(referral)
    assert not await world.with_desk(lambda desk: desk.rate(referral.id, 5))
    assert await world.with_desk(lambda desk: desk.say_why(referral.id, "belum")) is None
    assert await world.with_desk(lambda desk: desk.reopen(referral.id)) is None


async def test_why_it_did_not_help_is_kept_beside_the_reopened_referral(world: World) -> None:
    line = await world.open("school_fees")
    referral = await world.finish(line.number, "school_fees")
    await world.confirm(referral, helped=False)
    assert await world.with_desk(lambda desk: desk.say_why(referral.id, "Uangnya belum sampai")) == line.number
    assert await world.with_desk(lambda desk: desk.say_why(referral.id, "orang lain"), chat="666") is None
    (kept,) = await world.all(Feedback)
    assert (kept.kind, kept.words, kept.handled_at) == ("not_helped", "Uangnya belum sampai", None)
    assert (await world.referral(line.number, "school_fees")).state == "approved"


async def test_a_complaint_is_kept_with_its_ticket(world: World) -> None:
    line = await world.open("school_fees")
    complaint = await world.with_desk(lambda desk: desk.complain("Petugasnya kasar", restricted=False))
    for chat, number in (("666", line.number), ("1001", "SLRT-1571-0000-00001")):
        stranger = await world.with_desk(lambda desk, n=number: desk.complain_about(complaint, n), chat=chat)
        assert stranger is None
    about = await world.with_desk(lambda desk: desk.complain_about(complaint, line.number))
    assert about is not None
    assert about.number == line.number
    await world.with_desk(lambda desk: desk.complain_about(complaint, line.number))
    assert (await world.events(line.number)).count("complained") == 1
    (kept,) = await world.all(Feedback)
    (ticket,) = await world.all(Ticket)
    assert (kept.kind, kept.words, kept.ticket_id) == ("complaint", "Petugasnya kasar", ticket.id)


async def test_only_managers_see_that_somebody_complained(world: World) -> None:
    line = await world.open("school_fees")

    async def complains(state: object, incoming: object, meaning: object, desk: object) -> Turned:
        number = await desk.complain("Petugas Rina kasar", restricted=False)  # type: ignore[attr-defined]
        await desk.complain_about(number, line.number)  # type: ignore[attr-defined]
        return Turned({}, ticket_number=line.number, confidential=True)

    await world.turn(complains, world.text("Petugas Rina kasar"))
    for role in ("fo", "bo", "coordinator"):
        view = await ticket_view(world.house, await world.officer(role), line.number)
        assert "Rina" not in str(view)
        assert "complained" not in {event.kind for event in view.events}
    view = await ticket_view(world.house, await world.officer("manager"), line.number)
    assert "Petugas Rina kasar" in [message.text for message in view.messages]
    assert "complained" in {event.kind for event in view.events}


async def test_a_finished_referral_is_reopened_on_a_complaint(world: World) -> None:
    line = await world.open("school_fees")
    referral = await world.finish(line.number, "school_fees")
    await world.confirm(referral)
    assert (await world.ticket(line.number)).state == "confirmed"
    assert await world.with_desk(lambda desk: desk.reopen(referral.id), chat="666") is None
    again = await world.with_desk(lambda desk: desk.reopen(referral.id))
    assert again.referrals[0].state == "approved"
    assert (await world.events(line.number))[-2:] == ["reopen_asked", "reopened"]
    assert len(await world.deliveries(referral)) == 2  # it reached its agency again
    assert await world.with_desk(lambda desk: desk.reopen(referral.id)) is None
    assert (await world.events(line.number)).count("reopen_asked") == 1


async def test_the_page_tells_what_the_chat_leaves_out(world: World) -> None:
    line = await world.open("school_fees", "cash_aid", "violence")
    referral = await world.sent(line.number, "school_fees")
    await world.step(referral, "finish", outcome="not_eligible", note="Sudah dibantu BOS")
    await world.step(await world.referral(line.number, "cash_aid"), "reject", "manager", reason="Di luar sasaran")
    assert not [text for text in await world.heard() if "BOS" in text or "sasaran" in text]

    before = len(await world.all(Message)), await world.events(line.number)
    view = await details_view(world.house, await link_of(world, line.number))
    assert [need.line.need for need in view.needs] == ["school_fees", "cash_aid"]  # nothing of the restricted one
    assert (view.needs[0].note, view.needs[1].reason) == ("Sudah dibantu BOS", "Di luar sasaran")
    assert "violence" not in str(view)
    assert "kekerasan" not in str(view)
    assert (len(await world.all(Message)) - before[0], await world.events(line.number)) == (1, before[1])


async def test_the_link_is_the_chats_own_ends_and_cannot_be_forged(world: World) -> None:
    line = await world.open("school_fees")
    hushed = await world.open("violence", chat="1002")
    assert await world.with_desk(lambda desk: desk.details_link(line.number), chat="666") is None
    token = await link_of(world, line.number)
    assert (await details_view(world.house, token)).number == line.number
    with pytest.raises(LinkInvalid):
        await details_view(world.house, token[:-2] + "xx")
    secret = await world.with_desk(lambda desk: desk.details_link(hushed.number), chat="1002")
    with pytest.raises(LinkInvalid):
        await details_view(world.house, secret.rsplit("/", 1)[1])
    deadlines = world.house.catalogue.deadlines.model_copy(update={"details_link_days": -1})
    late = replace(world.house, shelf=Shelf(Edition(0, replace(world.house.catalogue, deadlines=deadlines))))
    with pytest.raises(LinkExpired):
        await details_view(late, token)


async def test_without_https_telegram_gets_no_link_but_the_web_page_does(world: World) -> None:
    line = await world.open("school_fees")
    there = World(replace(world.house, public_url="http://localhost:8080"))
    assert await there.with_desk(lambda desk: desk.details_link(line.number), update_id=900) is None
    web = await there.open("school_fees", chat="browser", channel="web", complaint="x")
    link = await there.with_desk(
        lambda desk: desk.details_link(web.number), chat="browser", channel="web", update_id=None
    )
    assert link.startswith("http://localhost:8080/l/")


async def test_a_deadline_that_is_past_is_said(world: World) -> None:
    line = await world.open("school_fees")
    await world.sent(line.number, "school_fees")
    (ticket,) = await world.with_desk(lambda desk: desk.my_tickets())
    assert not ticket.referrals[0].late
    world.clock.forward(days=40)
    (ticket,) = await world.with_desk(lambda desk: desk.my_tickets())
    assert ticket.referrals[0].late
    assert timedelta(0) < world.clock() - ticket.referrals[0].due_at


async def test_the_agency_reads_why_it_did_not_help(world: World) -> None:
    line = await world.open("school_fees")
    referral = await world.finish(line.number, "school_fees")
    await world.confirm(referral, helped=False)
    await world.with_desk(lambda desk: desk.say_why(referral.id, "Uangnya belum sampai"))
    (_, again) = await world.deliveries(referral)
    token = again.payload["text"].split("/j/")[1].split()[0]
    assert (await answer_view(world.house, token)).not_helped == "Uangnya belum sampai"
