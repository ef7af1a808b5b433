"""Staff are told of what is stuck: once, in one mail, and above the worklist for as long as it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from actions.errors import NotAllowed
from actions.house import House
from actions.stuck import stuck_lanes, tell_of_stuck, try_stuck_again
from referral.contacts import Channel, Contacts
from referral.queue import NewDelivery, enqueue
from storage.models import Delivery
from tests.actions.world import World

DINSOS = "agency:dinsos-kota-jambi"
DESK, CIRCLE = "agency:slrt-kota-jambi", "agency:slrt-kota-jambi-khusus"


@pytest.fixture
def told(world: World) -> House:
    """The house with mail addresses of the SLRT's desks."""
    desks = ("slrt-kota-jambi", "slrt-kota-jambi-khusus")
    return replace(
        world.house, contacts=Contacts({unit: (Channel("email", f"{unit}@slrt.example"),) for unit in desks})
    )


async def put(world: World, key: str, lane: str = DINSOS, *, hours: float = 0, **values: Any) -> None:
    """A row that has waited for so long."""
    async with world.house.database.transaction() as session:
        row = await enqueue(session, NewDelivery(lane, False, "email", key, {}))
        since = func.now() - timedelta(hours=hours)
        await session.execute(update(Delivery).where(Delivery.id == row).values(since=since, **values))


async def notices(world: World, lane: str) -> Sequence[Delivery]:
    """The mails to a desk."""
    async with world.house.database.transaction() as session:
        rows = await session.scalars(select(Delivery).where(Delivery.lane == lane).order_by(Delivery.id))
        return rows.all()


async def test_each_stuck_row_is_told_of_once_in_one_mail(world: World, told: House) -> None:
    await put(world, "held", state="held", last_error="no mailbox")
    await put(world, "late", hours=5)
    await put(world, "fresh", "agency:dinkes-kota-jambi", hours=3)
    await put(world, "chat", "chat:17", hours=30)
    assert await tell_of_stuck(told) == 3
    assert await tell_of_stuck(told) == 0
    [mail] = await notices(world, DESK)
    assert "Dinas Sosial" in mail.payload["text"]
    assert "1 gagal dikirim, 1 masih menunggu" in mail.payload["text"]
    assert "Pesan ke warga: 1 masih menunggu" in mail.payload["html"].replace("<strong>", "").replace("</strong>", "")
    assert "Kesehatan" not in mail.payload["text"]
    assert "17" not in mail.payload["text"].replace("2017", "").split("Pesan ke warga")[1].split("sejak")[0]


async def test_while_a_notice_has_not_left_there_is_no_second_one_nor_one_about_itself(
    world: World, told: House
) -> None:
    await put(world, "a", state="held")
    await tell_of_stuck(told)
    await put(world, "b", state="held")
    async with world.house.database.transaction() as session:
        await session.execute(
            update(Delivery).where(Delivery.lane == DESK).values(since=func.now() - timedelta(days=2))
        )
    assert await tell_of_stuck(told) == 1
    assert len(await notices(world, DESK)) == 1


async def test_of_a_restricted_need_only_the_circle_is_told(world: World, told: House) -> None:
    line = await world.open("violence", urgent=True)
    async with world.house.database.transaction() as session:
        await session.execute(update(Delivery).where(Delivery.referral_id.is_not(None)).values(state="held"))
    assert line.number
    await tell_of_stuck(told)
    assert not await notices(world, DESK)
    [mail] = await notices(world, CIRCLE)
    assert "2 gagal dikirim" in mail.payload["text"]
    manager = await world.officer("manager")
    assert await stuck_lanes(told, replace(manager, restricted=False)) == []
    assert [lane.held for lane in await stuck_lanes(told, replace(manager, restricted=True))] == [2]


async def test_managers_see_it_until_it_is_gone_and_may_try_again(world: World) -> None:
    await put(world, "held", state="held", attempts=130)
    await put(world, "late", hours=5)
    manager, coordinator = await world.officer("manager"), await world.officer("coordinator")
    [lane] = await stuck_lanes(world.house, manager)
    assert (lane.lane, lane.held, lane.waiting) == (DINSOS, 1, 1)
    assert await stuck_lanes(world.house, coordinator) == []
    with pytest.raises(NotAllowed):
        await try_stuck_again(world.house, coordinator, DINSOS)
    assert await try_stuck_again(world.house, manager, "agency:dinkes-kota-jambi") == 0
    assert await try_stuck_again(world.house, manager, DINSOS) == 1
    [lane] = await stuck_lanes(world.house, manager)
    assert (lane.held, lane.waiting) == (0, 1)
