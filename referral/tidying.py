"""The dispatcher's housework: what is too old is held, what has ended moves to the archive."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta

import structlog
from sqlalchemy import func, select

from referral import queue
from referral.ledger import Ledger
from referral.policy import Policy
from referral.trying import Outcome
from storage.database import Database

_log = structlog.get_logger()


class Tidier:
    """Tidies up as `process`. Many may do so at once."""

    def __init__(self, database: Database, ledger: Ledger, process: str, policy: Policy) -> None:
        self._database = database
        self._ledger = ledger
        self._process = process
        self._policy = policy

    async def run(self, stop: asyncio.Event) -> None:
        """Tidy up now and then until `stop`."""
        while not stop.is_set():
            try:
                await self.tidy()
            except Exception as error:  # whatever the database does, the dispatcher stays
                _log.warning("queue.tidying_failed", error=type(error).__name__)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), self._policy.tidy_seconds)

    async def tidy(self) -> None:
        """Hold what is too old, archive what has ended, empty old payloads: one batch of each."""
        await self._hold_overdue()
        rules = self._policy.archive
        async with self._database.transaction() as session:
            lock = select(func.pg_try_advisory_xact_lock(func.hashtextextended("slrt-queue-archive", 0)))
            if not await session.scalar(lock):
                return  # another dispatcher is at it
            moved = await queue.archive_ended(session, timedelta(hours=rules.after_hours), rules.batch)
            emptied = await queue.forget_payloads(session, timedelta(days=rules.payload_days), rules.batch)
        if moved or emptied:
            _log.info("queue.archived", rows=moved, emptied=emptied)

    async def _hold_overdue(self) -> None:
        policy = self._policy
        async with self._database.transaction() as session:
            found = await queue.claim_overdue(
                session, self._process, policy.lease, policy.kinds, policy.otherwise, policy.archive.batch
            )
        for parcel, error in found:
            hours = policy.tries(parcel.kind).hours
            await self._ledger.note(parcel, Outcome("held", f"not delivered in {hours:g} hours; {error}".rstrip("; ")))
