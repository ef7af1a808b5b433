"""The dispatcher: takes what waits in the queue and hands it to its sender.

Each family of lanes (chats, agencies, jobs) has places of its own, and a lane holds one place at most: a receiver that
hangs delays nobody else.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import structlog

from referral import queue
from referral.ledger import Ledger
from referral.policy import Breaker, Family, Lanes, Policy
from referral.ports import Parcel, Sender, Settle
from referral.tidying import Tidier
from referral.trying import Outcome, Trier
from storage.database import Database

_log = structlog.get_logger()
_MARK_GRACE = 10.0
_PAUSE = 0.2
_LONGEST_PAUSE = 5.0


@dataclass(eq=False)
class _Served:
    """A family at work: `under_way` are its taken places.

    `more`: the last claim found as much as it wanted, so more may wait.
    """

    name: str
    rules: Family
    lanes: Lanes
    more: bool = True
    called: asyncio.Event = field(default_factory=asyncio.Event)
    under_way: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def open(self) -> bool:
        return self.rules.in_flight is None

    @property
    def wanted(self) -> int:
        """How many to claim. Of open lanes half: while they are marked, the other half is fetched and sent."""
        free = self.rules.places - len(self.under_way)
        return min(free, (self.rules.places + 1) // 2) if self.open else free


class Dispatcher:
    """Delivers with `senders` (by kind) as `process`; `settle` draws the consequences in the marking transaction."""

    def __init__(
        self,
        database: Database,
        senders: Mapping[str, Sender],
        settle: Settle,
        process: str,
        policy: Policy,
        *,
        chance: random.Random | None = None,
    ) -> None:
        chance = chance or random.Random()  # noqa: S311 (spreads tries, guards nothing)
        self._database = database
        self._process = process
        self._policy = policy
        self._trier = Trier(senders, policy, chance)
        self._ledger = Ledger(database, settle, process, policy, chance)
        self._tidier = Tidier(database, self._ledger, process, policy)
        self._families = [_Served(name, rules, policy.lanes(name)) for name, rules in policy.families.items()]
        self._families.append(_Served("others", policy.others, policy.lanes(None)))
        self._mine: set[int] = set()
        # one claim at a time: it keeps to one connection, whose plans are made, and leaves the rest to the others
        self._claiming = asyncio.Lock()
        self._stopping = False

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver until `stop`; then wait a little for what is on its way and give back the rest."""
        self._stopping = False
        listening = asyncio.Event()
        async with self._beating(), asyncio.TaskGroup() as group:
            group.create_task(self._listen(stop, listening))
            # what waits already is looked for once: when it is listened for what comes
            await _either(listening, stop, self._policy.poll_seconds)
            group.create_task(self._tidier.run(stop))
            for family in self._families:
                group.create_task(self._serve(family, stop))
        await self._ledger.close(_MARK_GRACE)

    async def deliver_now(self, ids: Sequence[int]) -> int:
        """Send the rows that a turn leased to this process, in order. Returns how many were delivered.

        What can't be sent now stays for the dispatcher, and so does everything behind it in its lane.
        """
        if not ids:
            return 0
        try:
            async with self._database.transaction() as session:
                parcels = await queue.claim_leased(session, self._process, ids, self._policy.lease)
        except Exception as error:
            _log.warning("delivery.take_failed", error=type(error).__name__)
            return 0
        delivered, blocked = 0, set[str]()
        async with self._beating():
            self._mine.update(parcel.id for parcel in parcels)
            for parcel in parcels:
                if parcel.lane in blocked:
                    await self._give_back([parcel])
                    continue
                outcome, _ = await self._deliver(parcel, self._of(parcel.lane).rules.breaker, call=True)
                delivered += outcome.result == "done"
                if outcome.result == "retry":
                    blocked.add(parcel.lane)
        return delivered

    async def _listen(self, stop: asyncio.Event, listening: asyncio.Event) -> None:
        """Pass calls (NOTIFY) on to the families; without a connection the polling is the net.

        `listening` is set when that is so, or when it failed.
        """
        pause = _PAUSE
        while not stop.is_set():
            try:
                async with self._database.listening(queue.CHANNEL, self._heard) as connection:
                    pause = _PAUSE
                    lost = asyncio.Event()
                    connection.add_termination_listener(lambda _connection, lost=lost: lost.set())
                    self._call_all()  # something may have come while nobody listened
                    listening.set()
                    await _either(stop, lost)
            except Exception as error:  # whatever the database does, the dispatcher stays
                _log.warning("delivery.listening_failed", error=type(error).__name__)
            listening.set()
            await _wait(stop, pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    def _of(self, lane: str) -> _Served:
        return next((family for family in self._families if family.lanes.has(lane)), self._families[-1])

    def _heard(self, lane: str) -> None:
        self._of(lane).called.set()

    def _call_all(self) -> None:
        for family in self._families:
            family.called.set()

    def _call_later(self, lane: str, seconds: float) -> None:
        asyncio.get_running_loop().call_later(seconds, self._heard, lane)

    async def _serve(self, family: _Served, stop: asyncio.Event) -> None:
        pause = _PAUSE
        while not stop.is_set():
            family.called.clear()
            wanted = family.wanted
            try:
                parcels = await self._claim(family, wanted) if wanted > 0 else []
                pause = _PAUSE
            except Exception as error:  # whatever the database does, the dispatcher stays
                _log.warning("delivery.claim_failed", family=family.name, error=type(error).__name__)
                await _wait(stop, pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
                continue
            family.more = len(parcels) >= wanted
            taken = self._set_off(family, parcels)
            if wanted <= 0 or taken < wanted:
                await _either(family.called, stop, self._policy.poll_seconds)
        self._stopping = True
        await self._finish(family)

    async def _claim(self, family: _Served, limit: int) -> list[Parcel]:
        begin = self._database.statement if family.rules.free else self._database.transaction
        async with self._claiming, begin() as session:
            parcels = await queue.claim(
                session,
                self._process,
                family.rules,
                limit,
                self._policy.lease,
                lanes=family.lanes,
                head_start=self._policy.head_start,
            )
        self._mine.update(parcel.id for parcel in parcels)
        return parcels

    def _set_off(self, family: _Served, parcels: Sequence[Parcel]) -> int:
        """Send them: each by itself where several of a lane may be on their way, else a lane's one after another."""
        if family.rules.in_flight != 1:
            for parcel in parcels:
                self._start(family, self._one(family, parcel))
            return len(parcels)
        lanes = [list(run) for _, run in groupby(parcels, key=lambda parcel: parcel.lane)]
        for run in lanes:
            self._start(family, self._one_after_another(family, run))
        return len(lanes)

    def _start(self, family: _Served, work: Coroutine[Any, Any, None]) -> None:
        # begun at once: what never waits for anything costs no round of the event loop
        task = asyncio.Task(work, loop=asyncio.get_running_loop(), eager_start=True)
        if task.done():
            self._ended(family, task)
            return
        family.under_way.add(task)
        task.add_done_callback(lambda ended: self._ended(family, ended))

    def _ended(self, family: _Served, task: asyncio.Task[None]) -> None:
        family.under_way.discard(task)
        if family.more or not family.rules.free:  # its place is wanted, or its lane is free again
            family.called.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("delivery.broke", error=type(error).__name__)

    async def _finish(self, family: _Served) -> None:
        if not family.under_way:
            return
        _, late = await asyncio.wait(set(family.under_way), timeout=self._policy.grace_seconds)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late)

    async def _one(self, family: _Served, parcel: Parcel) -> None:
        await self._deliver(parcel, family.rules.breaker)

    async def _one_after_another(self, family: _Served, parcels: Sequence[Parcel]) -> None:
        """A lane's turn: until its rows are sent, its time is over, or it must not or need not go on."""
        clock = asyncio.get_running_loop().time
        until = clock() + self._policy.turn_seconds
        left = list(parcels)
        try:
            while left:
                parcel = left.pop(0)
                outcome, rests = await self._deliver(parcel, family.rules.breaker)
                waits_behind = parcel.ordered and outcome.result == "retry"
                if rests or waits_behind or self._stopping or clock() >= until:
                    break
        finally:
            await self._give_back(left)
        if family.rules.interval is not None:
            self._call_later(parcels[0].lane, family.rules.interval.total_seconds())

    async def _deliver(self, parcel: Parcel, breaker: Breaker | None, *, call: bool = False) -> tuple[Outcome, bool]:
        """Try it and write it down. Returns what came of it, and whether its lane rests now."""
        try:
            outcome = await self._attempt(parcel)
            if self._ledger.plain(parcel, outcome):
                await self._ledger.note_soon(parcel, outcome, breaker, call=call)
                rest = None
            else:
                rest = await self._persist(parcel, outcome, breaker)
        finally:
            self._mine.discard(parcel.id)
        if outcome.result == "retry":
            self._call_later(parcel.lane, outcome.after.total_seconds())
        if rest is not None:
            self._call_later(parcel.lane, rest)
        _log.info(
            "delivery.tried",
            delivery=parcel.id,
            kind=parcel.kind,
            result=outcome.result,
            attempts=parcel.attempts,
            reason=outcome.reason,
        )
        return outcome, rest is not None

    async def _attempt(self, parcel: Parcel) -> Outcome:
        try:
            return await self._trier.attempt(parcel)
        except asyncio.CancelledError:
            await self._give_back([parcel])
            raise

    async def _persist(self, parcel: Parcel, outcome: Outcome, breaker: Breaker | None) -> float | None:
        """A stop must not fall between the receiver's answer and our mark: it would be sent a second time."""
        marking = asyncio.create_task(self._ledger.note(parcel, outcome, breaker))
        try:
            return await asyncio.shield(marking)
        except asyncio.CancelledError:
            await asyncio.wait({marking}, timeout=_MARK_GRACE)
            marking.cancel()
            raise

    async def _give_back(self, parcels: Sequence[Parcel]) -> None:
        if not parcels:
            return
        with contextlib.suppress(Exception):  # if it fails, the lease ends by itself
            async with self._database.transaction() as session:
                await queue.release(session, self._process, parcels)
        self._mine.difference_update(parcel.id for parcel in parcels)

    @contextlib.asynccontextmanager
    async def _beating(self) -> AsyncIterator[None]:
        """Say again and again that this process lives and has what it has."""
        beats = asyncio.create_task(self._beat())
        try:
            yield
        finally:
            beats.cancel()
            await asyncio.wait({beats})

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self._policy.lease_seconds / 3)
            if not self._mine:
                continue
            try:
                async with self._database.transaction() as session:
                    await queue.prolong(session, self._process, list(self._mine), self._policy.lease)
            except Exception as error:  # whatever the database does, the dispatcher stays
                _log.warning("delivery.beat_failed", error=type(error).__name__)


async def _either(one: asyncio.Event, other: asyncio.Event, seconds: float | None = None) -> None:
    if one.is_set() or other.is_set():
        return
    waits = [asyncio.create_task(one.wait()), asyncio.create_task(other.wait())]
    try:
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()
