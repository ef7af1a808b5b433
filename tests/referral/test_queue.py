"""The queue on the real PostgreSQL: who gets which row when."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text, update

from referral.policy import Family, Lanes
from referral.ports import Parcel
from referral.queue import (
    CHANNEL,
    NewDelivery,
    claim,
    claim_leased,
    done,
    drop,
    enqueue,
    held,
    hold,
    release,
    retry,
    retry_held,
    status,
)
from storage.database import Database
from storage.models import Delivery

LEASE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
ONE = Family(places=1)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
FAR_OFF = datetime(2100, 1, 1, tzinfo=UTC)


async def put(database: Database, key: str, lane: str = "agency:a", **values: Any) -> int:
    """Enqueue in a transaction of its own."""
    values.setdefault("ordered", lane.startswith("chat:"))
    async with database.transaction() as session:
        return await enqueue(session, NewDelivery(lane=lane, kind="test", key=key, payload={"key": key}, **values))


async def put_and_undo(database: Database, key: str) -> None:
    """Enqueue, see that nobody else sees it, and undo it."""
    async with database.transaction() as session:
        await enqueue(session, NewDelivery("agency:undone", False, "test", key, {}))
        assert await take(database) == []
        raise RuntimeError


async def take(
    database: Database, process: str = "p", limit: int = 10, family: Family = ONE, **values: Any
) -> list[Parcel]:
    """Claim in a transaction of its own."""
    async with database.transaction() as session:
        return await claim(session, process, family, limit, LEASE, **{"head_start": HOUR, **values})


async def take_leased(database: Database, ids: Sequence[int], process: str = "p") -> list[Parcel]:
    """Take leased rows in a transaction of its own."""
    async with database.transaction() as session:
        return await claim_leased(session, process, ids, LEASE)


async def finish(database: Database, parcel: Parcel) -> bool:
    """Mark a parcel as done."""
    async with database.transaction() as session:
        return await done(session, parcel)


async def let_leases_end(database: Database) -> None:
    """As if the holders had died long ago."""
    async with database.transaction() as session:
        await session.execute(update(Delivery).where(Delivery.leased_until.is_not(None)).values(leased_until=LONG_AGO))


async def row(database: Database, delivery_id: int) -> Delivery:
    """The row as it stands."""
    async with database.transaction() as session:
        return await session.get_one(Delivery, delivery_id)


def keys(parcels: Sequence[Parcel]) -> list[str]:
    """The keys in order."""
    return [parcel.key for parcel in parcels]


async def test_the_same_key_never_makes_a_second_row(database: Database) -> None:
    """Not even when two write it at once, or when the first has been delivered."""
    ids = await asyncio.gather(*(put(database, "k") for _ in range(4)))
    assert len(set(ids)) == 1
    [parcel] = await take(database)
    assert await finish(database, parcel)
    assert await put(database, "k") == parcel.id
    assert await take(database) == []


async def test_what_is_undone_was_never_there(database: Database) -> None:
    """The row belongs to its transaction."""
    with pytest.raises(RuntimeError):
        await put_and_undo(database, "k")
    assert await take(database) == []


async def test_the_payload_comes_back_and_is_sealed_on_disk(database: Database) -> None:
    """What a parcel carries is encrypted at rest."""
    async with database.transaction() as session:
        await enqueue(session, NewDelivery("agency:a", False, "test", "k", {"text": "rahasia"}))
        raw = await session.scalar(text("select payload from delivery"))
    assert b"rahasia" not in raw
    [parcel] = await take(database)
    assert parcel.payload == {"text": "rahasia"}
    assert parcel.attempts == 1


async def test_urgent_first_then_the_earliest_due(database: Database) -> None:
    """Across lanes and within an unordered lane."""
    await put(database, "late", "agency:a", due_at=LONG_AGO + timedelta(minutes=30))
    await put(database, "early", "agency:b", due_at=LONG_AGO)
    await put(database, "urgent", "agency:c", urgent=True, due_at=LONG_AGO + timedelta(minutes=50))
    await put(database, "urgent in a", "agency:a", urgent=True, due_at=LONG_AGO + timedelta(minutes=40))
    assert keys(await take(database, limit=3)) == ["urgent in a", "urgent", "early"]
    assert await take(database) == []


async def test_what_is_not_due_waits(database: Database) -> None:
    """A row of the future is left, and does not stand in the way of an unordered lane."""
    await put(database, "future", due_at=FAR_OFF, urgent=True)
    await put(database, "now")
    assert keys(await take(database)) == ["now"]


async def test_one_row_of_a_lane_at_a_time(database: Database) -> None:
    """The next is only given out when the one before is settled."""
    await put(database, "1")
    await put(database, "2")
    [first] = await take(database)
    assert await take(database, "q") == []
    await finish(database, first)
    assert keys(await take(database, "q")) == ["2"]


async def test_an_ordered_lane_keeps_its_order(database: Database) -> None:
    """Not even an urgent row passes a chat's head that waits for its next try."""
    await put(database, "1", "chat:1")
    await put(database, "2", "chat:1", urgent=True, due_at=LONG_AGO)
    [head] = await take(database)
    assert head.key == "1"
    async with database.transaction() as session:
        assert await retry(session, head, "p", "busy", timedelta(days=1))
    assert await take(database) == []
    async with database.transaction() as session:
        await session.execute(update(Delivery).where(Delivery.id == head.id).values(due_at=LONG_AGO))
    [head] = await take(database)
    assert (head.key, head.attempts) == ("1", 2)
    async with database.transaction() as session:
        assert await drop(session, head, "p", "gone")
    assert keys(await take(database)) == ["2"]


async def test_families(database: Database) -> None:
    """Lanes can be asked for by the word before the colon, or left out."""
    for lane in ("chat:1", "agency:a", "job:x", "odd"):
        await put(database, lane, lane)
    assert keys(await take(database, lanes=Lanes("chat:", "chat;"))) == ["chat:1"]
    assert keys(await take(database, lanes=Lanes("agency:a", "agency:a\x01", not_lanes=("agency:a",)))) == []
    assert keys(await take(database, lanes=Lanes(not_prefixes=("agency:", "chat:")))) == ["job:x", "odd"]
    assert keys(await take(database)) == ["agency:a"]


async def test_a_dead_holder_loses_its_row(database: Database) -> None:
    """After the lease another takes over; what the dead one says later counts only if it delivered."""
    await put(database, "k")
    [first] = await take(database, "dead")
    await let_leases_end(database)
    [second] = await take(database, "alive")
    assert (second.id, second.attempts) == (first.id, 2)
    async with database.transaction() as session:
        assert not await retry(session, first, "dead", "late", timedelta())
        assert not await hold(session, first, "dead", "late")
        assert not await drop(session, first, "dead", "late")
    assert await finish(database, first)
    assert not await finish(database, second)
    assert (await row(database, first.id)).state == "done"


async def test_an_earlier_lease_of_the_same_process_is_told_apart(database: Database) -> None:
    """The count of tries tells two leases of one process from each other."""
    await put(database, "k")
    [first] = await take(database)
    await let_leases_end(database)
    [second] = await take(database)
    async with database.transaction() as session:
        assert not await hold(session, first, "p", "late")
        assert await hold(session, second, "p", "now")


async def test_given_back_is_not_counted(database: Database) -> None:
    """A parcel that was not tried is as it was."""
    await put(database, "k")
    parcels = await take(database)
    async with database.transaction() as session:
        await release(session, "p", parcels)
    assert [(p.key, p.attempts) for p in await take(database, "q")] == [("k", 1)]


async def test_leased_rows_belong_to_the_turn(database: Database) -> None:
    """Nobody else gets them; the turn's process takes them in order."""
    one = await put(database, "1", "chat:1", leased_by="p")
    two = await put(database, "2", "chat:1", leased_by="p")
    assert await take(database, "q") == []
    assert keys(await take_leased(database, [two, one], "q")) == []
    assert keys(await take_leased(database, [two, one])) == ["1", "2"]


async def test_no_lease_behind_others(database: Database) -> None:
    """When something waits in the chat already, the dispatcher sends both, in order."""
    await put(database, "1", "chat:1")
    two = await put(database, "2", "chat:1", leased_by="p")
    assert await take_leased(database, [two]) == []
    [first] = await take(database, "q")
    assert first.key == "1"
    await finish(database, first)
    assert keys(await take(database, "q")) == ["2"]


async def test_a_lease_is_given_back_when_something_came_before(database: Database) -> None:
    """A row with a lower id that was committed later goes first."""
    async with database.transaction() as session:
        await enqueue(session, NewDelivery("chat:1", True, "test", "1", {}))
        two = await put(database, "2", "chat:1", leased_by="p")
    assert await take_leased(database, [two]) == []
    assert keys(await take(database, "q")) == ["1"]
    assert (await row(database, two)).leased_by is None


async def test_after_a_crash_the_dispatcher_has_the_turns_rows(database: Database) -> None:
    """What a process leased and never sent is free when the lease ends."""
    one = await put(database, "1", "chat:1", leased_by="dead")
    await let_leases_end(database)
    assert await take_leased(database, [one], "dead") == []
    assert keys(await take(database)) == ["1"]


async def test_held_rows_are_shown_and_tried_anew(database: Database) -> None:
    """A person sees why, and gives a fresh set of tries."""
    await put(database, "k", urgent=True)
    await put(database, "other", "agency:b")
    [parcel, _] = await take(database)
    async with database.transaction() as session:
        await hold(session, parcel, "p", "no such mailbox")
    async with database.transaction() as session:
        [entry] = await held(session)
        assert (entry.key, entry.last_error, entry.attempts) == ("k", "no such mailbox", 1)
        lanes = {lane.lane: (lane.waiting, lane.failing, lane.held) for lane in await status(session)}
        assert lanes == {"agency:a": (0, 0, 1), "agency:b": (1, 0, 0)}
        assert await retry_held(session, lane="agency:b") == 0
        assert await retry_held(session, ids=[parcel.id]) == 1
    assert [(p.key, p.attempts) for p in await take(database)] == [("k", 1)]


async def test_dispatchers_are_called_at_commit(database: Database) -> None:
    """NOTIFY names the lane when a row comes, and when a lane is free for its next row; not for an undone one."""
    heard: asyncio.Queue[str] = asyncio.Queue()
    async with database.listening(CHANNEL, heard.put_nowait):
        with pytest.raises(RuntimeError):
            await put_and_undo(database, "undone")
        await put(database, "leased", "chat:9", leased_by="p")
        await put(database, "1", "chat:1")
        await put(database, "2", "chat:1")
        async with asyncio.timeout(10):
            assert [await heard.get(), await heard.get()] == ["chat:1", "chat:1"]
        [parcel] = await take(database)
        await finish(database, parcel)
        async with asyncio.timeout(10):
            assert await heard.get() == "chat:1"
    assert heard.empty()


async def test_two_claimers_in_the_same_instant(database: Database) -> None:
    """While one claim is not committed yet, another gets nothing of its lanes, and does not wait for it."""
    for lane in ("agency:a", "agency:b"):
        for number in range(3):
            await put(database, f"{lane} {number}", lane)
    async with database.transaction() as first, database.transaction() as second:
        one = await claim(first, "p", ONE, 1, LEASE)
        two = await claim(second, "q", ONE, 10, LEASE)
        assert len(one) == 1
        assert not {parcel.lane for parcel in one} & {parcel.lane for parcel in two}
    async with database.transaction() as session:
        flying = await session.scalar(select(func.count()).where(Delivery.leased_until.is_not(None)))
        assert flying == len(one) + len(two)


async def test_what_comes_urgently_waits_for_what_is_on_its_way(database: Database) -> None:
    """A lane's next best row is not given out beside the one in flight, whether its claim is committed yet or not."""
    await put(database, "first")
    async with database.transaction() as session:
        assert keys(await claim(session, "p", ONE, 1, LEASE)) == ["first"]
        await put(database, "urgent", urgent=True)
        assert await take(database, "q") == []
    await put(database, "urgent too", urgent=True)
    assert await take(database, "q") == []


@pytest.mark.parametrize(("family", "calls"), [(ONE, ["agency:a"]), (Family(places=2, in_flight=None), [])])
async def test_an_end_calls_only_where_something_waited_for_it(
    database: Database, family: Family, calls: list[str]
) -> None:
    await put(database, "first")
    await put(database, "second")
    (parcel,) = await take(database, limit=1, family=family)
    heard: list[str] = []
    told = asyncio.Event()

    def hear(lane: str) -> None:
        told.set() if lane == "that is all" else heard.append(lane)

    async with database.listening(CHANNEL, hear):
        async with database.transaction() as session:
            await done(session, parcel)
        async with database.transaction() as session:
            await session.execute(select(func.pg_notify(CHANNEL, "that is all")))
        async with asyncio.timeout(30):
            await told.wait()
    assert heard == calls
