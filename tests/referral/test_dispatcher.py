"""The dispatcher with real queues and made-up receivers."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from referral import ledger as ledger_module
from referral.dispatcher import Dispatcher
from referral.policy import Archive, Family, Policy, Tries
from referral.ports import Gone, Parcel, Refused, TryAgain
from referral.queue import NewDelivery, enqueue, retry_held
from storage.database import Database
from storage.models import Delivery, Fact

PATIENCE = 30


def policy(tries: int = 5, first: float = 0.0, limit: float = 20, **families: int | Family) -> Policy:
    """Quick tries; polling so rare that a test which passes was woken by NOTIFY."""
    rules = {name: each if isinstance(each, Family) else Family(places=each) for name, each in families.items()}
    return Policy(
        lease_seconds=60,
        poll_seconds=600,
        grace_seconds=0,
        tidy_seconds=600,
        turn_seconds=60,
        urgent_head_start_seconds=3600,
        stuck_after_hours=4,
        families=rules or {"chat": Family(places=4), "agency": Family(places=4)},
        others=Family(places=2),
        archive=Archive(after_hours=24, batch=100, payload_days=30),
        kinds={},
        otherwise=Tries(tries=tries, first_seconds=first, cap_seconds=first, time_limit_seconds=limit, hours=1),
    )


class Receiver:
    """A sender that does as told and remembers."""

    def __init__(self, act: Callable[[Parcel], Awaitable[None]] | None = None) -> None:
        self.got: list[str] = []
        self.tried: list[str] = []
        self._act = act
        self._called = asyncio.Event()

    async def until_tried(self, count: int) -> None:
        """Wait for that many tries."""
        async with asyncio.timeout(PATIENCE):
            while len(self.tried) < count:
                self._called.clear()
                await self._called.wait()

    async def send(self, parcel: Parcel) -> int | None:
        """Take it, or do what the test wants. A message's receipt is its number and a thousand."""
        self.tried.append(parcel.key)
        self._called.set()
        if self._act is not None:
            await self._act(parcel)
        self.got.append(parcel.key)
        return parcel.message_id + 1000 if parcel.message_id else None


class Notes:
    """A settle that writes each end into the database, in the same transaction."""

    def __init__(self) -> None:
        self.ends: list[tuple[str, str]] = []
        self.changed = asyncio.Event()
        self.receipts: dict[int, int] = {}

    async def received(self, session: AsyncSession, receipts: Mapping[int, int]) -> None:
        """Remember."""
        self.receipts.update(receipts)

    def follows(self, parcel: Parcel, result: str) -> bool:
        """Always."""
        return True

    async def __call__(self, session: AsyncSession, parcel: Parcel, result: str) -> None:
        """Write it down."""
        session.add(Fact(name=f"{parcel.key} {result}", value=""))
        self.ends.append((parcel.key, result))
        self.changed.set()

    async def until(self, count: int) -> list[tuple[str, str]]:
        """Wait for that many ends."""
        async with asyncio.timeout(PATIENCE):
            while len(self.ends) < count:
                self.changed.clear()
                await self.changed.wait()
        return sorted(self.ends)


@asynccontextmanager
async def running(*dispatchers: Dispatcher) -> AsyncIterator[asyncio.Event]:
    """Dispatchers at work during the block."""
    stop = asyncio.Event()
    tasks = [asyncio.create_task(each.run(stop)) for each in dispatchers]
    try:
        yield stop
    finally:
        stop.set()
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(*tasks)


async def put(database: Database, key: str, lane: str = "agency:a", leased_by: str | None = None) -> int:
    """Enqueue one."""
    async with database.transaction() as session:
        new = NewDelivery(lane, lane.startswith("chat:"), "test", key, {}, leased_by=leased_by)
        return await enqueue(session, new)


async def state_of(database: Database, key: str) -> Delivery:
    """The row of a key."""
    async with database.transaction() as session:
        return (await session.scalars(select(Delivery).where(Delivery.key == key))).one()


async def settled(database: Database, key: str, state: str) -> Delivery:
    """The row of a key once it has a state: marking is committed a moment after the receiver's answer."""
    async with asyncio.timeout(PATIENCE):
        found = await state_of(database, key)
        while found.state != state:
            found = await state_of(database, key)
    return found


def make(
    database: Database, receiver: Receiver, notes: Notes, rules: Policy | None = None, name: str = "p"
) -> Dispatcher:
    """A dispatcher with one kind of parcel."""
    return Dispatcher(database, {"test": receiver}, notes, name, rules or policy())


async def test_it_is_woken_by_a_new_row(database: Database) -> None:
    """With ten minutes between looks, only the call can have woken it; whatever the lane is called."""
    receiver, notes = Receiver(), Notes()
    async with running(make(database, receiver, notes)):
        await put(database, "first")
        await notes.until(1)
        await put(database, "second", "chat:1")
        await put(database, "third", "odd")
        assert await notes.until(3) == [("first", "done"), ("second", "done"), ("third", "done")]
    assert (await state_of(database, "first")).done_at is not None


async def test_a_full_queue_is_emptied(database: Database) -> None:
    """More rows than places, several of a lane, and chats in order."""
    receiver, notes = Receiver(), Notes()
    for number in range(30):
        await put(database, f"{number:02d}", f"chat:{number % 3}")
    async with running(make(database, receiver, notes, policy(chat=2))):
        await notes.until(30)
    for lane in range(3):
        mine = [key for key in receiver.got if int(key) % 3 == lane]
        assert mine == sorted(mine)


async def test_it_tries_again_until_it_works(database: Database) -> None:
    """Also when the sender itself breaks; the words of a break are not kept, they may be personal."""
    problems = [TryAgain("busy"), TryAgain("busy", 0.0), RuntimeError("Siti, 1571…")]

    async def act(_parcel: Parcel) -> None:
        if problems:
            raise problems.pop(0)

    receiver, notes = Receiver(act), Notes()
    async with running(make(database, receiver, notes)):
        await put(database, "k")
        await notes.until(1)
    row = await settled(database, "k", "done")
    assert (row.attempts, row.last_error) == (4, None)


async def test_after_the_last_try_it_is_held(database: Database) -> None:
    """The reason is kept, the house is told, and a person can start it anew."""
    working = False

    async def act(_parcel: Parcel) -> None:
        if not working:
            raise RuntimeError("Siti, 1571…")

    receiver, notes = Receiver(act), Notes()
    async with running(make(database, receiver, notes, policy(tries=3))):
        await put(database, "k")
        assert await notes.until(1) == [("k", "held")]
        row = await settled(database, "k", "held")
        assert (row.attempts, row.last_error) == (3, "the sender broke: RuntimeError")
        working = True
        async with database.transaction() as session:
            await retry_held(session)
        assert await notes.until(2) == [("k", "done"), ("k", "held")]


@pytest.mark.parametrize(("problem", "state"), [(Refused("no mailbox"), "held"), (Gone("blocked"), "dropped")])
async def test_some_answers_are_final(database: Database, problem: Exception, state: str) -> None:
    """Refused and gone are not tried again."""

    async def act(_parcel: Parcel) -> None:
        raise problem

    receiver, notes = Receiver(act), Notes()
    async with running(make(database, receiver, notes)):
        await put(database, "k")
        assert await notes.until(1) == [("k", state)]
        row = await settled(database, "k", state)
    assert (row.attempts, row.last_error) == (1, str(problem))


async def test_a_receiver_that_hangs_delays_nobody_else(database: Database) -> None:
    """Not the other agencies, and even with all of an agency's places taken not the chats."""
    never = asyncio.Event()

    async def act(parcel: Parcel) -> None:
        if parcel.lane == "agency:hangs":
            await never.wait()

    receiver, notes = Receiver(act), Notes()
    for number in range(5):
        await put(database, f"hangs {number}", "agency:hangs")
    async with running(make(database, receiver, notes, policy(chat=1, agency=2))):
        for number in range(5):
            await put(database, f"b{number}", "agency:b")
            await put(database, f"c{number}", f"chat:{number}")
        await notes.until(10)
    assert Counter(key[0] for key in receiver.got) == {"b": 5, "c": 5}
    assert receiver.tried.count("hangs 0") == 1


async def test_no_answer_is_a_try(database: Database) -> None:
    """A receiver that never answers is let go after the time limit."""

    async def act(_parcel: Parcel) -> None:
        await asyncio.Event().wait()

    receiver, notes = Receiver(act), Notes()
    async with running(make(database, receiver, notes, policy(tries=1, limit=0.01))):
        await put(database, "k")
        assert await notes.until(1) == [("k", "held")]
        assert (await settled(database, "k", "held")).last_error == "no answer in 0.01 seconds"


async def test_unknown_kinds_are_held_in_the_end(database: Database) -> None:
    """A parcel that this process has no sender for is not lost."""
    notes = Notes()
    async with running(Dispatcher(database, {}, notes, "p", policy(tries=2))):
        await put(database, "k")
        assert await notes.until(1) == [("k", "held")]


async def test_consequences_belong_to_the_mark(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """If what follows fails, the mark is undone and tried anew; in the end it is held, never sent a second time."""
    monkeypatch.setattr(ledger_module, "_PAUSE", 0.0)
    calls = 0

    class Broken(Notes):
        async def __call__(self, session: AsyncSession, parcel: Parcel, result: str) -> None:
            nonlocal calls
            calls += 1
            session.add(Fact(name=f"half {calls}", value=""))
            await session.flush()
            raise RuntimeError

    receiver = Receiver()
    async with running(Dispatcher(database, {"test": receiver}, Broken(), "p", policy())):
        await put(database, "k")
        row = await settled(database, "k", "held")
    assert row.last_error == "done, but what follows from it failed"
    assert receiver.got == ["k"]
    assert calls > 1
    async with database.transaction() as session:
        assert not list(await session.scalars(select(Fact.name).where(Fact.name.startswith("half"))))


async def test_it_lives_through_a_restart_of_the_database(database: Database) -> None:
    """All its connections are cut, in the middle of a delivery too; nothing is lost and nothing sent twice."""
    reached, go_on = asyncio.Event(), asyncio.Event()

    async def act(parcel: Parcel) -> None:
        if parcel.key == "under way":
            reached.set()
            await go_on.wait()

    receiver, notes = Receiver(act), Notes()
    async with running(make(database, receiver, notes)):
        await put(database, "under way")
        async with asyncio.timeout(PATIENCE):
            await reached.wait()
        await cut_connections(database)
        go_on.set()
        await notes.until(1)
        await put(database, "after")
        assert await notes.until(2) == [("after", "done"), ("under way", "done")]
    assert receiver.tried == ["under way", "after"]


async def cut_connections(database: Database) -> None:
    """What a restarted server does to its clients."""
    connection = await database.connect()
    await connection.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> $1",
        connection.get_server_pid(),
    )
    await connection.close()


async def test_stopping_gives_back_what_is_under_way(database: Database) -> None:
    """Another process can take it at once, and the broken-off try is not counted."""
    reached = asyncio.Event()

    async def act(_parcel: Parcel) -> None:
        reached.set()
        await asyncio.Event().wait()

    receiver, notes = Receiver(act), Notes()
    async with running(make(database, receiver, notes)):
        await put(database, "k")
        async with asyncio.timeout(PATIENCE):
            await reached.wait()
    row = await state_of(database, "k")
    assert (row.state, row.attempts, row.leased_by) == ("waiting", 0, None)


async def test_three_dispatchers_share_the_work(database: Database) -> None:
    """Each row is delivered once, by whoever was quickest."""
    receiver, notes = Receiver(), Notes()
    for number in range(60):
        await put(database, f"{number:02d}", f"agency:{number % 20}")
    async with running(*(make(database, receiver, notes, name=f"p{count}") for count in range(3))):
        await notes.until(60)
    assert sorted(receiver.got) == [f"{number:02d}" for number in range(60)]


async def test_a_row_that_kills_its_process_is_held(database: Database) -> None:
    """Tries that never came to an end count too."""
    receiver, notes = Receiver(), Notes()
    await put(database, "k")
    async with database.transaction() as session:
        await session.execute(text("update delivery set attempts = 5"))
    async with running(make(database, receiver, notes, policy(tries=5))):
        assert await notes.until(1) == [("k", "held")]
    assert receiver.tried == []


async def test_a_turn_sends_its_own_replies(database: Database) -> None:
    """In order, at once, each of them settled."""
    receiver, notes = Receiver(), Notes()
    ids = [await put(database, key, "chat:1", leased_by="p") for key in ("1", "2", "3")]
    assert await make(database, receiver, notes).deliver_now(list(reversed(ids))) == 3
    assert receiver.got == ["1", "2", "3"]
    assert await make(database, receiver, notes).deliver_now(ids) == 0
    assert await make(database, receiver, notes).deliver_now([]) == 0


async def test_what_a_turn_can_not_send_the_dispatcher_sends(database: Database) -> None:
    """After a try in vain the rest of the chat waits behind it, untouched; other chats go on."""
    working = False

    async def act(parcel: Parcel) -> None:
        if parcel.key == "1" and not working:
            raise TryAgain("busy")

    receiver, notes = Receiver(act), Notes()
    ids = [await put(database, key, "chat:1", leased_by="p") for key in ("1", "2")]
    ids.append(await put(database, "other chat", "chat:2", leased_by="p"))
    bot = make(database, receiver, notes)
    assert await bot.deliver_now(ids) == 1
    assert receiver.tried == ["1", "other chat"]
    assert (await state_of(database, "2")).attempts == 0
    working = True
    async with running(make(database, receiver, notes, name="dispatcher")):
        await notes.until(3)
    assert receiver.got == ["other chat", "1", "2"]


async def test_a_turn_without_database_leaves_it_to_the_dispatcher(database: Database) -> None:
    """The bot goes on; nothing is raised."""
    receiver, notes = Receiver(), Notes()
    one = await put(database, "1", "chat:1", leased_by="p")
    away = Database("postgresql://nobody@127.0.0.1:1/none")
    assert await make(away, receiver, notes).deliver_now([one]) == 0
    await away.close()
