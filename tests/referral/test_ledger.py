"""The ledger: marks of many rows in one transaction."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from referral import ledger as ledger_module
from referral.policy import Family
from referral.ports import Parcel
from referral.queue import claim
from referral.trying import Outcome
from storage.database import Database
from storage.models import Delivery
from tests.referral.test_dispatcher import PATIENCE, Notes, policy, put


class Spoilt(Notes):
    """Nothing follows; but the receipt of one message can't be kept."""

    def follows(self, parcel: Parcel, result: str) -> bool:
        """Never."""
        return False

    async def received(self, session: AsyncSession, receipts: Mapping[int, int]) -> None:
        """Fail for the spoilt one, and so for all that are marked with it."""
        if SPOILT in receipts:
            raise RuntimeError
        await super().received(session, receipts)


SPOILT = 5


async def test_one_that_can_not_be_marked_spoils_no_other(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_module, "_PAUSE", 0.0)
    spoilt, chance = Spoilt(), random.Random(1)
    ledger = ledger_module.Ledger(database, spoilt, "p", policy(), chance)
    ids = [await put(database, f"job:{number}", f"{number}") for number in range(10)]
    async with database.transaction() as session:
        family = Family(places=10, in_flight=None)
        parcels = await claim(session, "p", family, 10, timedelta(minutes=1))
    parcels = [replace(parcel, message_id=number) for number, parcel in enumerate(parcels)]
    outcome = {parcel.id: Outcome("done", receipt=1000 + number) for number, parcel in enumerate(parcels)}

    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(*(ledger.note_soon(parcel, outcome[parcel.id]) for parcel in parcels))

    async with database.transaction() as session:
        rows = await session.execute(select(Delivery.id, Delivery.state))
        states = {row[0]: row[1] for row in rows}
    assert states == {**dict.fromkeys(ids, "done"), parcels[SPOILT].id: "held"}
    assert set(spoilt.receipts) == set(range(10)) - {SPOILT}
