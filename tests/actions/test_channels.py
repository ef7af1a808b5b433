"""Channels used one after the other: the next one is taken when one fails or takes too long, and never twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from actions.channels import ConsoleSender, NextChannel
from actions.dispatch import NEXT, tell_unit
from actions.steps import lock_referral
from referral.contacts import Channel, Contacts
from referral.ports import Parcel, Refused
from storage.models import Delivery, Event, Referral
from tests.actions.world import World

UNIT, NEED = "dinkes-kota-jambi", "health_treatment"
WAYS = (
    Channel("webhook", "https://dinkes.example/slrt", "a-secret-of-this-test"),
    Channel("email", "dinkes@agency.example"),
    Channel("letter", ""),
)


@pytest.fixture
def world(world: World) -> World:
    """The unit's system first, then its mail, then paper."""
    contacts = Contacts({UNIT: WAYS}, in_turn={UNIT: None})
    return replace(world, house=replace(world.house, contacts=contacts))


async def approved(world: World, **draft: bool) -> Referral:
    """A referral that is on its way."""
    line = await world.open(NEED, **draft)
    referral = await world.referral(line.number, NEED)
    if referral.state == "drafted":
        await world.step(referral, "approve", "coordinator")
    return await world.referral(line.number, NEED)


async def ways(world: World, referral: Referral) -> list[str]:
    """The channels that were begun."""
    return [row.kind for row in await world.deliveries(referral)]


async def last(world: World, referral: Referral) -> Delivery:
    """The newest delivery."""
    return (await world.deliveries(referral))[-1]


async def time_is_over(world: World, kind: str) -> None:
    """What the dispatcher does when a channel's time is over."""
    (row,) = [row for row in await world.deliveries(kind=NEXT) if row.payload["kind"] == kind]
    await NextChannel(world.house).send(Parcel(row.id, row.lane, row.kind, row.key, row.payload))


async def test_only_the_first_channel_is_used_while_it_works(world: World) -> None:
    referral = await approved(world)
    assert await ways(world, referral) == ["webhook"]
    await world.settle(await last(world, referral))
    await time_is_over(world, "webhook")
    assert await ways(world, referral) == ["webhook"]
    assert (await world.all(Referral, Referral.id == referral.id))[0].state == "received"


async def test_what_is_held_takes_the_next_channel_and_staff_see_which(world: World) -> None:
    referral = await approved(world)
    await world.settle(await last(world, referral), "held")
    mail = await last(world, referral)
    assert (mail.kind, mail.lane) == ("email", f"agency:{UNIT}:email")
    await world.settle(mail)
    assert await ways(world, referral) == ["webhook", "email"]
    (event,) = await world.all(Event, Event.kind == "next_channel")
    assert event.data == {"from": "webhook", "to": "email"}
    assert (await world.all(Referral, Referral.id == referral.id))[0].state == "sent"


async def test_a_channel_whose_time_is_over_is_followed_by_the_next_once(world: World) -> None:
    referral = await approved(world)
    await time_is_over(world, "webhook")
    await time_is_over(world, "webhook")
    assert await ways(world, referral) == ["webhook", "email"]
    # the first one ends badly afterwards: the second was taken already
    await world.settle((await world.deliveries(referral))[0], "held")
    assert await ways(world, referral) == ["webhook", "email"]


async def test_paper_is_the_last(world: World) -> None:
    referral = await approved(world)
    await world.settle(await last(world, referral), "dropped")
    await world.settle(await last(world, referral), "held")
    letter = await last(world, referral)
    assert (letter.kind, letter.lane) == ("letter", "job:letters")
    await world.settle(letter, "held")
    assert await ways(world, referral) == ["webhook", "email", "letter"]


async def test_an_answered_or_reopened_referral_takes_no_further_channel(world: World) -> None:
    referral = await approved(world)
    await world.step(referral, "accept")
    await time_is_over(world, "webhook")
    assert await ways(world, referral) == ["webhook"]
    await world.step(referral, "finish", outcome="helped")
    await world.step(referral, "reopen", "system")
    assert await ways(world, referral) == ["webhook", "webhook"]
    old = (await world.deliveries(kind=NEXT))[0]
    await NextChannel(world.house).send(Parcel(old.id, old.lane, old.kind, old.key, old.payload))
    assert await ways(world, referral) == ["webhook", "webhook"]


@pytest.mark.parametrize(("urgent", "hours"), [(False, 4), (True, 1)])
async def test_how_long_a_channel_is_waited_for_is_data(world: World, urgent: bool, hours: int) -> None:
    await approved(world, urgent=urgent)
    (row,) = await world.deliveries(kind=NEXT)
    assert row.due_at == world.house.clock() + timedelta(hours=hours)


async def test_a_reminder_goes_where_the_referral_arrived_and_its_failure_moves_nothing(world: World) -> None:
    referral = await approved(world)
    await world.settle(await last(world, referral), "held")
    await world.settle(await last(world, referral))
    async with world.house.database.transaction() as session:
        ticket, locked = await lock_referral(session, referral.id)
        await tell_unit(session, world.house, ticket, locked, "reminder")
    assert await ways(world, referral) == ["webhook", "email", "email"]
    await world.settle(await last(world, referral), "held")
    assert await ways(world, referral) == ["webhook", "email", "email"]


async def test_the_units_own_list_is_a_channel_once_somebody_can_log_in(world: World) -> None:
    ways_in = {UNIT: (Channel("console", ""), Channel("email", "dinkes@agency.example"))}
    world = replace(world, house=replace(world.house, contacts=Contacts(ways_in)))
    referral = await approved(world)
    assert await ways(world, referral) == ["console", "email"]
    row = (await world.deliveries(referral))[0]
    parcel = Parcel(row.id, row.lane, row.kind, row.key, row.payload, referral_id=referral.id)
    with pytest.raises(Refused):
        await ConsoleSender(world.house).send(parcel)
    await world.officer("agency", None, unit=UNIT)
    await ConsoleSender(world.house).send(parcel)
    await world.settle(row)
    assert (await world.all(Referral, Referral.id == referral.id))[0].state == "sent"
