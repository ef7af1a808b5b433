"""What the data of delivery.yml promises, on the real PostgreSQL and with real processes."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select, text, update

from referral import queue
from referral.dispatcher import Dispatcher
from referral.policy import Breaker, Family, Lanes
from referral.ports import Parcel, TryAgain
from referral.tidying import Tidier
from storage.database import Database
from storage.keys import keys as installed_keys
from storage.keys import save_keys
from storage.models import Delivery, DeliveryArchive, DeliveryLane
from tests.acceptance.processes import Process
from tests.referral.test_dispatcher import PATIENCE, Notes, Receiver, make, policy, put, running, settled, state_of
from tests.referral.test_queue import LEASE, LONG_AGO, finish, keys, take
from tests.referral.test_queue import put as write

PROCESSES, ROWS = 4, 200


async def test_a_lane_with_a_rate_gives_one_row_and_then_waits(database: Database) -> None:
    slow = Family(places=4, in_flight=4, batch=4, per_minute=1)
    for number in range(3):
        await write(database, str(number))
    [parcel] = await take(database, family=slow)
    await finish(database, parcel)
    assert await take(database, "q", family=slow) == []
    async with database.transaction() as session:
        minute = await session.scalar(select(DeliveryLane.next_at - func.now()))
        assert timedelta(seconds=50) < minute <= timedelta(minutes=1)
        await session.execute(update(DeliveryLane).values(next_at=LONG_AGO))
    assert keys(await take(database, family=slow)) == ["1"]


async def test_what_is_stopped_is_left_alone_by_all_until_it_is_undone(database: Database) -> None:
    for lane in ("agency:a", "agency:b", "chat:1"):
        await write(database, lane, lane)
    for stopped, left in (("agency:a", ["agency:b", "chat:1"]), ("agency", ["chat:1"]), ("", [])):
        async with database.transaction() as session:
            await queue.pause(session, stopped)
        async with database.transaction() as session:
            assert keys(await queue.claim(session, "p", Family(places=9), 9, LEASE)) == left
            await session.rollback()
    async with database.transaction() as session:
        for stopped in ("", "agency", "agency:a"):
            assert await queue.take_again(session, stopped)
        assert not await queue.take_again(session, "agency:a")
    assert len(await take(database)) == 3


async def test_a_lease_is_prolonged_for_its_holder_alone(database: Database) -> None:
    await write(database, "k")
    [parcel] = await take(database)
    short = timedelta(seconds=1)
    for process, left in (("q", timedelta(seconds=2)), ("p", timedelta(minutes=5))):
        async with database.transaction() as session:
            await session.execute(update(Delivery).values(leased_until=func.now() + short))
            await queue.prolong(session, process, [parcel.id], timedelta(minutes=5))
        async with database.transaction() as session:
            ends = await session.scalar(select(Delivery.leased_until - func.now()))
            assert left - timedelta(seconds=30) < ends <= left


async def test_a_try_longer_than_its_lease_stays_with_its_process(database: Database) -> None:
    """The heartbeat: others look all the time, and never get it."""
    go_on = asyncio.Event()

    async def act(_parcel: Parcel) -> None:
        await go_on.wait()

    rules = policy().model_copy(update={"lease_seconds": 0.6})
    receiver, notes = Receiver(act), Notes()
    async with running(make(database, receiver, notes, rules)):
        await put(database, "k")
        async with asyncio.timeout(PATIENCE):
            await receiver.until_tried(1)
            for _ in range(20):
                async with database.transaction() as session:
                    await session.execute(text("select pg_sleep(0.1)"))
                assert await take(database, "other") == []
        go_on.set()
        await notes.until(1)
    assert (await state_of(database, "k")).attempts == 1


async def test_a_failing_lane_rests_and_costs_its_rows_no_tries(database: Database) -> None:
    """Two failures, then single trials; when it works again everything arrives."""
    working = False

    async def act(parcel: Parcel) -> None:
        if parcel.lane == "agency:ill" and not working:
            raise TryAgain("503")

    breaker = Breaker(failures=2, first_seconds=0.05, cap_seconds=0.1)
    receiver, notes = Receiver(act), Notes()
    rules = policy(tries=1000, agency=Family(places=4, batch=10, breaker=breaker))
    for number in range(8):
        await put(database, f"ill {number}", "agency:ill")
    async with running(make(database, receiver, notes, rules)):
        await put(database, "well", "agency:well")
        await notes.until(1)
        await receiver.until_tried(8)
        async with database.transaction() as session:
            [lane] = await session.scalars(select(DeliveryLane))
            assert (lane.lane, lane.last_error) == ("agency:ill", "503")
            assert lane.failures >= 2
        working = True
        await notes.until(9)
    assert sorted(receiver.got) == [*(f"ill {number}" for number in range(8)), "well"]
    async with database.transaction() as session:
        assert await session.scalar(select(DeliveryLane.failures)) == 0


async def test_what_was_tried_in_vain_for_too_long_is_held_though_its_lane_rests(database: Database) -> None:
    await put(database, "old", "agency:ill")
    await put(database, "young", "agency:ill")
    await put(database, "never tried, lane well", "agency:well")
    async with database.transaction() as session:
        old = Delivery.key.in_(("old", "never tried, lane well"))
        await session.execute(update(Delivery).where(old).values(since=LONG_AGO))
        session.add(DeliveryLane(lane="agency:ill", failures=9, last_error="503", open_until=func.now() + LEASE))
    notes = Notes()
    dispatcher = make(database, Receiver(), notes)
    tidier = dispatcher._tidier
    assert isinstance(tidier, Tidier)
    await tidier.tidy()
    assert notes.ends == [("old", "held")]
    assert (await state_of(database, "old")).last_error == "not delivered in 1 hours; 503"


async def test_what_has_ended_moves_to_the_archive_and_its_payload_goes_later(database: Database) -> None:
    for key in ("done", "dropped", "held", "waiting"):
        await write(database, key, f"agency:{key}")
    async with database.transaction() as session:
        for state in ("done", "dropped", "held"):
            await session.execute(update(Delivery).where(Delivery.key == state).values(state=state))
        assert await queue.archive_ended(session, timedelta(hours=1), 10) == 0
        assert await queue.archive_ended(session, timedelta(0), 10) == 2
        assert await queue.forget_payloads(session, timedelta(days=1), 10) == 0
        kept = {row.key: row.payload for row in await session.scalars(select(DeliveryArchive))}
        assert kept == {"done": {"key": "done"}, "dropped": {"key": "dropped"}}
        session.expire_all()
        assert await queue.forget_payloads(session, timedelta(0), 10) == 2
        assert set(await session.scalars(select(DeliveryArchive.payload))) == {None}
        assert set(await session.scalars(select(Delivery.key))) == {"held", "waiting"}
        [row] = await session.scalars(select(DeliveryArchive).where(DeliveryArchive.key == "done"))
        assert await queue.replay(session, row.id, "lost") is None


async def test_a_lane_of_its_own_has_rules_of_its_own(database: Database) -> None:
    rules = policy(agency=Family(places=1), **{"agency:big": Family(places=3, in_flight=3)})
    assert rules.lanes("agency").has("agency:small")
    assert not rules.lanes("agency").has("agency:big")
    assert rules.lanes("agency:big") == Lanes("agency:big", "agency:big\x01")
    assert rules.lanes(None).has("odd")
    assert not rules.lanes(None).has("agency:small")
    reached = asyncio.Event()
    at_once = 0

    async def act(parcel: Parcel) -> None:
        nonlocal at_once
        at_once += parcel.lane == "agency:big"
        if at_once == 3:
            reached.set()
        await asyncio.wait_for(reached.wait(), PATIENCE)

    receiver, notes = Receiver(act), Notes()
    for number in range(5):
        await put(database, f"{number}", "agency:big")
    async with running(make(database, receiver, notes, rules)):
        await notes.until(5)


async def test_plain_deliveries_are_marked_together_and_ends_with_consequences_one_by_one(database: Database) -> None:
    class Plain(Notes):
        def follows(self, parcel: Parcel, result: str) -> bool:
            return False

    receiver = Receiver()
    rules = policy(job=Family(places=100, in_flight=None))
    for number in range(300):
        await put(database, f"{number}", "job:x")
    async with running(Dispatcher(database, {"test": receiver}, Plain(), "p", rules)):
        await settled(database, "299", "done")
        await until_nothing_waits(database)
    assert Counter(receiver.got) == Counter(str(number) for number in range(300))
    async with database.transaction() as session:
        moments = await session.scalar(select(func.count(func.distinct(Delivery.done_at))))
    assert moments is not None
    assert moments < 100


async def until_nothing_waits(database: Database) -> None:
    """All rows have come to an end."""
    waiting = "select 1 from delivery where state = 'waiting' limit 1"
    async with asyncio.timeout(PATIENCE * 2), database.engine.connect() as connection:
        while await connection.scalar(text(waiting)):
            await connection.execute(text("select pg_sleep(0.02)"))
            await connection.rollback()


async def test_four_processes_deliver_each_row_once_and_keep_every_lanes_rules(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    """Conformance over real processes: ordered lanes in order, one of a lane at a time, nothing twice."""
    for number in range(ROWS):
        lane = f"chat:{number % 5}" if number % 2 else f"agency:{number % 7}"
        await put(database, f"{number:03d}", lane)
    command = (sys.executable, "-m", "tests.referral.conforming")
    save_keys(installed_keys(), tmp_path / "keys.json")
    environment = {"QUEUE_TEST_URL": database_url, "QUEUE_TEST_KEYS": str(tmp_path / "keys.json")}
    processes = [Process(f"p{each}", *command, f"p{each}", environment=environment) for each in range(PROCESSES)]
    await asyncio.gather(*(process.start() for process in processes))
    try:
        await until_nothing_waits(database)
    finally:
        codes = await asyncio.gather(*(process.stop() for process in processes))
    assert codes == [0] * PROCESSES
    seen = [line.split() for process in processes for line in process.output.splitlines() if line.startswith("sent ")]
    spans = sorted((float(begun), float(ended), lane, key) for _, lane, key, begun, ended in seen)
    assert Counter(key for *_, key in spans) == Counter(f"{number:03d}" for number in range(ROWS))
    assert sum(any(line.startswith("sent ") for line in process.output.splitlines()) for process in processes) > 1
    last: dict[str, tuple[float, str]] = {}
    for begun, ended, lane, key in spans:
        before, key_before = last.get(lane, (0.0, ""))
        assert begun >= before, (lane, key)
        assert not lane.startswith("chat") or key > key_before
        last[lane] = (ended, key)
