"""Clocks: reminders, escalation, pauses; nothing is closed by silence and nobody hears twice of the same step."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from actions.clocks import run_clocks
from actions.due import late_by_desk
from actions.errors import NotAllowed
from actions.house import House
from actions.inquiries import withdraw as take_question_back
from actions.inquiries import write_to_resident
from actions.worklist import agency_list, worklist
from referral.calendar import WIB, add_working_days
from referral.catalogue import Catalogue
from referral.contacts import Contacts
from storage.models import Clock, Delivery, Event, Inquiry, Referral, Ticket
from tests.actions.world import Clock as SetClock
from tests.actions.world import World

_CONTACTS = """
units:
  slrt-kota-jambi: [{email: slrt@kota.example}]
  slrt-kota-jambi-khusus: [{email: khusus@kota.example}]
  disdik-kota-jambi: [{email: disdik@agency.example}]
  dinsos-kota-jambi: [{webhook: "https://agency.example/slrt", secret: a-secret-of-this-test}]
  uptd-ppa-kota-jambi: [{email: ppa@agency.example}]
people:
  - {role: puskesos, region: "15.71.10.1003", email: legok@puskesos.example}
  - {role: head, agency: disdik-kota-jambi, email: kepala@disdik.example}
  - {role: head, agency: uptd-ppa-kota-jambi, email: kepala@ppa.example}
  - {role: tkpk, region: "15.71", email: tkpk@kota.example}
"""
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=WIB)


@pytest.fixture
def house(house: House, catalogue: Catalogue, tmp_path: Path) -> House:
    path = tmp_path / "people.yml"
    path.write_text(_CONTACTS)
    return replace(house, contacts=Contacts.load(path, catalogue.units), clock=SetClock(MONDAY))


async def clocks(world: World, **where: Any) -> list[Clock]:
    found = await world.all(Clock, Clock.ended_at.is_(None))
    return [clock for clock in found if all(getattr(clock, name) == value for name, value in where.items())]


async def mails(world: World) -> list[tuple[str, str]]:
    """To whom reminders and escalations went, in order, with the subject."""
    rows = await world.all(Delivery, Delivery.key.contains("clock-"))
    return [(row.payload["unit"], row.payload.get("subject", row.payload.get("body", ""))) for row in rows]


async def at(world: World, moment: datetime) -> None:
    world.clock.moment = moment
    await run_clocks(world.house)


async def through(world: World, until: datetime, step: timedelta = timedelta(hours=6)) -> None:
    while world.clock.moment < until:
        await at(world, min(world.clock.moment + step, until))


async def trail(world: World, number: str) -> list[tuple[str, str]]:
    ticket = await world.ticket(number)
    rows = await world.all(Event, Event.ticket_id == ticket.id, Event.kind.in_(("reminded", "escalated")))
    return [(row.kind, row.data["to"]) for row in rows]


async def test_each_has_a_clock_of_its_own_puskesos_agency_and_resident(world: World) -> None:
    line = await world.open("school_fees")
    (verify,) = await clocks(world)
    assert (verify.kind, verify.due_at) == ("verify", add_working_days(MONDAY, 3))
    referral = await world.sent(line.number, "school_fees")
    (follow_up,) = await clocks(world)
    assert (follow_up.kind, follow_up.due_at) == ("follow_up", add_working_days(MONDAY, 5))
    await world.step(referral, "accept")
    (finish,) = await clocks(world)
    assert (finish.kind, finish.due_at) == ("finish", add_working_days(MONDAY, 10))
    assert (await world.referral(line.number, "school_fees")).due_at == finish.due_at
    await world.step(referral, "finish", outcome="helped")
    (confirm,) = await clocks(world)
    assert (confirm.kind, confirm.due_at) == ("confirm", add_working_days(MONDAY, 10))
    await world.confirm(referral)
    assert await clocks(world) == []
    assert len(await world.all(Clock)) == 4


async def test_urgent_is_counted_in_hours_around_the_clock(world: World) -> None:
    world.clock.moment = datetime(2026, 11, 28, 22, 0, tzinfo=WIB)  # Saturday night
    line = await world.open("health_treatment", urgent=True)
    (clock,) = await clocks(world)
    assert (clock.kind, clock.by_hours, clock.due_at - world.clock.moment) == ("follow_up", True, timedelta(hours=4))
    await through(world, world.clock.moment + timedelta(hours=30), timedelta(minutes=30))
    assert [to for _, to in await trail(world, line.number)] == ["unit", "unit", "head", "manager", "tkpk"]


async def test_a_silent_agency_is_reminded_then_its_head_the_manager_and_tkpk_hear_of_it(world: World) -> None:
    line = await world.open("school_fees")
    await world.sent(line.number, "school_fees")
    await through(world, datetime(2026, 12, 31, 17, 0, tzinfo=WIB))
    assert await trail(world, line.number) == [
        ("reminded", "unit"),
        ("escalated", "unit"),
        ("escalated", "head"),
        ("escalated", "manager"),
        ("escalated", "tkpk"),
    ]
    sent = await mails(world)
    assert [to for to, _ in sent] == [
        "disdik-kota-jambi",
        "disdik-kota-jambi",
        "head:disdik-kota-jambi",
        "slrt-kota-jambi",
        "tkpk:15.71",
    ]
    assert "Pengingat" in sent[0][1]
    assert all("lewat batas waktu" in subject for _, subject in sent[1:])
    assert (await world.referral(line.number, "school_fees")).state == "sent"


async def test_what_the_others_read_is_the_least_and_only_the_unit_gets_its_link(world: World) -> None:
    line = await world.open("school_fees")
    await world.sent(line.number, "school_fees")
    await through(world, datetime(2026, 12, 31, 17, 0, tzinfo=WIB))
    for row in await world.all(Delivery, Delivery.key.contains("clock-")):
        text = row.payload["text"] + row.payload["html"]
        assert line.number in text
        assert "demam" not in text
        assert ("/j/" in text) == (row.payload["unit"] == "disdik-kota-jambi")
        assert ("/tiket/" in text) == (row.payload["unit"] == "slrt-kota-jambi")


async def test_a_webhook_is_reminded_by_webhook(world: World) -> None:
    line = await world.open("cash_aid")
    await world.sent(line.number, "cash_aid")
    await through(world, add_working_days(MONDAY, 10))
    bodies = [body for _, body in await mails(world)]
    assert next(body["type"] for body in bodies if isinstance(body, dict)) == "referral.reminder"


async def test_a_report_that_nobody_decides_goes_up_from_the_puskesos(world: World) -> None:
    line = await world.open("school_fees")
    await through(world, datetime(2026, 12, 31, 17, 0, tzinfo=WIB))
    assert [to for to, _ in await mails(world)] == [
        "puskesos:15.71.10.1003",
        "puskesos:15.71.10.1003",
        "slrt-kota-jambi",
        "tkpk:15.71",
    ]
    assert (await world.ticket(line.number)).state == "registered"


async def test_a_ticket_without_needs_has_a_clock_too(world: World) -> None:
    line = await world.open(understood=False)
    await through(world, datetime(2026, 12, 10, 17, 0, tzinfo=WIB))
    sent = await mails(world)
    assert {to for to, _ in sent} == {"slrt-kota-jambi-khusus", "tkpk:15.71"}
    assert all(subject == "SLRT: ada perkara yang menunggu" for _, subject in sent)
    assert line.number not in sent[0][1]


async def test_of_a_restricted_case_all_read_only_that_one_waits(world: World) -> None:
    line = await world.open("violence", urgent=True)
    await through(world, MONDAY + timedelta(days=3), timedelta(hours=1))
    rows = await world.all(Delivery, Delivery.key.contains("clock-"))
    assert [row.payload["unit"] for row in rows] == [
        "uptd-ppa-kota-jambi",
        "head:uptd-ppa-kota-jambi",
        "slrt-kota-jambi-khusus",
        "tkpk:15.71",
    ]
    for row in rows:
        everything = str(row.payload).lower()
        assert row.payload["subject"] == "SLRT: ada perkara yang menunggu"
        for told in (line.number, "kekerasan", "violence", "legok", "demam"):
            assert told.lower() not in everything


async def test_a_report_about_officers_never_reaches_officers_of_the_place(world: World) -> None:
    line = await world.open("aid_misdirected")
    await through(world, datetime(2026, 12, 31, 17, 0, tzinfo=WIB))
    assert {to for to, _ in await mails(world)} == {"slrt-kota-jambi-khusus", "tkpk:15.71"}
    assert {to for _, to in await trail(world, line.number)} == {"special", "tkpk"}


async def test_the_resident_is_asked_once_more_and_then_it_reads_unconfirmed(world: World) -> None:
    line = await world.open("school_fees")
    await world.finish(line.number, "school_fees")
    before = len(await world.heard())
    await through(world, add_working_days(MONDAY, 10) + timedelta(hours=1))
    (asked,) = (await world.heard())[before:]
    assert "apakah sudah terbantu" in asked
    assert (await world.ticket(line.number)).state == "unconfirmed"
    assert (await world.events(line.number))[-2:] == ["reminded", "unconfirmed"]


async def test_running_again_or_at_once_tells_nobody_twice(world: World) -> None:
    line = await world.open("school_fees")
    await world.sent(line.number, "school_fees")
    world.clock.moment = add_working_days(MONDAY, 8)
    await asyncio.gather(*(run_clocks(world.house) for _ in range(4)))
    sent = await mails(world)
    await run_clocks(world.house)
    assert await mails(world) == sent
    assert len(sent) == len(set(sent))


async def test_after_days_off_what_was_missed_is_caught_up_with_once_to_each(world: World) -> None:
    line = await world.open("school_fees")
    await world.sent(line.number, "school_fees")
    await at(world, datetime(2027, 1, 20, 9, 0, tzinfo=WIB))
    # no reminder for what is long over, and each hears once
    assert [to for _, to in await trail(world, line.number)] == ["unit", "head", "manager", "tkpk"]
    assert {kind for kind, _ in await trail(world, line.number)} == {"escalated"}


async def test_without_an_address_the_step_is_written_down_all_the_same(world: World) -> None:
    line = await world.open("housing_repair")
    await world.sent(line.number, "housing_repair")
    await through(world, add_working_days(MONDAY, 60), timedelta(hours=24))
    ticket = await world.ticket(line.number)
    heads = [e for e in await world.all(Event, Event.ticket_id == ticket.id) if e.data.get("to") == "head"]
    assert [event.data["sent"] for event in heads] == [False]


async def test_clocks_stand_still_while_the_resident_is_asked(world: World) -> None:
    line = await world.open("school_fees")
    await world.sent(line.number, "school_fees")
    officer = await world.officer()
    due = (await clocks(world, kind="follow_up"))[0].due_at
    world.clock.forward(days=1)
    await write_to_resident(world.house, officer, line.number, "question", "Berapa tunggakannya?")
    (paused,) = await clocks(world, kind="follow_up")
    assert paused.paused_at == world.clock.moment
    assert (await world.referral(line.number, "school_fees")).due_at is None
    world.clock.forward(days=2)
    await run_clocks(world.house)
    (inquiry,) = await world.all(Inquiry)
    await take_question_back(world.house, officer, line.number, inquiry.id)
    (going,) = await clocks(world)
    assert (going.kind, going.paused_at) == ("follow_up", None)
    # two working days stood still
    assert going.due_at == add_working_days(due, 2) == (await world.referral(line.number, "school_fees")).due_at
    assert await mails(world) == []


async def test_a_question_that_is_never_answered_does_not_stop_the_clock_for_ever(world: World) -> None:
    line = await world.open("school_fees")
    await world.sent(line.number, "school_fees")
    await write_to_resident(world.house, await world.officer(), line.number, "question", "Berapa tunggakannya?")
    await through(world, datetime(2027, 1, 31, 17, 0, tzinfo=WIB), timedelta(hours=12))
    kinds = await world.events(line.number)
    assert kinds.count("waited_enough") == 1
    steps = await trail(world, line.number)
    assert steps[:2] == [("reminded", "resident"), ("escalated", "puskesos")]
    assert steps[-1] == ("escalated", "tkpk")


async def test_what_is_urgent_does_not_wait_for_an_answer(world: World) -> None:
    line = await world.open("health_treatment", urgent=True)
    await write_to_resident(world.house, await world.officer(), line.number, "question", "Di mana dirawat?")
    (clock,) = await clocks(world, kind="follow_up")
    assert clock.paused_at is None


async def test_reopening_starts_the_agencys_clock_anew_and_reminds_anew(world: World) -> None:
    line = await world.open("school_fees")
    await world.sent(line.number, "school_fees")
    await through(world, add_working_days(MONDAY, 6))
    referral = await world.referral(line.number, "school_fees")
    await world.step(referral, "finish", outcome="helped")
    await world.confirm(referral, helped=False)
    before = len(await mails(world))
    (clock,) = await clocks(world)
    assert (clock.kind, clock.taken) == ("follow_up", [])
    await through(world, clock.due_at + timedelta(hours=1))
    assert len(await mails(world)) == before + 2


async def test_clocks_begin_for_referrals_from_before_there_were_any(world: World) -> None:
    line = await world.open("school_fees")
    async with world.house.database.transaction() as session:
        for clock in await world.all(Clock):
            await session.delete(await session.get_one(Clock, clock.id))
    await run_clocks(world.house)
    (begun,) = await clocks(world)
    assert begun.referral_id == (await world.referral(line.number, "school_fees")).id


async def test_in_a_silent_quarter_every_referral_leaves_an_escalation_trail_and_nothing_closes_as_solved(
    world: World,
) -> None:
    needs = ("school_fees", "cash_aid", "registry_check", "food_aid", "violence", "aid_misdirected")
    for number, need in enumerate(needs):
        line = await world.open(need, "health_treatment", urgent=number % 3 == 0)
        if number % 2:
            await world.sent(line.number, need)
    accepted = await world.sent((await world.open("housing_repair")).number, "housing_repair")
    await world.step(accepted, "accept")
    await through(world, MONDAY + timedelta(days=92), timedelta(hours=8))

    events = await world.all(Event, Event.kind == "escalated")
    trails: dict[int | None, list[str]] = {}
    for event in events:
        trails.setdefault(event.referral_id, []).append(event.data["to"])
    for referral in await world.all(Referral):
        assert referral.state in {"drafted", "approved", "sent", "received", "accepted"}
        assert trails[referral.id][-1] == "tkpk"
        steps = [(e.data["clock"], e.data["step"]) for e in events if e.referral_id == referral.id]
        assert len(steps) == len(set(steps))
    states = {ticket.state for ticket in await world.all(Ticket)}
    assert not states & {"confirmed", "resolved", "unconfirmed", "rejected"}
    keys = [row.key for row in await world.deliveries()]
    assert len(keys) == len(set(keys))


async def test_lists_show_whose_deadline_is_past_and_by_how_much(world: World) -> None:
    line = await world.open("school_fees")
    other = await world.open("food_aid", "violence")
    await world.sent(line.number, "school_fees")
    await through(world, add_working_days(MONDAY, 8) - timedelta(hours=1))
    officer, manager = await world.officer(), await world.officer("manager", "15.71")
    late = {item.number: item.due for item in await worklist(world.house, officer, "late")}
    assert set(late) == {line.number, other.number}
    due = late[line.number]
    assert due is not None
    assert (due.over, due.working_days, due.by_hours, due.told) == (True, 3, False, ("unit", "head"))
    desks = {
        desk.agency_name: [case.need_name for case in desk.cases] for desk in await late_by_desk(world.house, manager)
    }
    # the restricted need is late too, but not for this manager
    assert desks == {None: ["Bantuan makanan dan sembako"], "Dinas Pendidikan Kota Jambi": ["Biaya sekolah"]}
    with pytest.raises(NotAllowed):
        await late_by_desk(world.house, officer)
    agency = await world.officer("agency", None, unit="disdik-kota-jambi")
    (item,) = await agency_list(world.house, agency)
    assert item.due is not None
    assert item.due.over


async def test_what_waits_for_the_resident_is_not_called_late(world: World) -> None:
    line = await world.open("school_fees")
    officer = await world.officer()
    await write_to_resident(world.house, officer, line.number, "question", "Berapa tunggakannya?")
    world.clock.forward(days=5)
    (item,) = await worklist(world.house, officer)
    assert item.due is not None
    assert item.due.paused
    assert await worklist(world.house, officer, "late") == []
