"""The ledger: writes down what came of each try, many in one transaction where nothing follows from them."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from referral import queue
from referral.policy import Breaker, Policy
from referral.ports import Parcel, Settle
from referral.trying import Outcome
from storage.database import Database

_log = structlog.get_logger()
_MOST = 500
_SETTLE_TRIES = 5
_PAUSE = 0.2
_LONGEST_PAUSE = 5.0


@dataclass(eq=False)
class _Entry:
    parcel: Parcel
    outcome: Outcome
    breaker: Breaker | None
    call: bool
    written: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Ledger:
    """Marks rows as `process`; `settle` draws the consequences in the marking transaction."""

    def __init__(self, database: Database, settle: Settle, process: str, policy: Policy, chance: random.Random) -> None:
        self._database = database
        self._settle = settle
        self._process = process
        self._policy = policy
        self._chance = chance
        self._entries: list[_Entry] = []
        self._writing: asyncio.Task[None] | None = None

    def plain(self, parcel: Parcel, outcome: Outcome) -> bool:
        """Whether `note_soon` does for it: it was delivered, and nothing follows."""
        return outcome.result == "done" and not self._settle.follows(parcel, "done")

    def note_soon(
        self, parcel: Parcel, outcome: Outcome, breaker: Breaker | None = None, *, call: bool = False
    ) -> asyncio.Future[None]:
        """Write a plain delivery down, together with others. The future ends when that is committed.

        With `call` the dispatchers are told where something waits behind it.
        """
        entry = _Entry(parcel, outcome, breaker, call)
        self._entries.append(entry)
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_all())
        return entry.written

    async def note(self, parcel: Parcel, outcome: Outcome, breaker: Breaker | None = None) -> float | None:
        """Write an end or a failure down, for as long as the database is away. Returns when it is committed.

        If the consequences fail again and again, the row is held. The value tells for how many seconds the lane rests.
        """
        failures, pause = 0, _PAUSE
        while True:
            try:
                return await self._write(parcel, outcome, breaker)
            except Exception as error:
                lost = await self._database_is_lost()
                failures += not lost
                _log.warning("delivery.mark_failed", delivery=parcel.id, error=type(error).__name__, lost=lost)
            if failures >= _SETTLE_TRIES:
                if outcome.result != "retry":  # a failed try is counted already; when its lease ends it is tried again
                    await self._set_aside(parcel, outcome)
                return None
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def close(self, seconds: float) -> None:
        """Wait for what is being written, but not for ever."""
        if self._writing is not None:
            await asyncio.wait({self._writing}, timeout=seconds)

    async def _write_all(self) -> None:
        """What comes while one transaction is on its way is the next one."""
        while self._entries:
            entries, self._entries = self._entries[:_MOST], self._entries[_MOST:]
            try:
                await self._write_together(entries)
            except Exception as error:  # not even set aside: when its lease ends, it is tried again
                _log.warning("delivery.marks_failed", count=len(entries), error=type(error).__name__)
            for entry in entries:
                if not entry.written.done():
                    entry.written.set_result(None)
        self._writing = None

    async def _write_together(self, entries: Sequence[_Entry]) -> None:
        """Write them down, for as long as the database is away. What one spoils for all is done in halves."""
        pause = _PAUSE
        while True:
            try:
                return await self._write_done(entries)
            except Exception as error:
                lost = await self._database_is_lost()
                _log.warning("delivery.marks_failed", count=len(entries), error=type(error).__name__, lost=lost)
            if not lost:
                break
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
        if len(entries) == 1:
            (only,) = entries
            await self.note(only.parcel, only.outcome, only.breaker)
            return
        half = len(entries) // 2
        parts = (self._write_together(part) for part in (entries[:half], entries[half:]))
        await asyncio.gather(*parts, return_exceptions=True)

    async def _write_done(self, entries: Sequence[_Entry]) -> None:
        async with self._database.transaction() as session:
            await queue.done_many(session, [entry.parcel for entry in entries])
            await self._keep_receipts(session, [(entry.parcel, entry.outcome) for entry in entries])
            if lanes := [entry.parcel.lane for entry in entries if entry.call]:
                await queue.wake_if_waiting(session, lanes)
            if guarded := [entry.parcel.lane for entry in entries if entry.breaker is not None]:
                await queue.worked(session, guarded)

    async def _write(self, parcel: Parcel, outcome: Outcome, breaker: Breaker | None) -> float | None:
        async with self._database.transaction() as session:
            match outcome.result:
                case "retry":
                    marked = await queue.retry(session, parcel, self._process, outcome.reason, outcome.after)
                case "done":
                    marked = await queue.done(session, parcel)
                case "held":
                    marked = await queue.hold(session, parcel, self._process, outcome.reason)
                case "dropped":
                    marked = await queue.drop(session, parcel, self._process, outcome.reason)
            if marked and outcome.result == "done":
                await self._keep_receipts(session, [(parcel, outcome)])
            if marked and outcome.result != "retry" and self._settle.follows(parcel, outcome.result):
                await self._settle(session, parcel, outcome.result)
            if breaker is None:
                return None
            # last: while a lane's row is locked, others wait for it
            if outcome.ill:
                return await queue.failed(session, parcel.lane, breaker, outcome.reason, self._chance.random())
            if outcome.result == "done":
                await queue.worked(session, [parcel.lane])
            return None

    async def _keep_receipts(self, session: AsyncSession, ends: Iterable[tuple[Parcel, Outcome]]) -> None:
        receipts = {
            parcel.message_id: outcome.receipt
            for parcel, outcome in ends
            if parcel.message_id is not None and outcome.receipt is not None
        }
        if receipts:
            await self._settle.received(session, receipts)

    async def _set_aside(self, parcel: Parcel, outcome: Outcome) -> None:
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
