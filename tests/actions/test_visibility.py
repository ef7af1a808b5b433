"""Who sees what: the officer's area, the narrow circle around restricted needs, and nothing in between."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event

from actions.desk import Identity
from actions.errors import NotAllowed, NotFound
from actions.review import add_need, approve, officer_step, recommend
from actions.steps import Said
from actions.talk import Reply, Turned
from actions.tickets import ticket_view
from actions.understanding import UnderstandLater
from actions.views import OfficerView
from actions.worklist import agency_list, worklist
from nlu.scripted import ScriptedUnderstander
from referral.ports import Parcel
from registry.samples import SAMPLE_PERSONS
from storage.models import Audit
from tests.actions.world import KASANG_PUDAK, LEGOK, STORY, THEHOK, World, understood

SITI = SAMPLE_PERSONS[0]


async def numbers(world: World, officer: OfficerView, show: str = "all") -> list[str]:
    return [item.number for item in await worklist(world.house, officer, show)]


_PLACES = (LEGOK, THEHOK, KASANG_PUDAK, None)


async def test_the_area_decides(world: World) -> None:
    opened = {place: (await world.open("school_fees", region=place)).number for place in _PLACES}
    areas: list[tuple[str, str | None, set[str | None]]] = [
        ("fo", LEGOK, {LEGOK}),
        ("coordinator", "15.71.10", {LEGOK}),
        ("bo", "15.71", {LEGOK, THEHOK}),
        ("bo", "15.7", set()),  # an area ends at a dot
        ("manager", "15.71", {LEGOK, THEHOK, None}),
        ("manager", "15.05", {KASANG_PUDAK, None}),
        ("manager", None, {LEGOK, THEHOK, KASANG_PUDAK, None}),
        ("admin", None, set()),
        ("agency", None, set()),
    ]
    for role, region, sees in areas:
        officer = await world.officer(role, region, restricted=True)
        assert set(await numbers(world, officer)) == {opened[place] for place in sees}
        for place in set(_PLACES) - sees:
            await keeps_out(world, officer, opened[place])


async def keeps_out(world: World, officer: OfficerView, number: str) -> None:
    """The ticket does not exist for the officer."""
    with pytest.raises(NotFound):
        await ticket_view(world.house, officer, number)
    with pytest.raises(NotFound):
        await recommend(world.house, officer, number, "x")
    with pytest.raises((NotFound, NotAllowed)):
        await approve(world.house, officer, (await world.referral(number, "school_fees")).id)


async def test_a_ticket_that_does_not_exist_looks_like_one_of_others(world: World) -> None:
    with pytest.raises(NotFound):
        await ticket_view(world.house, await world.officer(), "SLRT-1571-2611-99999")


async def test_the_whole_ticket_for_its_own_officer(world: World) -> None:
    line = await world.open("school_fees", identity=Identity(SITI.nik, SITI.name, SITI.kk), rt="7", rw="2")
    view = await ticket_view(world.house, await world.officer(), line.number)
    assert (view.complaint, view.reporter_name, view.region_name, view.rt_rw) == (
        STORY,
        "Siti Aminah",
        "Legok, Danau Sipin",
        "RT 7 RW 2",
    )
    assert view.nik_masked == "1571********9001"
    assert [message.text for message in view.messages] == [STORY, f"Nomor {line.number}"]
    assert view.referrals[0].steps == ("approve", "reject", "choose_unit")


async def test_restricted_tickets_are_for_the_narrow_circle_of_the_area(world: World) -> None:
    line = await world.open("violence", urgent=True)
    plain, named = await world.officer("manager", "15.71"), await world.officer("manager", "15.71", restricted=True)
    elsewhere = await world.officer("manager", "15.05", restricted=True)
    referral = await world.referral(line.number, "violence")
    for officer in (plain, elsewhere):
        assert await numbers(world, officer) == []
        with pytest.raises(NotFound):
            await ticket_view(world.house, officer, line.number)
        with pytest.raises(NotFound):
            await officer_step(world.house, officer, referral.id, "revoke", Said(reason="x"))
    (item,) = await worklist(world.house, named)
    assert (item.number, item.urgent) == (line.number, True)
    view = await ticket_view(world.house, named, line.number)
    assert view.complaint == STORY
    assert view.referrals[0].restricted


async def shown(world: World, officer: OfficerView, number: str) -> dict[str, Any]:
    """Everything of the ticket that could betray a hidden referral, and the words."""
    view = await ticket_view(world.house, officer, number)
    (item,) = [item for item in await worklist(world.house, officer, "all") if item.number == number]
    return {
        "needs": [r.need for r in view.referrals],
        "state": (view.state, item.state),
        "urgent": (view.urgent, item.urgent),
        "events": [(e.kind, e.need_name) for e in view.events],
        "waiting": item.waiting_for,
        "due": item.due_at,
        "listed": [number in await numbers(world, officer, show) for show in ("open", "closed")],
        "steps": view.steps,
    }


async def test_a_mixed_ticket_looks_as_if_the_restricted_need_were_not_there(world: World) -> None:
    officer = await world.officer()
    mixed = (await world.open("violence", "school_fees", urgent=True)).number
    plain = (await world.open("school_fees")).number

    async def alike() -> dict[str, Any]:
        first, second = await shown(world, officer, mixed), await shown(world, officer, plain)
        assert first == second
        return first

    await alike()
    for number in (mixed, plain):
        await world.sent(number, "school_fees")
    await world.sent(mixed, "violence")
    assert (await alike())["waiting"] == "agency"
    for number in (mixed, plain):
        await world.finish(number, "school_fees")
    assert (await alike())["state"] == ("resolved", "resolved")
    for number in (mixed, plain):
        await world.confirm(await world.referral(number, "school_fees"))
    closed = await alike()
    assert closed["state"] == ("confirmed", "confirmed")
    assert closed["listed"] == [False, True]
    # for the narrow circle it goes on
    named = await world.officer(restricted=True)
    assert (await shown(world, named, mixed))["state"] == ("in_progress", "in_progress")
    assert (await shown(world, named, mixed))["listed"] == [True, False]


async def test_a_mixed_ticket_whose_open_needs_were_rejected_hints_at_nothing(world: World) -> None:
    mixed = (await world.open("violence", "school_fees", urgent=True)).number
    await world.step(await world.referral(mixed, "school_fees"), "reject", "coordinator", reason="x")
    item = (await worklist(world.house, await world.officer(), "closed"))[0]
    assert (item.state, item.urgent, item.needs, item.waiting_for) == ("rejected", False, (), "nothing")


async def test_a_hidden_urgent_need_does_not_lift_the_ticket_in_the_list(world: World) -> None:
    first = (await world.open("school_fees")).number
    mixed = (await world.open("violence", "school_fees", urgent=True)).number
    urgent = (await world.open("health_treatment", urgent=True)).number
    assert await numbers(world, await world.officer(), "open") == [urgent, first, mixed]
    assert await numbers(world, await world.officer(restricted=True), "open") == [mixed, urgent, first]


async def test_the_words_of_a_mixed_ticket_are_for_the_narrow_circle(world: World) -> None:
    line = await world.open("violence", "school_fees", complaint="Suami sayo mukul")
    await world.with_desk(lambda desk: desk.add_words(line.number, "Tadi malam lagi"))
    everything = str(await ticket_view(world.house, await world.officer(), line.number))
    for word in ("mukul", "Tadi malam", "violence", "ekerasan", "uptd"):
        assert word not in everything
    named = str(await ticket_view(world.house, await world.officer(restricted=True), line.number))
    assert "mukul" in named
    assert "Tadi malam" in named


async def test_words_that_nobody_has_understood_are_hidden_too(
    world: World, understander: ScriptedUnderstander
) -> None:
    line = await world.open("school_fees", understood=False, complaint="Suami sayo mukul")
    await world.with_desk(lambda desk: desk.add_words(line.number, "Tadi malam lagi"))
    plain = await world.officer()
    everything = str(await ticket_view(world.house, plain, line.number))
    assert "mukul" not in everything
    assert "Tadi malam" not in everything

    understander._script = lambda _text: understood("school_fees")
    (job,) = await world.deliveries(kind="job.understand")
    await UnderstandLater(world.house).send(Parcel(job.id, job.lane, job.kind, job.key, job.payload))
    assert "mukul" in str(await ticket_view(world.house, plain, line.number))


async def test_restricted_words_said_before_another_ticket_stay_restricted(world: World) -> None:
    """The answer to a violence report must not turn up in the papers of the next, ordinary ticket."""

    async def hushed(state: dict[str, Any], incoming: object, meaning: object, desk: object) -> Turned:
        return Turned({}, (Reply("Hubungi 129 SAPA", restricted=True),), restricted=True)

    await world.turn(hushed, world.text("Suami sayo mukul"))
    line = await world.open("school_fees")
    everything = str(await ticket_view(world.house, await world.officer(), line.number))
    assert "SAPA" not in everything
    assert "mukul" not in everything
    assert "SAPA" in str(await ticket_view(world.house, await world.officer(restricted=True), line.number))


async def test_a_need_that_an_officer_adds_is_restricted_all_the_same(world: World) -> None:
    line = await world.open("school_fees")
    await add_need(world.house, await world.officer(restricted=True), line.number, "violence", {})
    view = await ticket_view(world.house, await world.officer(), line.number)
    assert [r.need for r in view.referrals] == ["school_fees"]
    assert [e.kind for e in view.events] == ["opened"]
    assert view.complaint is None


async def test_an_agencys_officer_sees_the_referrals_of_her_unit_alone(world: World) -> None:
    line = await world.open("school_fees", "cash_aid", "violence")
    await world.sent(line.number, "school_fees")
    disdik = await world.officer("agency", None, unit="disdik-kota-jambi")
    dinsos = await world.officer("agency", None, unit="dinsos-kota-jambi")
    ppa = await world.officer("agency", None, unit="uptd-ppa-kota-jambi")
    assert [r.need_name for r in await agency_list(world.house, disdik)] == ["Biaya sekolah"]
    assert await agency_list(world.house, dinsos) == []  # still a draft
    (case,) = await agency_list(world.house, ppa)
    assert case.restricted
    with pytest.raises(NotAllowed):
        await agency_list(world.house, await world.officer())


@pytest.mark.usefixtures("registry")
async def test_each_look_at_the_registrys_answer_is_written_down(world: World) -> None:
    line = await world.open("school_fees", identity=Identity(SITI.nik, SITI.name, SITI.kk))
    bare = await world.open("school_fees")
    officer = await world.officer()
    for number in (line.number, bare.number):
        await ticket_view(world.house, officer, number)
    ticket = await world.ticket(line.number)
    (look,) = await world.all(Audit, Audit.action == "registry.seen")
    assert (look.actor, look.officer_id, look.ticket_id, look.person_id) == (
        "coordinator",
        officer.id,
        ticket.id,
        ticket.person_id,
    )


async def test_the_worklist_costs_the_same_for_one_ticket_and_for_ten(world: World) -> None:
    officer = await world.officer()
    asked: list[str] = []
    engine = world.house.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", lambda *args: asked.append(args[2]))

    async def cost() -> int:
        asked.clear()
        await worklist(world.house, officer, "all")
        return len(asked)

    await world.open("school_fees", "cash_aid")
    once = await cost()
    line = None
    for _ in range(4):
        line = await world.open("school_fees", "cash_aid")
    assert line is not None
    assert await cost() == once

    async def page(number: str) -> int:
        asked.clear()
        await ticket_view(world.house, officer, number)
        return len(asked)

    few = await page(line.number)
    for need in ("housing_repair", "job_loss", "utilities"):
        await add_need(world.house, officer, line.number, need, {})
    assert await page(line.number) == few
