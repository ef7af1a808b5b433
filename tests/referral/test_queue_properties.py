"""Many claimers at once on the real PostgreSQL; whatever fails, dies or hurries. The names state what always holds."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import groupby

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select, update

from referral.policy import Breaker, Family
from referral.ports import Parcel
from referral.queue import (
    NewDelivery,
    archive_ended,
    claim,
    claim_leased,
    done,
    done_many,
    enqueue,
    failed,
    hold,
    release,
    replay,
    retry,
    retry_held,
    worked,
)
from storage.database import Database
from storage.models import Delivery, DeliveryArchive, DeliveryLane

LANES = ("chat:1", "chat:2", "agency:a", "agency:b", "job:x")
LEASE = timedelta(minutes=5)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
ENDS = ("done", "done", "done", "done with others", "retry", "release", "dies before sending", "dies after sending")
some = settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])


@dataclass
class World:
    """What the receivers saw, and how many of a lane are on their way just now."""

    most: int  # that may be on their way
    seen: list[tuple[str, str]] = field(default_factory=list)  # (lane, key) of each arrival
    marked: list[str] = field(default_factory=list)
    flying: Counter[str] = field(default_factory=Counter)
    overlaps: int = 0
    deaths: int = 0
    written: bool = False

    def set_off(self, lane: str) -> None:
        """A lane's turn begins."""
        self.flying[lane] += 1
        self.overlaps += self.flying[lane] > self.most


rows = st.lists(st.tuples(st.sampled_from(LANES), st.booleans(), st.booleans()), min_size=1, max_size=14)


@pytest.fixture(autouse=True)
async def _empty(database: Database) -> None:
    await empty(database)


async def empty(database: Database) -> None:
    """Nothing was ever queued."""
    async with database.transaction() as session:
        for table in (Delivery, DeliveryArchive, DeliveryLane):
            await session.execute(delete(table))


async def end_leases(database: Database, ids: Sequence[int]) -> None:
    """The holder of these died long ago."""
    async with database.transaction() as session:
        statement = update(Delivery).where(Delivery.id.in_(ids), Delivery.leased_until.is_not(None))
        await session.execute(statement.values(leased_until=LONG_AGO))


async def work(database: Database, world: World, name: str, fate: random.Random, batch: int) -> None:
    """A dispatcher with bad luck: claims, delivers or fails or dies, until nothing waits."""
    family = Family(places=1, in_flight=world.most, batch=batch)
    while True:
        async with database.transaction() as session:
            parcels = await claim(session, name, family, fate.randint(1, 4), LEASE)
        if not parcels:
            async with database.transaction() as session:
                waiting = await session.scalar(select(Delivery.id).where(Delivery.state == "waiting").limit(1))
                if waiting is None and world.written:
                    return
            continue
        if world.most > 1:
            turns = [[parcel] for parcel in parcels]
        else:
            turns = [list(turn) for _, turn in groupby(parcels, key=lambda parcel: parcel.lane)]
        for turn in turns:
            world.set_off(turn[0].lane)
        for turn in turns:
            await take_turn(database, world, name, turn, fate)


async def take_turn(database: Database, world: World, name: str, turn: list[Parcel], fate: random.Random) -> None:
    """Send a lane's rows one after another, as far as it goes."""
    lane = turn[0].lane
    while turn:
        parcel = turn.pop(0)
        end = fate.choice(ENDS)
        if end in ("retry", "release") or not turn:
            world.flying[lane] -= not turn or parcel.ordered
        await deliver(database, world, name, parcel, end)
        if end.startswith("dies"):
            world.flying[lane] -= bool(turn)
            await end_leases(database, [parcel.id, *(other.id for other in turn)])
            return
        if turn and parcel.ordered and end in ("retry", "release"):
            async with database.transaction() as session:
                await release(session, name, turn)
            return


async def deliver(database: Database, world: World, name: str, parcel: Parcel, end: str) -> None:
    """One try with a given end."""
    if end.startswith("done") or end == "dies after sending":
        world.seen.append((parcel.lane, parcel.key))
    async with database.transaction() as session:
        if end == "done":
            world.marked += [parcel.key] * await done(session, parcel)
        elif end == "done with others":
            world.marked += [parcel.key] * len(await done_many(session, [parcel]))
        elif end == "retry":
            await retry(session, parcel, name, "busy", timedelta())
        elif end == "release":
            await release(session, name, [parcel])
        else:
            world.deaths += end == "dies after sending"


@some
@given(rows=rows, workers=st.integers(2, 4), luck=st.integers(0, 10**6), leased=st.booleans(), batch=st.integers(1, 4))
async def test_nothing_is_lost_or_doubled_and_chats_keep_their_order_whoever_dies(
    database: Database, rows: list[tuple[str, bool, bool]], workers: int, luck: int, leased: bool, batch: int
) -> None:
    """Each row ends as done once, arrives at most once more per death, and a lane has one row on its way."""
    await empty(database)
    world = World(most=1)
    await asyncio.gather(
        *(work(database, world, f"w{count}", random.Random(luck + count), batch) for count in range(workers)),
        write(database, world, rows, "turn" if leased else None),
    )
    assert world.overlaps == 0
    check_arrivals(world, len(rows))
    for lane in ("chat:1", "chat:2"):
        order = [int(key) for seen_lane, key in world.seen if seen_lane == lane]
        assert order == sorted(order)


def check_arrivals(world: World, count: int) -> None:
    """Every row arrived and was marked once; more often only where somebody died after sending."""
    assert Counter(world.marked) == Counter(str(number) for number in range(count))
    arrivals = Counter(key for _, key in world.seen)
    assert set(arrivals) == set(world.marked)
    assert sum(arrivals.values()) - len(arrivals) <= world.deaths


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


@some
@given(count=st.integers(1, 25), workers=st.integers(2, 4), luck=st.integers(0, 10**6), most=st.integers(2, 5))
async def test_never_more_of_a_lane_are_on_their_way_than_its_family_allows(
    database: Database, count: int, workers: int, luck: int, most: int
) -> None:
    await empty(database)
    world = World(most=most, written=True)
    for number in range(count):
        async with database.transaction() as session:
            await enqueue(session, NewDelivery("agency:a", False, "t", f"{number}", {}))
    await asyncio.gather(
        *(work(database, world, f"w{each}", random.Random(luck + each), 1) for each in range(workers)),
    )
    assert world.overlaps == 0
    check_arrivals(world, count)


clock_jumps = st.lists(st.sampled_from([-3600, -60, 0, 61, 3600, 10**6]), min_size=3, max_size=8)


@some
@given(jumps=clock_jumps, luck=st.integers(0, 10**6))
async def test_a_row_ends_once_however_the_clock_jumps(database: Database, jumps: list[int], luck: int) -> None:
    """Leases end early or never; two hold the same row and both say what became of it."""
    await empty(database)
    fate = random.Random(luck)
    async with database.transaction() as session:
        row = await enqueue(session, NewDelivery("agency:a", False, "t", "k", {}))
    held: list[tuple[str, Parcel]] = []
    ends: list[str] = []
    for number, seconds in enumerate(jumps):
        async with database.transaction() as session:
            by = timedelta(seconds=seconds)
            await session.execute(
                update(Delivery).values(leased_until=Delivery.leased_until - by, due_at=Delivery.due_at - by)
            )
            got = await claim(session, f"p{number}", Family(places=1), 1, timedelta(minutes=1))
        held += [(f"p{number}", parcel) for parcel in got]
        if held and fate.random() < 0.6:
            name, parcel = fate.choice(held)
            async with database.transaction() as session:
                if fate.random() < 0.5:
                    ends += ["done"] * await done(session, parcel)
                else:
                    ends += ["held"] * await hold(session, parcel, name, "no")
    async with database.transaction() as session:
        state = (await session.get_one(Delivery, row)).state
    assert ends in ([], [state])
    # a try is counted with each claim, so no two holders have the same count
    assert len({parcel.attempts for _, parcel in held}) == len(held)


@some
@given(urgent=st.lists(st.integers(0, 300), min_size=5, max_size=30), waited=st.integers(0, 300))
async def test_urgent_goes_first_but_passes_nothing_that_waited_longer_than_the_head_start(
    database: Database, urgent: list[int], waited: int
) -> None:
    """In minutes ago; the head start is an hour."""
    await empty(database)
    now = datetime.now(UTC)
    async with database.transaction() as session:
        for number, minutes in enumerate(urgent):
            due = now - timedelta(minutes=minutes)
            await enqueue(session, NewDelivery("agency:a", False, "t", f"u{number}", {}, True, due_at=due))
        due = now - timedelta(minutes=waited)
        await enqueue(session, NewDelivery("agency:a", False, "t", "plain", {}, due_at=due))
    order: list[str] = []
    for _ in range(len(urgent) + 1):
        async with database.transaction() as session:
            [parcel] = await claim(session, "p", Family(places=1), 1, LEASE, head_start=timedelta(hours=1))
            await done(session, parcel)
            order.append(parcel.key)
    before = order[: order.index("plain")]
    assert sorted(before) == sorted(f"u{number}" for number, minutes in enumerate(urgent) if minutes + 60 >= waited)


@some
@given(results=st.lists(st.booleans(), min_size=1, max_size=12), most=st.integers(1, 4))
@example(results=[False] * 120, most=3)
async def test_a_lane_rests_exactly_after_so_many_failures_in_a_row_and_then_gives_one_trial(
    database: Database, results: list[bool], most: int
) -> None:
    await empty(database)
    breaker = Breaker(failures=most, first_seconds=60, cap_seconds=600)
    family = Family(places=5, in_flight=3, batch=5, breaker=breaker)
    async with database.transaction() as session:
        for number in range(4):
            await enqueue(session, NewDelivery("agency:a", False, "t", f"{number}", {}))
    in_a_row = 0
    for worked_well in results:
        async with database.transaction() as session:
            if worked_well:
                await worked(session, ["agency:a"])
                in_a_row = 0
            else:
                in_a_row += 1
                rest = await failed(session, "agency:a", breaker, "no", 0)
                assert (rest is not None) == (in_a_row >= most)
                assert rest is None or rest == pytest.approx(min(60 * 2 ** (in_a_row - most), 600), rel=0.01)
    async with database.transaction() as session:
        got = await claim(session, "p", family, 5, LEASE)
        assert len(got) == (0 if in_a_row >= most else 3)
        await release(session, "p", got)
        await session.execute(update(DeliveryLane).values(open_until=LONG_AGO))
    if in_a_row >= most:
        for expected in (1, 0):  # one trial, and nothing beside it whoever asks
            async with database.transaction() as session:
                assert len(await claim(session, f"p{expected}", family, 5, LEASE)) == expected


@some
@given(steps=st.lists(st.sampled_from(["write", "finish", "archive", "replay", "hold", "retry"]), max_size=20))
async def test_a_key_and_a_pending_name_make_one_row_whatever_is_archived_or_sent_again(
    database: Database, steps: list[str]
) -> None:
    await empty(database)
    replays = 0
    for step in ["write", *steps, "write"]:
        async with database.transaction() as session:
            if step == "write":
                await enqueue(session, NewDelivery("a:a", False, "t", "k", {"n": 1}))
                await enqueue(session, NewDelivery("a:b", False, "t", f"p{random.random()}", {}, pending="one"))
            elif step in ("finish", "hold"):
                for parcel in await claim(session, "p", Family(places=9), 9, LEASE):
                    await (done(session, parcel) if step == "finish" else hold(session, parcel, "p", "no"))
            elif step == "archive":
                await archive_ended(session, timedelta(0), 100)
            elif step == "retry":
                await retry_held(session)
            elif step == "replay":
                first = select(func.min(Delivery.id)).where(Delivery.key == "k", Delivery.state == "done")
                row = await session.scalar(first)
                replays += row is not None and await replay(session, row, "asked for") is not None
    async with database.transaction() as session:
        written = [
            key
            for table in (Delivery, DeliveryArchive)
            for key in await session.scalars(select(table.key).where(table.lane == "a:a"))
        ]
        waiting = await session.scalar(
            select(func.count()).where(Delivery.pending == "one", Delivery.state == "waiting")
        )
    assert sorted(written) == sorted(["k", *(f"k~{number + 2}" for number in range(replays))])
    assert waiting == 1
