"""Ticket numbers."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from referral.numbers import next_ticket_number
from storage.database import Database

MOMENT = datetime(2026, 11, 21, 3, tzinfo=UTC)


async def take(database: Database, region: str | None = "15.71.03.1001", moment: datetime = MOMENT) -> str:
    """One number, committed."""
    async with database.transaction() as session:
        return await next_ticket_number(session, region, moment)


async def test_shape_and_regions(database: Database) -> None:
    """City, regency, unknown; each counts by itself, months by Jambi's clock."""
    assert await take(database) == "SLRT-1571-2611-00001"
    assert await take(database, "15.05.01.2001") == "SLRT-1505-2611-00001"
    assert await take(database, None) == "SLRT-1571-2611-00002"
    assert await take(database, "15") == "SLRT-1571-2611-00003"
    assert await take(database, moment=datetime(2026, 11, 30, 18, tzinfo=UTC)) == "SLRT-1571-2612-00001"


async def test_no_gaps_and_no_doubles_at_once(database: Database) -> None:
    """Twenty at once, and some that are undone, leave an unbroken row."""

    async def undone() -> None:
        async with database.transaction() as session:
            await next_ticket_number(session, None, MOMENT)
            raise RuntimeError

    found = await asyncio.gather(
        *(take(database) for _ in range(20)), *(undone() for _ in range(5)), return_exceptions=True
    )
    numbers = sorted(str(number) for number in found if isinstance(number, str))
    assert numbers == [f"SLRT-1571-2611-{count:05d}" for count in range(1, 21)]


@pytest.mark.parametrize("count", [99999, 123456])
async def test_more_than_five_digits(database: Database, count: int) -> None:
    """The number grows rather than starting again."""
    from storage.models import TicketCounter

    async with database.transaction() as session:
        session.add(TicketCounter(region="1571", month="2611", last=count))
    assert await take(database) == f"SLRT-1571-2611-{count + 1}"
