"""The dispatcher: takes what waits in the queue and hands it to its sender.

Each family of lanes (chats, agencies, jobs) has places of its own, and a lane holds one place at most: a receiver that
hangs delays nobody else.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

import structlog

from referral import queue
from referral.policy import Policy
from referral.ports import Gone, Parcel, Refused, Sender, Settle, TryAgain
from storage.database import Database

_log = structlog.get_logger()
_OTHERS = ""
_LONGEST_ASKED = 24 * 3600.0  # a receiver that asks for more patience is asked again after a day
_SETTLE_TRIES = 5
_MARK_GRACE = 10.0
_PAUSE = 0.2
_LONGEST_PAUSE = 5.0

Result = Literal["done", "retry", "held", "dropped"]


@dataclass(frozen=True)
class _Outcome:
    result: Result
    reason: str = ""
    after: timedelta = timedelta()


@dataclass
class _Family:
    name: str
    places: int
    called: asyncio.Event = field(default_factory=asyncio.Event)
    under_way: set[asyncio.Task[None]] = field(default_factory=set)


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
        self._database = database
        self._senders = senders
        self._settle = settle
        self._process = process
        self._policy = policy
        self._chance = chance or random.Random()  # noqa: S311 (spreads tries, guards nothing)
        self._families = {name: _Family(name, places) for name, places in policy.families.items()}
        self._families[_OTHERS] = _Family(_OTHERS, policy.others)

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver until `stop`; then wait a little for what is on its way and give back the rest."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._listen(stop))
            for family in self._families.values():
                group.create_task(self._serve(family, stop))

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
        for parcel in parcels:
            if parcel.lane in blocked:
                await self._give_back(parcel)
                continue
            result = await self._deliver(parcel)
            delivered += result == "done"
            if result == "retry":
                blocked.add(parcel.lane)
        return delivered

    async def _listen(self, stop: asyncio.Event) -> None:
        """Pass calls (NOTIFY) on to the families; without a connection the polling is the net."""
        pause = _PAUSE
        while not stop.is_set():
            try:
                async with self._database.listening(queue.CHANNEL, self._heard) as connection:
                    pause = _PAUSE
                    lost = asyncio.Event()
                    connection.add_termination_listener(lambda _connection, lost=lost: lost.set())
                    self._call_all()  # something may have come while nobody listened
                    await _either(stop, lost)
            except Exception as error:  # whatever the database does, the dispatcher stays
                _log.warning("delivery.listening_failed", error=type(error).__name__)
            await _wait(stop, pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    def _heard(self, lane: str) -> None:
        family = self._families.get(lane.partition(":")[0], self._families[_OTHERS])
        family.called.set()

    def _call_all(self) -> None:
        for family in self._families.values():
            family.called.set()

    async def _serve(self, family: _Family, stop: asyncio.Event) -> None:
        pause = _PAUSE
        while not stop.is_set():
            family.called.clear()
            free = family.places - len(family.under_way)
            try:
                parcels = await self._claim(family, free) if free > 0 else []
                pause = _PAUSE
            except Exception as error:  # whatever the database does, the dispatcher stays
                _log.warning("delivery.claim_failed", family=family.name, error=type(error).__name__)
                await _wait(stop, pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
                continue
            for parcel in parcels:
                self._start(family, self._deliver(parcel))
            if free <= 0 or len(parcels) < free:
                await _either(family.called, stop, self._policy.poll_seconds)
        await self._finish(family)

    async def _claim(self, family: _Family, limit: int) -> list[Parcel]:
        async with self._database.transaction() as session:
            if family.name == _OTHERS:
                known = [name for name in self._families if name != _OTHERS]
                return await queue.claim(session, self._process, limit, self._policy.lease, other_than=known)
            return await queue.claim(session, self._process, limit, self._policy.lease, families=[family.name])

    def _start(self, family: _Family, work: Coroutine[Any, Any, Result]) -> None:
        async def deliver() -> None:
            await work

        task = asyncio.create_task(deliver())
        family.under_way.add(task)
        task.add_done_callback(lambda ended: self._ended(family, ended))

    def _ended(self, family: _Family, task: asyncio.Task[None]) -> None:
        family.under_way.discard(task)
        family.called.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("delivery.broke", error=type(error).__name__)

    async def _finish(self, family: _Family) -> None:
        if not family.under_way:
            return
        _, late = await asyncio.wait(set(family.under_way), timeout=self._policy.grace_seconds)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late)

    async def _deliver(self, parcel: Parcel) -> Result:
        rule = self._policy.tries(parcel.kind)
        try:
            outcome = await self._try(parcel, rule.time_limit_seconds)
        except asyncio.CancelledError:
            await self._give_back(parcel)
            raise
        if outcome.result == "retry" and parcel.attempts >= rule.tries:
            outcome = _Outcome("held", outcome.reason)
        elif outcome.result == "retry" and not outcome.after:
            outcome = _Outcome("retry", outcome.reason, rule.wait(parcel.attempts, self._chance.random()))
        await self._mark_whatever_comes(parcel, outcome)
        if outcome.result == "retry":
            self._call_later(parcel, outcome.after)
        _log.info(
            "delivery.tried",
            delivery=parcel.id,
            kind=parcel.kind,
            result=outcome.result,
            attempts=parcel.attempts,
            reason=outcome.reason,
        )
        return outcome.result

    async def _try(self, parcel: Parcel, limit: float) -> _Outcome:
        if parcel.attempts > self._policy.tries(parcel.kind).tries:
            return _Outcome("held", "the process that tried it died again and again")
        sender = self._senders.get(parcel.kind)
        if sender is None:
            return _Outcome("retry", f"no sender for {parcel.kind} in this process")
        try:
            async with asyncio.timeout(limit):
                await sender.send(parcel)
        except TryAgain as problem:
            return _Outcome("retry", problem.reason, self._asked(problem.after_seconds))
        except Refused as problem:
            return _Outcome("held", problem.reason)
        except Gone as problem:
            return _Outcome("dropped", problem.reason)
        except TimeoutError:
            return _Outcome("retry", f"no answer in {limit:g} seconds")
        except Exception as problem:
            # its words could hold personal data: the kind of error is all that is kept
            _log.error("delivery.sender_broke", delivery=parcel.id, kind=parcel.kind, error=type(problem).__name__)
            return _Outcome("retry", f"the sender broke: {type(problem).__name__}")
        return _Outcome("done")

    def _asked(self, seconds: float | None) -> timedelta:
        if seconds is None:
            return timedelta()
        return timedelta(seconds=min(max(seconds, 0.1), _LONGEST_ASKED) * (1 + self._chance.random() / 10))

    async def _mark_whatever_comes(self, parcel: Parcel, outcome: _Outcome) -> None:
        """A stop must not fall between the receiver's answer and our mark: it would be sent a second time."""
        marking = asyncio.create_task(self._mark(parcel, outcome))
        try:
            await asyncio.shield(marking)
        except asyncio.CancelledError:
            await asyncio.wait({marking}, timeout=_MARK_GRACE)
            marking.cancel()
            raise

    async def _mark(self, parcel: Parcel, outcome: _Outcome) -> None:
        """Write the outcome down: for as long as the database is away, and a few times if the consequences fail."""
        failures, pause = 0, _PAUSE
        while True:
            try:
                await self._write(parcel, outcome)
                return
            except Exception as error:
                lost = await self._database_is_lost()
                failures += not lost
                _log.warning("delivery.mark_failed", delivery=parcel.id, error=type(error).__name__, lost=lost)
            if failures >= _SETTLE_TRIES:
                await self._set_aside(parcel, outcome)
                return
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def _write(self, parcel: Parcel, outcome: _Outcome) -> None:
        async with self._database.transaction() as session:
            match outcome.result:
                case "retry":
                    await queue.retry(session, parcel, self._process, outcome.reason, outcome.after)
                    return
                case "done":
                    marked = await queue.done(session, parcel)
                case "held":
                    marked = await queue.hold(session, parcel, self._process, outcome.reason)
                case "dropped":
                    marked = await queue.drop(session, parcel, self._process, outcome.reason)
            if marked:
                await self._settle(session, parcel, outcome.result)

    async def _set_aside(self, parcel: Parcel, outcome: _Outcome) -> None:
        """The consequences can't be drawn: hold the row for a person rather than send it again and again."""
        reason = f"{outcome.result}, but what follows from it failed"
        async with self._database.transaction() as session:
            await queue.hold(session, parcel, self._process, reason)
        _log.error("delivery.settle_failed", delivery=parcel.id, result=outcome.result)

    async def _database_is_lost(self) -> bool:
        try:
            connection = await self._database.connect()
            await connection.close()
        except Exception:
            return True
        return False

    async def _give_back(self, parcel: Parcel) -> None:
        with contextlib.suppress(Exception):  # if it fails, the lease ends by itself
            async with self._database.transaction() as session:
                await queue.release(session, self._process, [parcel])

    def _call_later(self, parcel: Parcel, after: timedelta) -> None:
        asyncio.get_running_loop().call_later(after.total_seconds(), self._heard, parcel.lane)


async def _either(one: asyncio.Event, other: asyncio.Event, seconds: float | None = None) -> None:
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
