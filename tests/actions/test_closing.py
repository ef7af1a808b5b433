"""Ending whole tickets: not taken on, withdrawn, merged; and taking them up again."""

from __future__ import annotations

import pytest

from actions.closing import merge_ticket, reject_ticket, reopen_ticket, withdraw_own, withdraw_ticket
from actions.desk import Identity
from actions.errors import Incomplete, NotAllowed, NotFound, NotNow
from actions.review import add_need
from actions.tickets import ticket_view
from actions.worklist import worklist
from storage.models import Delivery, Referral, Ticket
from tests.actions.world import KASANG_PUDAK, World


async def take_back(world: World, number: str) -> None:
    ticket = await world.ticket(number)
    async with world.house.database.transaction() as session:
        await withdraw_own(session, world.house, await session.get_one(Ticket, ticket.id))


async def test_not_taking_a_ticket_on_needs_a_reason_and_the_resident_hears_once(world: World) -> None:
    line = await world.open("school_fees", "cash_aid")
    officer = await world.officer()
    with pytest.raises(Incomplete, match="reason"):
        await reject_ticket(world.house, officer, line.number, " ")
    before = len(await world.heard())
    await reject_ticket(world.house, officer, line.number, "Laporan uji coba")
    ticket = await world.ticket(line.number)
    assert (ticket.state, ticket.closed_reason) == ("rejected", "Laporan uji coba")
    assert {referral.state for referral in await world.all(Referral)} == {"revoked"}
    heard = (await world.heard())[before:]
    assert len(heard) == 1
    assert "Laporan uji coba" not in heard[0]
    assert (await ticket_view(world.house, officer, line.number)).closed_reason == "Laporan uji coba"


async def test_what_an_agency_has_is_not_rejected_over_its_head(world: World) -> None:
    line = await world.open("school_fees", "cash_aid")
    await world.sent(line.number, "school_fees")
    with pytest.raises(NotNow) as refused:
        await reject_ticket(world.house, await world.officer(), line.number, "Salah")
    assert refused.value.illegal is not None
    assert refused.value.illegal.why == "nothing_under_way"


async def test_front_office_does_not_reject(world: World) -> None:
    line = await world.open("school_fees")
    with pytest.raises(NotAllowed):
        await reject_ticket(world.house, await world.officer("fo"), line.number, "Salah")
    with pytest.raises(NotFound):
        await reject_ticket(world.house, await world.officer(region=KASANG_PUDAK), line.number, "Salah")


async def test_withdrawing_tells_the_agency_that_has_it_and_not_the_one_that_never_got_it(world: World) -> None:
    line = await world.open("school_fees", "health_treatment", "cash_aid")
    sent = await world.sent(line.number, "school_fees")
    approved = await world.referral(line.number, "health_treatment")
    await world.step(approved, "approve", "coordinator")
    await withdraw_ticket(world.house, await world.officer("fo"), line.number, "Warga sudah dibantu keluarga")

    assert (await world.ticket(line.number)).state == "withdrawn"
    told = [row for row in await world.all(Delivery, Delivery.state == "waiting") if row.kind != "telegram.send"]
    assert [(row.referral_id, row.kind) for row in told] == [(sent.id, "email")]
    assert "ditarik kembali" in told[0].payload["text"]
    assert "Warga sudah dibantu keluarga" not in told[0].payload["text"]
    (dropped,) = await world.deliveries(approved)
    assert dropped.state == "dropped"
    assert "hentikan" in (await world.heard())[-1]


async def test_a_webhook_hears_of_the_end_too(world: World) -> None:
    line = await world.open("cash_aid")
    referral = await world.sent(line.number, "cash_aid")
    await world.step(referral, "revoke", "coordinator", reason="Salah kirim")
    last = (await world.deliveries(referral, kind="webhook"))[-1]
    assert last.payload["body"] == {
        "type": "referral.called_back",
        "data": {"referral": referral.id, "ticket": line.number},
    }


async def test_of_a_restricted_case_that_is_called_back_the_mail_says_only_that_something_changed(world: World) -> None:
    line = await world.open("violence")
    referral = await world.sent(line.number, "violence")
    await world.step(referral, "revoke", "manager", reason="Salah kirim")
    for row in (await world.deliveries(referral))[-2:]:
        everything = str(row.payload).lower()
        for told in (line.number, "kekerasan", "violence", "legok", "ditarik", f"/kasus/{referral.id}"):
            assert told.lower() not in everything


async def test_the_resident_takes_her_ticket_back_and_its_restricted_need_lives_on_unseen(world: World) -> None:
    line = await world.open("school_fees", "violence")
    await take_back(world, line.number)
    assert (await world.referral(line.number, "school_fees")).state == "revoked"
    assert (await world.referral(line.number, "violence")).state == "approved"
    circle = await world.officer(restricted=True)
    assert [item.state for item in await worklist(world.house, circle)] == ["decided"]
    ordinary = await world.officer()
    assert await worklist(world.house, ordinary) == []
    view = await ticket_view(world.house, ordinary, line.number)
    assert (view.state, view.steps) == ("withdrawn", ("reopen",))
    await world.finish(line.number, "violence")
    assert [item.state for item in await worklist(world.house, circle, "closed")] == ["withdrawn"]
    assert not await world.with_desk(lambda desk: desk.add_words(line.number, "masih ada"))


async def test_a_ticket_of_a_restricted_need_alone_is_not_the_chats_to_end(world: World) -> None:
    line = await world.open("violence")
    with pytest.raises(NotFound):
        await take_back(world, line.number)
    assert (await world.referral(line.number, "violence")).state == "approved"


async def test_a_withdrawn_ticket_takes_no_steps_until_it_is_taken_up_again(world: World) -> None:
    line = await world.open("school_fees")
    officer = await world.officer()
    await withdraw_ticket(world.house, officer, line.number, "Salah tekan")
    for again in (withdraw_ticket, reject_ticket):
        with pytest.raises(NotNow):
            await again(world.house, officer, line.number, "Lagi")
    with pytest.raises(NotNow):
        await add_need(world.house, officer, line.number, "cash_aid", {})
    await reopen_ticket(world.house, officer, line.number)
    before, after = await world.all(Referral)
    assert (after.state, after.previous_id, after.unit) == ("drafted", before.id, before.unit)
    assert (await world.ticket(line.number)).state == "checking"
    await world.sent(line.number, "school_fees")
    assert (await world.ticket(line.number)).state == "in_progress"
    with pytest.raises(NotNow):
        await reopen_ticket(world.house, officer, line.number)


async def test_a_merged_ticket_goes_on_under_one_number_with_all_its_needs(world: World) -> None:
    first = await world.open("school_fees", complaint="SPP nunggak")
    second = await world.open("school_fees", "health_treatment", "food_aid", complaint="Anak sakit, beras habis")
    double = await world.sent(second.number, "school_fees")
    await world.sent(second.number, "health_treatment")
    officer = await world.officer()
    await merge_ticket(world.house, officer, second.number, first.number.lower())

    assert (await world.ticket(second.number)).state == "merged"
    kept = await world.ticket(first.number)
    needs = {r.need: r.state for r in await world.all(Referral, Referral.ticket_id == kept.id)}
    assert needs == {"school_fees": "drafted", "health_treatment": "approved", "food_aid": "drafted"}
    assert "Anak sakit" in kept.complaint
    assert {r.state for r in await world.all(Referral, Referral.ticket_id == double.ticket_id)} == {"revoked"}
    told = (await world.heard())[-1]
    assert told.count(first.number) == 2
    assert second.number in told
    view = await ticket_view(world.house, officer, second.number)
    assert (view.merged_into, view.steps) == (first.number, ())
    assert (await world.events(first.number))[1] == "merged_in"


async def test_only_open_tickets_of_the_same_person_are_merged(world: World) -> None:
    mine, strangers = await world.open("school_fees"), await world.open("school_fees", chat="2002")
    officer = await world.officer()
    for into in (strangers.number, mine.number, "SLRT-1571-0000-00001", ""):
        with pytest.raises(Incomplete, match="into"):
            await merge_ticket(world.house, officer, mine.number, into)
    other, junior = await world.open("cash_aid"), await world.officer("fo")
    with pytest.raises(NotAllowed):
        await merge_ticket(world.house, junior, mine.number, other.number)


async def test_a_number_of_another_chat_is_not_told_and_a_restricted_need_stays_where_it_was(world: World) -> None:
    nik = Identity(nik="1571104705889001")
    here = await world.open("school_fees", "violence", identity=nik)
    there = await world.open("cash_aid", chat="2002", identity=nik)
    await merge_ticket(world.house, await world.officer(), here.number, there.number)
    assert there.number not in (await world.heard())[-1]
    kept = await world.ticket(there.number)
    assert {r.need for r in await world.all(Referral, Referral.ticket_id == kept.id)} == {"cash_aid", "school_fees"}
    assert "demam" in kept.complaint
    assert kept.complaint.count("demam") == 1  # beside a restricted need the words are not handed on
    assert (await world.referral(here.number, "violence")).state == "approved"
    assert (await ticket_view(world.house, await world.officer(), here.number)).state == "merged"
    circle = await ticket_view(world.house, await world.officer(restricted=True), here.number)
    assert circle.state == "decided"
