"""Many claimers at once on the real PostgreSQL: nothing lost, nothing doubled, no order broken."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from referral.ports import Parcel
from referral.queue import NewDelivery, claim, claim_leased, done, enqueue, release, retry
from storage.database import Database
from storage.models import Delivery

LANES = ("chat:1", "chat:2", "agency:a", "agency:b", "job:x")
LEASE = timedelta(minutes=5)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
ENDS = ("done", "done", "done", "retry", "release", "dies before sending", "dies after sending")


@dataclass
class World:
    """What the receivers saw, and who holds what just now."""

    seen: list[tuple[str, str]] = field(default_factory=list)  # (lane, key) of each arrival
    marked: list[str] = field(default_factory=list)
    flying: set[str] = field(default_factory=set)  # lanes with a row on its way
    overlaps: int = 0
    deaths: int = 0
    written: bool = False


rows = st.lists(st.tuples(st.sampled_from(LANES), st.booleans(), st.booleans()), min_size=1, max_size=14)


async def work(database: Database, world: World, name: str, fate: random.Random) -> None:
    """A dispatcher with bad luck: claims, delivers or fails or dies, until nothing waits."""
    while True:
        async with database.transaction() as session:
            parcels = await claim(session, name, fate.randint(1, 4), LEASE)
        if not parcels:
            async with database.transaction() as session:
                waiting = await session.scalar(select(Delivery.id).where(Delivery.state == "waiting").limit(1))
                if waiting is None and world.written:
                    return
            continue
        for parcel in parcels:
            world.overlaps += parcel.lane in world.flying
            world.flying.add(parcel.lane)
        for parcel in parcels:
            await deliver(database, world, name, parcel, fate.choice(ENDS))


async def deliver(database: Database, world: World, name: str, parcel: Parcel, end: str) -> None:
    """One try with a given end."""
    if end in ("done", "dies after sending"):
        world.seen.append((parcel.lane, parcel.key))
    world.flying.discard(parcel.lane)
    async with database.transaction() as session:
        if end == "done":
            if await done(session, parcel):
                world.marked.append(parcel.key)
        elif end == "retry":
            await retry(session, parcel, name, "busy", timedelta())
        elif end == "release":
            await release(session, name, [parcel])
        else:
            world.deaths += end == "dies after sending"
            # the lease of the dead one ends
            statement = update(Delivery).where(Delivery.id == parcel.id, Delivery.state == "waiting")
            await session.execute(statement.values(leased_until=LONG_AGO))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=rows, workers=st.integers(2, 4), luck=st.integers(0, 10**6), leased=st.booleans())
async def test_nothing_lost_nothing_doubled(
    database: Database, rows: list[tuple[str, bool, bool]], workers: int, luck: int, leased: bool
) -> None:
    """Whatever fails and dies: each row ends as done once, arrives at most once more per death, chats in order."""
    async with database.transaction() as session:
        await session.execute(delete(Delivery))
    world = World()
    await asyncio.gather(
        *(work(database, world, f"w{count}", random.Random(luck + count)) for count in range(workers)),
        write(database, world, rows, "turn" if leased else None),
    )
    assert world.overlaps == 0
    assert Counter(world.marked) == Counter(str(number) for number in range(len(rows)))
    arrivals = Counter(key for _, key in world.seen)
    assert set(arrivals) == set(world.marked)
    assert sum(arrivals.values()) - len(arrivals) <= world.deaths
    for lane in ("chat:1", "chat:2"):
        order = [int(key) for seen_lane, key in world.seen if seen_lane == lane]
        assert order == sorted(order)


async def write(database: Database, world: World, rows: list[tuple[str, bool, bool]], leased_by: str | None) -> None:
    """Turns that enqueue while the dispatchers work, and send themselves what they leased."""
    for number, (lane, urgent, doubled) in enumerate(rows):
        for _ in range(2 if doubled else 1):
            async with database.transaction() as session:
                new = NewDelivery(lane, lane.startswith("chat"), "t", f"{number}", {}, urgent, leased_by=leased_by)
                delivery = await enqueue(session, new)
            if number % 3:
                await send_turn(database, world, delivery)
    await send_turn(database, world, *range(delivery - 20, delivery + 1))
    async with database.transaction() as session:
        # what a turn leased and never sent: its process died
        statement = update(Delivery).where(Delivery.leased_by == "turn", Delivery.state == "waiting")
        await session.execute(statement.values(leased_until=LONG_AGO))
    world.written = True


async def send_turn(database: Database, world: World, *ids: int) -> None:
    """The process that took the turn sends what it leased, among the dispatchers."""
    async with database.transaction() as session:
        parcels = await claim_leased(session, "turn", ids, LEASE)
    for parcel in parcels:
        await deliver(database, world, "turn", parcel, "done")
