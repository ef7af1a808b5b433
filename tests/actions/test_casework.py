"""What a resident corrects after the ticket was opened."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from actions.desk import DraftNeed, HomeFields, Identity, OfficerWish
from actions.errors import NotNow
from actions.review import choose_unit, contacted
from actions.tickets import ticket_view
from actions.worklist import worklist
from referral.calendar import add_working_days
from registry.samples import SAMPLE_PERSONS, Invented
from storage.models import Referral, Ticket, TicketNeed
from tests.actions.world import KASANG_PUDAK, LEGOK, World

FEES = DraftNeed("school_fees", "resident", None, {"school_level": "sd", "school_debt": "350000"})


async def correct(
    world: World, number: str, home: HomeFields, answers: dict[str, str] | None = None, chat: str = "1001"
) -> str | None:
    """The resident writes "salah, …" and the engine has read this of it."""
    done: str | None = await world.with_desk(
        lambda desk: desk.correct(number, "salah, nik 1571104705889001", home, answers or {}), chat=chat
    )
    return done


async def test_undecided_fields_change_and_the_need_finds_its_new_desk(world: World) -> None:
    line = await world.open(FEES, "food_aid")
    assert await correct(world, line.number, HomeFields(KASANG_PUDAK, "21"), {"school_level": "sma"}) == "changed"
    ticket = await world.ticket(line.number)
    assert (ticket.region_code, ticket.rt) == (KASANG_PUDAK, "21")
    (fees,) = await world.all(TicketNeed, TicketNeed.ticket_id == ticket.id, TicketNeed.need == "school_fees")
    assert fees.answers == {"school_level": "sma", "school_debt": "350000"}
    assert (await world.referral(line.number, "school_fees")).unit == "disdik-provinsi-jambi"
    assert (await world.referral(line.number, "food_aid")).unit == "dinsosppa-muaro-jambi"
    officer = await world.officer(region=KASANG_PUDAK)
    notes = [event.note for event in (await ticket_view(world.house, officer, line.number)).events]
    assert any(note and note.startswith("salah") and "1571104705889001" not in note for note in notes)


async def test_a_desk_that_an_officer_chose_stays(world: World) -> None:
    line = await world.open(FEES)
    referral = await world.referral(line.number, "school_fees")
    await choose_unit(world.house, await world.officer("coordinator", region=LEGOK), referral.id, "baznas-kota-jambi")
    await correct(world, line.number, HomeFields(), {"school_level": "sma"})
    assert (await world.referral(line.number, "school_fees")).unit == "baznas-kota-jambi"


async def test_once_decided_it_is_a_note_for_the_officer(world: World) -> None:
    line = await world.open("registry_check")
    assert await correct(world, line.number, HomeFields(LEGOK, "21")) == "noted"
    assert (await world.ticket(line.number)).rt is None
    assert "corrected" in await world.events(line.number)


async def test_a_need_told_later_joins_the_ticket_and_waits_for_an_officer(world: World) -> None:
    line = await world.open("food_aid")
    needs = [DraftNeed("food_aid", "nlu", 0.9), DraftNeed("registry_check", "nlu", 0.9)]
    assert await world.with_desk(lambda desk: desk.add_words(line.number, "cek desil juga", needs)) == (
        "registry_check",
    )
    added = await world.referral(line.number, "registry_check")
    assert added.state == "drafted"  # though a need of its kind leaves by itself
    assert (await world.events(line.number)).count("need_added") == 1
    assert len(await world.all(Referral, Referral.need == "food_aid")) == 1


async def test_a_need_beside_violence_joins_without_words_and_names_nothing(world: World) -> None:
    line = await world.open("violence", complaint="Suami sayo mukul, rumah bocor jugo", urgent=True)
    needs = [DraftNeed("housing_repair", "nlu", 0.6)]
    assert await world.with_desk(lambda desk: desk.add_words(line.number, "", needs)) == ("housing_repair",)
    assert (await world.referral(line.number, "housing_repair")).state == "drafted"
    assert "words_added" not in await world.events(line.number)
    everything = str(await ticket_view(world.house, await world.officer(), line.number))
    assert "mukul" not in everything
    assert "violence" not in everything


async def test_the_wish_for_an_officer_is_seen_until_one_has_spoken(world: World) -> None:
    line = await world.open("food_aid")
    officer = await world.officer(region=LEGOK)
    wish = OfficerWish("call", "081234567890")
    assert not await world.with_desk(lambda desk: desk.want_officer(line.number, wish), chat="666")
    assert await world.with_desk(lambda desk: desk.want_officer(line.number, wish))
    assert [item.wanted for item in await worklist(world.house, officer)] == ["call"]
    view = await ticket_view(world.house, officer, line.number)
    assert (view.wanted, view.phone) == ("call", "081234567890")
    await contacted(world.house, officer, line.number)
    assert [item.wanted for item in await worklist(world.house, officer)] == [None]
    with pytest.raises(NotNow):
        await contacted(world.house, officer, line.number)
    assert (await world.events(line.number))[-2:] == ["officer_wanted", "officer_spoke"]


async def test_beside_a_restricted_need_the_wish_is_for_the_narrow_circle(world: World) -> None:
    line = await world.open("food_aid", "violence", officer=OfficerWish("call", "081234567890"))
    plain = await world.officer(region=LEGOK)
    assert [item.wanted for item in await worklist(world.house, plain)] == [None]
    assert (await ticket_view(world.house, plain, line.number)).phone is None
    chosen = await world.officer(region=LEGOK, restricted=True)
    assert (await ticket_view(world.house, chosen, line.number)).phone == "081234567890"


def proof(person: Invented, **changes: str | None) -> Identity:
    """What the person gives when asked."""
    return Identity(**({"nik": person.nik, "name": person.name, "kk": person.kk} | changes))


@pytest.mark.usefixtures("registry")
async def test_the_same_household_and_need_are_pointed_out_to_officers(world: World) -> None:
    siti, hendra = SAMPLE_PERSONS[0], SAMPLE_PERSONS[2]
    first = await world.open("food_aid", "violence", identity=proof(siti), chat="1")
    again = await world.open("food_aid", "violence", identity=proof(siti), chat="2")
    await world.open("food_aid", identity=proof(siti, kk=None), chat="3")  # not proven
    await world.open("food_aid", identity=proof(hendra), chat="4")
    await world.open("cash_aid", identity=proof(siti), chat="5")
    for restricted in (False, True):
        officer = await world.officer(region=None, restricted=restricted)
        found = (await ticket_view(world.house, officer, again.number)).duplicates
        assert [(twin.number, twin.need_name, twin.same_person) for twin in found] == [
            (first.number, world.house.catalogue.needs["food_aid"].name, True)
        ]


@pytest.mark.usefixtures("registry")
async def test_what_is_long_ago_is_another_matter(world: World) -> None:
    siti = SAMPLE_PERSONS[0]
    first = await world.open("food_aid", identity=proof(siti))
    second = await world.open("food_aid", identity=proof(siti))
    old = datetime.now(UTC) - timedelta(days=world.house.catalogue.deadlines.duplicate_days + 1)
    async with world.house.database.transaction() as session:
        await session.execute(update(Ticket).where(Ticket.number == first.number).values(created_at=old))
    officer = await world.officer(region=None)
    assert not (await ticket_view(world.house, officer, second.number)).duplicates


async def test_a_line_says_until_when_an_officer_looks_at_it(world: World) -> None:
    line = await world.open("housing_repair")
    (mine,) = (await world.with_desk(lambda desk: desk.my_tickets()))[0].referrals
    days = world.house.catalogue.deadlines.review_working_days
    referral = await world.referral(line.number, "housing_repair")
    assert mine.review_by == add_working_days(referral.created_at, days)


@pytest.mark.parametrize("chat", ["666"])
async def test_nobody_corrects_the_ticket_of_another_chat(world: World, chat: str) -> None:
    line = await world.open("food_aid")
    assert await correct(world, line.number, HomeFields(rt="9"), chat=chat) is None
    assert (await world.ticket(line.number)).rt is None


async def test_the_line_tells_what_is_known(world: World) -> None:
    line = await world.open(FEES, rt="5")
    (mine,) = await world.with_desk(lambda desk: desk.my_tickets())
    assert mine.number == line.number
    assert mine.home == HomeFields(LEGOK, "5", None)
    assert mine.referrals[0].answers == FEES.answers


async def test_the_resident_takes_a_sent_report_back_once_and_only_her_own(world: World) -> None:
    line = await world.open("food_aid", "violence")
    assert not await world.with_desk(lambda desk: desk.withdraw(line.number), chat="1002")
    assert await world.with_desk(lambda desk: desk.withdraw(line.number), chat="1001")
    assert (await world.ticket(line.number)).closed_as == "withdrawn"
    assert (await world.referral(line.number, "food_aid")).state == "revoked"
    # who holds her phone must not be able to end that
    assert (await world.referral(line.number, "violence")).state != "revoked"
    assert not await world.with_desk(lambda desk: desk.withdraw(line.number), chat="1001")
