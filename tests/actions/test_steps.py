"""The life of a referral with what belongs to each step: delivery, event, ticket's state, word to the resident."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from actions.errors import Incomplete, NotAllowed, NotFound, NotNow
from actions.review import add_need, approve, ask_visit, officer_step, recommend, record_visit, reject, send_back
from actions.service import SessionDesk
from actions.steps import Said
from referral.links import read_answer
from storage.keys import keys
from storage.models import Delivery, Message, Referral, Visit
from tests.actions.world import KASANG_PUDAK, World


async def test_approval_queues_one_delivery_for_each_channel_of_the_unit(world: World) -> None:
    line = await world.open("cash_aid", "school_fees")
    await approve(world.house, await world.officer(), (await world.referral(line.number, "cash_aid")).id)

    referral = await world.referral(line.number, "cash_aid")
    mail, webhook = await world.deliveries(referral)
    assert (mail.kind, mail.key, mail.lane) == ("email", f"referral-{referral.id}-1-email", "agency:dinsos-kota-jambi")
    assert (webhook.kind, webhook.key) == ("webhook", f"referral-{referral.id}-1-webhook")
    link = webhook.payload["body"]["data"]["link"]
    assert link.startswith("https://slrt.example.go.id/j/")
    same = link.rsplit(".", 2)[0]  # each is signed with its own second
    assert same in mail.payload["text"]
    assert same in mail.payload["html"]
    assert line.number in mail.payload["subject"]
    assert webhook.payload["body"]["data"] | {"link": ""} == {
        "referral": referral.id,
        "ticket": line.number,
        "need": "cash_aid",
        "urgent": False,
        "region": "15.71.10.1003",
        "due_at": referral.due_at.isoformat() if referral.due_at else "",
        "link": "",
    }
    assert (await world.ticket(line.number)).state == "registered"  # the other need is undecided


async def test_no_personal_data_leaves_with_a_mail_or_webhook(world: World) -> None:
    line = await world.open("cash_aid", complaint="Suami saya Bambang meninggal", rt="7")
    await world.sent(line.number, "cash_aid")
    for row in await world.deliveries(await world.referral(line.number, "cash_aid")):
        assert "Bambang" not in str(row.payload)


async def test_of_a_restricted_need_only_that_a_case_waits_goes_out(world: World) -> None:
    line = await world.open("violence", "school_fees", urgent=True)
    referral = await world.referral(line.number, "violence")
    mail, webhook = await world.deliveries(referral)
    link = f"https://slrt.example.go.id/kasus/{referral.id}"
    assert webhook.payload["body"] == {"type": "case.waiting", "data": {"link": link}}
    assert mail.payload["subject"] == "SLRT: ada perkara yang menunggu"
    everything = str(mail.payload).lower().replace(mail.payload["unit"], "")
    for told in (line.number, "kekerasan", "violence", "legok", "perempuan", "anak", "/j/"):
        assert told.lower() not in everything


async def test_a_unit_without_an_address_gets_a_letter(world: World) -> None:
    line = await world.open("housing_repair")
    await world.step(await world.referral(line.number, "housing_repair"), "approve", "coordinator")
    (delivery,) = await world.deliveries(await world.referral(line.number, "housing_repair"))
    assert (delivery.kind, delivery.lane) == ("letter", "job:letters")


async def test_delivery_marks_it_sent_and_a_webhooks_answer_received(world: World) -> None:
    line = await world.open("school_fees", "cash_aid")
    assert (await world.sent(line.number, "school_fees")).state == "sent"
    assert (await world.ticket(line.number)).state == "registered"
    assert (await world.sent(line.number, "cash_aid")).state == "received"
    assert (await world.ticket(line.number)).state == "in_progress"
    told = [text for text in await world.heard() if "sudah diteruskan" in text]
    assert len(told) == 2  # one for each need, however many channels it has


async def test_a_delivery_that_is_held_is_seen_by_staff(world: World) -> None:
    line = await world.open("school_fees")
    referral = await world.referral(line.number, "school_fees")
    await world.step(referral, "approve", "coordinator")
    (delivery,) = await world.deliveries(referral)
    await world.settle(delivery, "held")
    assert (await world.events(line.number))[-1] == "delivery_held"
    assert (await world.referral(line.number, "school_fees")).state == "approved"


async def test_an_agency_that_is_quicker_than_our_mark_is_not_set_back(world: World) -> None:
    line = await world.open("school_fees")
    referral = await world.referral(line.number, "school_fees")
    await world.step(referral, "approve", "coordinator")
    await world.step(referral, "accept")
    for delivery in await world.deliveries(referral):
        await world.settle(delivery)
    assert (await world.referral(line.number, "school_fees")).state == "accepted"
    assert not [text for text in await world.heard() if "sudah diteruskan" in text]


async def test_the_resident_hears_of_each_step_and_is_asked_in_the_end(world: World) -> None:
    line = await world.open("school_fees")
    referral = await world.sent(line.number, "school_fees")
    await world.step(referral, "accept")
    await world.step(referral, "start")
    await world.step(referral, "finish", outcome="helped_partly")

    heard = (await world.heard())[1:]
    for words, text in zip(("diteruskan", "akan mengurus", "mulai", "Sebagian bantuan"), heard, strict=True):
        assert words in text
        assert line.number in text
    last = (await world.all(Message))[-1]
    helped, not_helped, answer = [button for row in last.buttons or () for button in row]
    assert (helped["data"], not_helped["data"]) == (f"c:{referral.id}:y", f"c:{referral.id}:n")
    assert answer["url"].startswith("https://slrt.example.go.id/l/")
    done = await world.referral(line.number, "school_fees")
    assert (done.state, done.outcome, done.confirmation) == ("done", "helped_partly", "waiting")
    assert (await world.ticket(line.number)).state == "resolved"
    sends = [row for row in await world.deliveries(kind="telegram.send") if row.payload["text"] == last.text]
    assert sends[0].payload["buttons"] == last.buttons


async def test_of_a_restricted_need_the_phone_says_nothing(world: World) -> None:
    line = await world.open("violence")
    before = len(await world.heard())
    await world.finish(line.number, "violence")
    assert len(await world.heard()) == before


async def test_helped_is_confirmed_once(world: World) -> None:
    line = await world.open("school_fees", "cash_aid")
    first, second = [await world.finish(line.number, need) for need in ("school_fees", "cash_aid")]
    confirmed = await world.confirm(first)
    assert confirmed is not None
    assert confirmed.state == "resolved"
    assert await world.confirm(first) is None
    assert await world.confirm(first, helped=False) is None
    last = await world.confirm(second)
    assert last is not None
    assert last.state == "confirmed"
    assert (await world.events(line.number)).count("confirmed") == 2


async def test_a_stranger_can_confirm_nothing(world: World) -> None:
    line = await world.open("school_fees")
    referral = await world.finish(line.number, "school_fees")
    assert await world.confirm(referral, chat="666") is None
    assert await world.confirm(referral, channel="web", update_id=None) is None
    assert await world.with_desk(lambda desk: desk.confirm(999_999, True)) is None
    assert (await world.referral(line.number, "school_fees")).confirmation == "waiting"


async def test_not_helped_sends_it_out_again_with_a_new_link(world: World) -> None:
    line = await world.open("school_fees")
    referral = await world.finish(line.number, "school_fees")
    again = await world.confirm(referral, helped=False)

    assert again is not None
    assert (again.state, again.referrals[0].state, again.referrals[0].confirmation) == ("reopened", "approved", None)
    assert (await world.events(line.number))[-2:] == ["not_helped", "reopened"]
    reopened = await world.referral(line.number, "school_fees")
    assert (reopened.link_serial, reopened.outcome) == (2, None)
    first, second = await world.deliveries(reopened)
    assert second.key == f"referral-{referral.id}-2-email"
    token = second.payload["text"].split("/j/")[1].split()[0]
    age = world.house.catalogue.deadlines.answer_link_days
    assert read_answer(token, keys().signing, timedelta(days=age)) == (referral.id, 2)
    assert token not in first.payload["text"]
    assert (await world.finish(line.number, "school_fees")).state == "done"


async def test_many_confirmations_at_once_count_once(world: World) -> None:
    line = await world.open("school_fees")
    referral = await world.finish(line.number, "school_fees")

    async def press() -> bool:
        async with world.house.database.transaction() as session:
            desk = SessionDesk(session, world.house, await world.conversation())
            return await desk.confirm(referral.id, False) is not None

    assert sorted(await asyncio.gather(*(press() for _ in range(4)))) == [False, False, False, True]
    assert (await world.events(line.number)).count("reopened") == 1
    assert len(await world.deliveries(referral)) == 2


async def test_silence_is_unconfirmed_and_a_late_word_still_counts(world: World) -> None:
    line = await world.open("school_fees")
    referral = await world.finish(line.number, "school_fees")
    await world.step(referral, "expire", "system")
    assert (await world.ticket(line.number)).state == "unconfirmed"
    late = await world.confirm(referral)
    assert late is not None
    assert late.state == "confirmed"


async def test_what_is_sent_back_goes_to_the_slrt_desk_that_decides_anew(world: World) -> None:
    line = await world.open("school_fees")
    referral = await world.sent(line.number, "school_fees")
    await world.step(referral, "return", reason="Bukan sekolah kami")

    before, after = await world.all(Referral)
    assert (before.state, before.reason) == ("returned", "Bukan sekolah kami")
    assert (after.state, after.unit, after.previous_id) == ("drafted", "slrt-kota-jambi", before.id)
    assert (await world.events(line.number))[-2:] == ["returned", "rerouted"]
    assert [r.state for r in (await world.with_desk(lambda desk: desk.my_tickets()))[0].referrals] == ["drafted"]


async def test_an_urgent_one_that_is_sent_back_lies_urgent_before_those_who_choose_the_next_desk(world: World) -> None:
    line = await world.open("health_treatment", urgent=True, region=KASANG_PUDAK)
    referral = await world.sent(line.number, "health_treatment")
    await world.step(referral, "return", reason="Pasien di kota")
    follower = await world.referral(line.number, "health_treatment")
    assert (follower.unit, follower.state, follower.urgent) == ("slrt-muaro-jambi", "drafted", True)


async def test_rejection_needs_a_reason_and_is_told_kindly(world: World) -> None:
    line = await world.open("school_fees")
    referral = await world.referral(line.number, "school_fees")
    officer = await world.officer()
    for reason in ("", "  "):
        with pytest.raises(Incomplete, match="reason"):
            await reject(world.house, officer, referral.id, reason)
    await reject(world.house, officer, referral.id, "Sudah dibantu BOS")
    assert (await world.ticket(line.number)).state == "rejected"
    assert "Sudah dibantu BOS" not in (await world.heard())[-1]
    with pytest.raises(NotNow):
        await approve(world.house, officer, referral.id)


async def test_done_needs_an_outcome(world: World) -> None:
    line = await world.open("school_fees")
    referral = await world.sent(line.number, "school_fees")
    said: dict[str, str]
    for said, field in (({}, "outcome"), ({"outcome": "beres"}, "outcome"), ({"outcome": "not_eligible"}, "note")):
        with pytest.raises(Incomplete, match=field):
            await world.step(referral, "finish", **said)
    assert (await world.referral(line.number, "school_fees")).state == "sent"


async def test_a_step_that_does_not_fit_changes_nothing(world: World) -> None:
    line = await world.open("school_fees")
    referral = await world.sent(line.number, "school_fees")
    before = await world.events(line.number), len(await world.all(Delivery))
    for step in ("approve", "start", "confirm_helped", "reopen", "receive", "no_such_step"):
        with pytest.raises(NotNow):
            await world.step(referral, step, "fo")
        assert (await world.events(line.number), len(await world.all(Delivery))) == before


async def test_two_officers_approve_at_once_and_one_mail_goes(world: World) -> None:
    line = await world.open("school_fees")
    referral = await world.referral(line.number, "school_fees")
    officers = [await world.officer() for _ in range(3)]
    results = await asyncio.gather(
        *(approve(world.house, officer, referral.id) for officer in officers), return_exceptions=True
    )
    assert sorted(type(result).__name__ for result in results) == ["NoneType", "NotNow", "NotNow"]
    assert len(await world.deliveries(referral)) == 1


async def test_only_the_coordinator_and_the_manager_decide(world: World) -> None:
    line = await world.open("school_fees")
    referral = await world.referral(line.number, "school_fees")
    for role in ("fo", "bo"):
        with pytest.raises(NotNow):
            await approve(world.house, await world.officer(role), referral.id)
    for role in ("agency", "admin"):
        with pytest.raises(NotAllowed):
            await approve(world.house, await world.officer(role), referral.id)
    await approve(world.house, await world.officer("manager"), referral.id)


async def test_revoking_ends_the_agencys_link(world: World) -> None:
    line = await world.open("school_fees")
    referral = await world.sent(line.number, "school_fees")
    await officer_step(world.house, await world.officer(), referral.id, "revoke", Said(reason="Salah kirim"))
    revoked = await world.referral(line.number, "school_fees")
    assert (revoked.state, revoked.link_serial) == ("revoked", 2)


async def test_the_puskesoss_own_referral_is_answered_by_its_officers(world: World) -> None:
    line = await world.open("registry_check")
    referral = await world.referral(line.number, "registry_check")
    officer = await world.officer("fo")
    await officer_step(world.house, officer, referral.id, "finish", Said(outcome="helped", note="Desil 2"))
    assert (await world.ticket(line.number)).state == "resolved"


async def test_recommendation_return_and_visit_move_an_undecided_ticket(world: World) -> None:
    line = await world.open("school_fees")
    bo, coordinator = await world.officer("bo"), await world.officer()
    with pytest.raises(Incomplete, match="note"):
        await recommend(world.house, bo, line.number, " ")
    await recommend(world.house, bo, line.number, "Layak dibantu")
    assert (await world.ticket(line.number)).state == "checking"
    with pytest.raises(NotAllowed):
        await send_back(world.house, bo, line.number, "Lengkapi")
    await send_back(world.house, coordinator, line.number, "Lengkapi")
    await ask_visit(world.house, coordinator, line.number)
    assert (await world.ticket(line.number)).state == "visit_needed"
    with pytest.raises(Incomplete, match="finding"):
        await record_visit(world.house, bo, line.number, "kaya", None)
    await record_visit(world.house, bo, line.number, "poor", "Rumah papan")
    assert (await world.ticket(line.number)).state == "visited"
    assert [visit.finding for visit in await world.all(Visit)] == ["poor"]
    assert await world.events(line.number) == ["opened", "recommended", "sent_back", "visit_asked", "visit_done"]


async def test_a_closed_ticket_takes_no_more_notes(world: World) -> None:
    line = await world.open("school_fees")
    await world.confirm(await world.finish(line.number, "school_fees"))
    officer = await world.officer()
    with pytest.raises(NotNow):
        await recommend(world.house, officer, line.number, "Masih ada")
    with pytest.raises(NotNow):
        await add_need(world.house, officer, line.number, "cash_aid", {})


async def test_an_officer_adds_what_is_missing(world: World) -> None:
    line = await world.open("school_fees")
    officer = await world.officer("fo")
    await add_need(world.house, officer, line.number, "cash_aid", {})
    assert (await world.referral(line.number, "cash_aid")).state == "drafted"
    with pytest.raises(NotNow):
        await add_need(world.house, officer, line.number, "cash_aid", {})
    with pytest.raises(Incomplete, match="need"):
        await add_need(world.house, officer, line.number, "sepeda", {})
    with pytest.raises(NotAllowed):
        await add_need(world.house, officer, line.number, "violence", {})
    with pytest.raises(NotFound):
        await add_need(world.house, await world.officer(region=KASANG_PUDAK), line.number, "job_loss", {})


async def test_words_are_added_to_an_open_ticket_of_this_chat_alone(world: World) -> None:
    line = await world.open("school_fees")
    await world.turn(incoming=world.text("Uang seragam juga"))
    added = await world.with_desk(lambda desk: desk.add_words(line.number, "Uang seragam, nik 1571104705889001"))
    assert added == ()
    assert not await world.with_desk(lambda desk: desk.add_words(line.number, "bukan saya"), chat="666")
    assert not await world.with_desk(lambda desk: desk.add_words("SLRT-1571-0000-00001", "x"))
    assert (await world.events(line.number)).count("words_added") == 1
    ticket = await world.ticket(line.number)
    said = [row.text for row in await world.all(Message, Message.ticket_id == ticket.id)]
    assert "Uang seragam juga" in said
    await world.confirm(await world.finish(line.number, "school_fees"))
    assert not await world.with_desk(lambda desk: desk.add_words(line.number, "terlambat"))
