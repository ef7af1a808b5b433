"""Opening a ticket: number, needs, referrals by routing, and what the registry says."""

from __future__ import annotations

import asyncio
import itertools
import re
from dataclasses import replace

import pytest

from actions.desk import DraftNeed, Identity, TicketLine
from actions.tickets import ticket_view
from registry.samples import SAMPLE_PERSONS
from storage.models import Audit, Delivery, IdentityAttempt, Referral, Ticket, TicketNeed
from tests.actions.world import KASANG_PUDAK, LEGOK, World

SITI, _RIZKY, HENDRA, _RINA, YUSUF = SAMPLE_PERSONS


def claims(person: object, **changes: str | None) -> Identity:
    """What the person gives when asked."""
    known = {name: getattr(person, name) for name in ("nik", "name", "kk")}
    return Identity(**(known | changes))


async def test_each_need_becomes_a_referral_to_the_agency_of_its_place(world: World) -> None:
    line = await world.open("health_treatment", DraftNeed("school_fees", "resident", None, {"school_level": "sma"}))

    assert [(r.need, r.agency, r.state) for r in line.referrals] == [
        ("health_treatment", "Dinas Kesehatan Kota Jambi", "drafted"),
        ("school_fees", "Dinas Pendidikan Provinsi Jambi", "drafted"),
    ]
    ticket = await world.ticket(line.number)
    assert (ticket.state, ticket.region_code, ticket.understood, ticket.lookup_outcome) == (
        "registered",
        LEGOK,
        True,
        "not_asked",
    )
    kept = {need.need: need for need in await world.all(TicketNeed)}
    assert kept["school_fees"].answers == {"school_level": "sma"}
    assert (kept["health_treatment"].source, kept["health_treatment"].confidence) == ("nlu", 0.9)
    assert await world.events(line.number) == ["opened"]
    assert not [row for row in await world.deliveries() if row.referral_id]


@pytest.mark.parametrize(
    ("region", "level", "unit"),
    [
        (LEGOK, "sd", "disdik-kota-jambi"),
        (LEGOK, "mts", "kemenag-kota-jambi"),
        (KASANG_PUDAK, "sd", "disdikbud-muaro-jambi"),
        (KASANG_PUDAK, "sma", "disdik-provinsi-jambi"),
        (None, "sd", "slrt-kota-jambi"),
    ],
)
async def test_place_and_school_level_choose_the_desk(world: World, region: str | None, level: str, unit: str) -> None:
    line = await world.open(DraftNeed("school_fees", "nlu", 0.9, {"school_level": level}), region=region)
    assert (await world.referral(line.number, "school_fees")).unit == unit


async def test_numbers_run_by_region_and_month_without_gaps_or_doubles(world: World) -> None:
    lines = await asyncio.gather(*(world.open("cash_aid", chat=str(chat)) for chat in range(5)))
    lines.append(await world.open("cash_aid", region=KASANG_PUDAK))
    numbers = sorted(line.number for line in lines)
    assert all(re.fullmatch(r"SLRT-(1571|1505)-\d{4}-\d{5}", number) for number in numbers)
    assert [(number[5:9], number[-5:]) for number in numbers] == [
        ("1505", "00001"),
        *(("1571", f"{n:05}") for n in range(1, 6)),
    ]


@pytest.mark.parametrize(
    ("need", "urgent", "leaves"),
    [
        ("health_treatment", False, False),
        ("health_treatment", True, True),
        ("school_fees", True, False),  # no one's life hangs on it, whatever else the message says
        ("violence", False, True),
        ("aid_misdirected", False, True),
        ("registry_check", False, True),
    ],
)
async def test_what_is_urgent_restricted_or_low_risk_waits_for_nobody(
    world: World, need: str, urgent: bool, leaves: bool
) -> None:
    line = await world.open(need, urgent=urgent)
    referral = await world.referral(line.number, need)
    assert (referral.state != "drafted") == leaves
    assert ("approved" in await world.events(line.number)) == leaves
    assert (referral.due_at is not None) == leaves


async def test_urgent_and_ordinary_needs_of_one_message_go_their_own_ways(world: World) -> None:
    line = await world.open("health_treatment", "school_fees", urgent=True)
    urgent = await world.referral(line.number, "health_treatment")
    ordinary = await world.referral(line.number, "school_fees")
    assert (urgent.urgent, urgent.state) == (True, "approved")
    assert (ordinary.urgent, ordinary.state) == (False, "drafted")
    assert [row.urgent for row in await world.deliveries(urgent)] == [True]
    assert (await world.ticket(line.number)).state == "registered"


async def test_the_puskesoss_own_needs_need_no_post(world: World) -> None:
    line = await world.open("registry_check")
    referral = await world.referral(line.number, "registry_check")
    assert referral.state == "received"
    assert not await world.deliveries(referral)
    assert (await world.ticket(line.number)).state == "in_progress"


async def test_an_identity_number_in_the_words_is_not_kept(world: World) -> None:
    line = await world.open("cash_aid", complaint="nik 1571104705889001 bantuan putus")
    assert (await world.ticket(line.number)).complaint == "nik [nomor 16 angka] bantuan putus"


@pytest.mark.usefixtures("registry")
@pytest.mark.parametrize(
    ("person", "changes", "region", "outcome", "proven"),
    [
        (SITI, {}, LEGOK, "found", True),
        (SITI, {"name": "Sitti Aminah, S.Pd."}, LEGOK, "found", True),
        (SITI, {"kk": None}, LEGOK, "found", False),
        (SITI, {"kk": "1571101203159999"}, LEGOK, "contradicting", False),
        (SITI, {}, KASANG_PUDAK, "needs_visit", True),
        (SITI, {"nik": "1571104705889002"}, LEGOK, "not_found", False),
        (HENDRA, {}, "15.71.02.1004", "found_outside_target", True),
        (YUSUF, {}, KASANG_PUDAK, "contradicting", True),
    ],
)
async def test_what_the_registry_says_stands_with_the_ticket(
    world: World, person: object, changes: dict[str, str | None], region: str, outcome: str, proven: bool
) -> None:
    line = await world.open("cash_aid", region=region, identity=claims(person, **changes))

    ticket = await world.ticket(line.number)
    view = await ticket_view(world.house, await world.officer(region=None), line.number)
    assert (view.lookup.outcome, view.lookup.proven) == (outcome, proven)
    assert (ticket.nik or "")[-4:] == (view.nik_masked or "")[-4:]
    assert line.registry_checked
    assert await world.events(line.number) == ["opened", "looked_up"]
    assert line.referrals[0].state == "drafted"  # whatever it says, nobody is refused by a machine


@pytest.mark.usefixtures("registry")
async def test_the_facts_come_with_source_and_date(world: World) -> None:
    line = await world.open("cash_aid", identity=claims(SITI))
    view = await ticket_view(world.house, await world.officer(), line.number)
    assert [(f.source, f.desil, f.programmes) for f in view.lookup.facts] == [
        ("DTSEN", 2, ("BPNT", "PBI-JK", "PKH")),
        ("P3KE", 2, ("BPNT", "PKH")),
    ]


@pytest.mark.usefixtures("registry")
async def test_someone_elses_nik_tells_nothing(world: World) -> None:
    """With another name, a NIK of the lists and one that nobody has look alike to whoever asks."""
    theirs = await world.open("cash_aid", identity=Identity(SITI.nik, "Bambang Sutrisno", None))
    nobodys = await world.open("cash_aid", identity=Identity("1571104705889777", "Bambang Sutrisno", None))

    told = [(line.registry_checked, line.state, [r.state for r in line.referrals]) for line in (theirs, nobodys)]
    assert told[0] == told[1]
    heard = [text.replace(line.number, "N") for text, line in zip(await world.heard(), (theirs, nobodys), strict=True)]
    assert heard[0] == heard[1]
    ticket = await world.ticket(theirs.number)
    assert ticket.person_id is None
    assert ticket.lookup_facts == {
        "proven": False,
        "region": None,
        "contradictions": ["name_differs"],
        "facts": [],
    }
    assert all(row.person_id is None for row in await world.all(Audit))


@pytest.mark.usefixtures("registry")
async def test_guessing_is_throttled_by_chat_and_the_ticket_is_opened_all_the_same(world: World) -> None:
    guesses = itertools.count(1571020405120001)

    async def attempt(chat: str = "1001", kk: str | None = None) -> TicketLine:
        identity = replace(claims(SITI), kk=kk or str(next(guesses)))
        return await world.open("cash_aid", identity=identity, chat=chat)

    checked = [(await attempt()).registry_checked for _ in range(6)]
    assert checked == [True] * 5 + [False]
    # the same data once more are no new guess
    assert (await attempt(kk="1571020405120002")).registry_checked
    assert (await attempt("1002")).registry_checked
    assert len(await world.all(IdentityAttempt)) == 6
    world.clock.forward(hours=25)
    assert (await attempt()).registry_checked


@pytest.mark.usefixtures("registry")
async def test_guessing_one_nik_from_many_chats_is_throttled(world: World) -> None:
    checked = [
        (await world.open("cash_aid", identity=claims(SITI), chat=str(chat))).registry_checked for chat in range(9)
    ]
    assert checked == [True] * 8 + [False]


@pytest.mark.usefixtures("registry")
async def test_the_look_up_is_written_down(world: World) -> None:
    line = await world.open("cash_aid", identity=claims(SITI))
    ticket = await world.ticket(line.number)
    (look,) = await world.all(Audit)
    assert (look.actor, look.action, look.ticket_id, look.person_id) == (
        "system",
        "registry.look_up",
        ticket.id,
        ticket.person_id,
    )


async def test_without_a_nik_the_registry_is_not_asked(world: World) -> None:
    line = await world.open("cash_aid", identity=Identity(name="Siti Aminah"))
    assert not line.registry_checked
    assert not await world.all(IdentityAttempt)


async def test_a_ticket_without_needs_is_kept_for_an_officer(world: World) -> None:
    line = await world.open()
    assert (line.state, line.referrals) == ("registered", ())
    assert len(await world.all(Ticket)) == 1
    assert not await world.all(Referral)


async def test_words_that_nobody_understood_are_queued_for_later(world: World) -> None:
    line = await world.open(understood=False)
    ticket = await world.ticket(line.number)
    (job,) = await world.deliveries(kind="job.understand")
    assert (job.lane, job.payload, job.urgent) == ("job:understand", {"ticket": ticket.id}, True)
    assert len(await world.all(Delivery)) == 2  # the job and the answer
