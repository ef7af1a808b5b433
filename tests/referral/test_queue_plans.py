"""Claiming stays quick however much has been done: the plans keep to the indexes of what waits."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from referral.queue.claiming import RESERVE_LANES, TAKE_ANY, TAKE_HEADS
from storage.database import Database

VALUES = {
    "low": "agency:",
    "high": "agency;",
    "not_prefixes": [],
    "not_lanes": [],
    "head_start": timedelta(hours=1),
    "limit": 20,
    "in_flight": 1,
    "batch": 20,
    "trial": 5,
    "single": False,
    "lanes": [f"agency:{number}" for number in range(20)],
    "process": "p",
    "lease": timedelta(seconds=30),
}


async def fill(session: AsyncSession) -> None:
    """100,000 rows that are done, 500 that wait."""
    await session.execute(
        text(
            "insert into delivery (lane, ordered, kind, key, payload, urgent, state, attempts, due_at)"
            " select 'agency:' || (n % 50), false, 'test', 'k-' || n, '', n % 7 = 0,"
            " case when n % 200 = 0 then 'waiting' else 'done' end, 0, now() from generate_series(1, 100500) n"
        )
    )
    await session.execute(text("analyze delivery"))


STATEMENTS = {
    "reserve lanes": RESERVE_LANES.text,
    "take heads": TAKE_HEADS.element.text,
    "take any": TAKE_ANY.element.text,
}


@pytest.mark.parametrize("name", STATEMENTS)
async def test_a_claim_reads_only_what_waits(database: Database, name: str) -> None:
    statement = STATEMENTS[name]
    async with database.transaction() as session:
        await fill(session)
        values = {key: value for key, value in VALUES.items() if f":{key}" in statement}
        plan = list(await session.scalars(text(f"explain {statement}"), values))
    assert [line for line in plan if "Seq Scan on delivery " in line] == []
    used = {name for line in plan for name in re.findall(r"(?:using|Index Scan on) (\w*delivery\w*)", line)}
    of_what_waits = {"ix_delivery_ordered", "ix_delivery_due", "ix_delivery_counted"}
    assert used & of_what_waits
    assert used <= of_what_waits | {"pk_delivery", "pk_delivery_lane"}
