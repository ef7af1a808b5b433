"""What a person asks of the queue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from referral.queue.lanes import LaneState
from referral.queue.writing import NewDelivery, enqueue, wake
from storage.models import Delivery, DeliveryArchive, DeliveryLane


@dataclass(frozen=True)
class LaneStatus:
    """A lane at a glance: rows that wait, that were tried in vain at least once, that are on their way or held."""

    lane: str
    waiting: int
    failing: int
    under_way: int
    held: int
    oldest_due: datetime | None


@dataclass(frozen=True)
class HeldDelivery:
    """A row that needs a person: its tries are used up, or the receiver refused it."""

    id: int
    lane: str
    kind: str
    key: str
    attempts: int
    urgent: bool
    last_error: str | None
    created_at: datetime
    referral_id: int | None


async def status(session: AsyncSession) -> list[LaneStatus]:
    """All lanes in which something waits or is held, the oldest first."""
    waiting = Delivery.state == "waiting"
    rows = await session.execute(
        select(
            Delivery.lane,
            func.count().filter(waiting),
            func.count().filter(waiting, Delivery.last_error.is_not(None)),
            func.count().filter(waiting, Delivery.leased_until > func.statement_timestamp()),
            func.count().filter(Delivery.state == "held"),
            func.min(Delivery.due_at).filter(waiting),
        )
        .where(Delivery.state.in_(("waiting", "held")))
        .group_by(Delivery.lane)
        .order_by(func.min(Delivery.due_at).filter(waiting).nulls_last(), Delivery.lane)
    )
    return [LaneStatus(*row) for row in rows]


async def resting(session: AsyncSession) -> list[LaneState]:
    """Lanes that rest after failures, and what a person has stopped."""
    columns = [getattr(DeliveryLane, name) for name in LaneState.__dataclass_fields__]
    stopped = DeliveryLane.paused | (DeliveryLane.open_until > func.statement_timestamp())
    rows = await session.execute(select(*columns).where(stopped).order_by(DeliveryLane.lane))
    return [LaneState(*row) for row in rows]


async def held(session: AsyncSession, limit: int = 100) -> list[HeldDelivery]:
    """Rows that need a person, urgent ones first, then the oldest. Payloads stay sealed."""
    columns = [getattr(Delivery, name) for name in HeldDelivery.__dataclass_fields__]
    rows = await session.execute(
        select(*columns).where(Delivery.state == "held").order_by(Delivery.urgent.desc(), Delivery.id).limit(limit)
    )
    return [HeldDelivery(*row) for row in rows]


async def retry_held(session: AsyncSession, ids: Sequence[int] | None = None, lane: str | None = None) -> int:
    """Give held rows (these, or those of a lane, or all) a fresh set of tries. Returns how many.

    One of which another waits already (`pending`) stays as it is.
    """
    other = select(Delivery.pending).where(Delivery.state == "waiting", Delivery.pending.is_not(None))
    first = select(func.min(Delivery.id)).where(Delivery.state == "held", Delivery.pending.is_not(None))
    free = Delivery.pending.not_in(other) & Delivery.id.in_(first.group_by(Delivery.pending))
    statement = update(Delivery).where(Delivery.state == "held", Delivery.pending.is_(None) | free)
    if ids is not None:
        statement = statement.where(Delivery.id.in_(ids))
    if lane is not None:
        statement = statement.where(Delivery.lane == lane)
    now = func.statement_timestamp()
    lanes = (
        await session.scalars(
            statement.values(state="waiting", attempts=0, due_at=now, since=now, told_at=None)
            .returning(Delivery.lane)
            .execution_options(synchronize_session=False)
        )
    ).all()
    await wake(session, lanes)
    return len(lanes)


async def replay(session: AsyncSession, delivery_id: int, reason: str) -> int | None:
    """Send once more what was done or dropped, archived or not: a new row with a key of its own and the reason.

    None if there is no such row, if it still waits or is held (`retry_held`), or if its payload is gone.
    """
    for table in (Delivery, DeliveryArchive):
        ended = select(table).where(table.id == delivery_id, table.state.in_(("done", "dropped")))
        row: Delivery | DeliveryArchive | None = await session.scalar(ended)
        if row is not None:
            break
    if row is None or row.payload is None:
        return None
    new = NewDelivery(
        lane=row.lane,
        ordered=row.ordered,
        kind=row.kind,
        key=await _next_key(session, row.key),
        payload=row.payload,
        urgent=row.urgent,
        referral_id=row.referral_id,
        message_id=row.message_id,
        note=f"{delivery_id} again: {reason}",
    )
    return await enqueue(session, new)


async def _next_key(session: AsyncSession, key: str) -> str:
    """`key~2`, or the next number that is free."""
    first = key.partition("~")[0]
    count = 1
    for table in (Delivery, DeliveryArchive):
        again = table.key.startswith(f"{first}~", autoescape=True)
        count += await session.scalar(select(func.count()).select_from(table).where(again)) or 0
    return f"{first}~{count + 1}"
