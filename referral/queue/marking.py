"""Writing down what became of a try."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from referral.ports import Parcel
from referral.queue.writing import CHANNEL
from storage.models import Delivery, DeliveryArchive

_DONE_MANY = text(
    """
    update delivery
    set state = 'done', done_at = statement_timestamp(), last_error = null,
        leased_by = null, leased_until = null, counted = false
    where id = any(cast(:ids as bigint[])) and state = 'waiting'
    returning id
    """
)


async def done(session: AsyncSession, parcel: Parcel) -> bool:
    """Mark it delivered. That is a fact whoever holds the lease by now; False if it was marked before."""
    return await _mark(session, parcel, None, state="done", done_at=func.statement_timestamp(), last_error=None)


async def done_many(session: AsyncSession, parcels: Sequence[Parcel]) -> set[int]:
    """Mark many delivered; nobody is called. Returns the ids of those that were not marked before."""
    # in order of their ids, so that two who mark the same rows wait for each other rather than for ever
    return set(await session.scalars(_DONE_MANY, {"ids": sorted(parcel.id for parcel in parcels)}))


async def retry(session: AsyncSession, parcel: Parcel, process: str, reason: str, after: timedelta) -> bool:
    """Let it wait for another try. False if the lease has gone to someone else meanwhile."""
    return await _mark(session, parcel, process, due_at=func.statement_timestamp() + after, last_error=reason)


async def hold(session: AsyncSession, parcel: Parcel, process: str, reason: str) -> bool:
    """Set it aside for a person. False if the lease has gone to someone else meanwhile."""
    return await _mark(session, parcel, process, state="held", last_error=reason)


async def drop(session: AsyncSession, parcel: Parcel, process: str, reason: str) -> bool:
    """Give it up: the receiver is gone. False if the lease has gone to someone else meanwhile."""
    return await _mark(session, parcel, process, state="dropped", last_error=reason)


async def bounced(session: AsyncSession, key: str, reason: str) -> bool:
    """What was taken as delivered came back: hold it for a person. False if there is no such row.

    From the archive it does not return: there it is only noted.
    """
    held = (
        update(Delivery)
        .where(Delivery.key == key, Delivery.state == "done")
        .values(state="held", done_at=None, last_error=reason, told_at=None)
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    )
    if await session.scalar(held) is not None:
        return True
    noted = (
        update(DeliveryArchive)
        .where(DeliveryArchive.key == key, DeliveryArchive.state == "done")
        .values(state="dropped", last_error=reason)
        .returning(DeliveryArchive.id)
        .execution_options(synchronize_session=False)
    )
    return await session.scalar(noted) is not None


async def mark(session: AsyncSession, parcel: Parcel, process: str | None, **values: Any) -> bool:
    """Change a row that waits; with `process` only while it has the lease under which the parcel was taken."""
    statement = update(Delivery).where(Delivery.id == parcel.id, Delivery.state == "waiting")
    if process is not None:
        # the count of tries rises with each claim: it tells a lease from a later one of the same process
        statement = statement.where(Delivery.leased_by == process, Delivery.attempts == parcel.attempts)
    marked = await session.scalar(
        statement.values(leased_by=None, leased_until=None, counted=False, **values)
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    )
    return marked is not None


async def _mark(session: AsyncSession, parcel: Parcel, process: str | None, **values: Any) -> bool:
    marked = await mark(session, parcel, process, **values)
    # where a lane has no limit, nothing waited for this row
    if marked and values.get("state") is not None and (parcel.counted or parcel.ordered):
        await wake_if_waiting(session, [parcel.lane])
    return marked


async def wake_if_waiting(session: AsyncSession, lanes: Sequence[str]) -> None:
    """Call the dispatchers to those of the lanes in which something waits."""
    waiting = select(Delivery.lane).where(Delivery.lane.in_(sorted(set(lanes))), Delivery.state == "waiting").distinct()
    await session.execute(select(func.pg_notify(CHANNEL, waiting.subquery().c.lane)))
