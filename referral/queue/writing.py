"""Writing rows, and calling the dispatchers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Delivery, DeliveryArchive

CHANNEL = "slrt_delivery"
LEASE_SECONDS = 30


@dataclass(frozen=True)
class NewDelivery:
    """Something to deliver. Without `due_at`: at once. With `leased_by` that process means to send it itself.

    `key` names it for ever: the same key never makes a second row, not even after the first was archived. `pending`
    names something of which one is enough: while a row with it waits or is on its way, no second one is written.
    """

    lane: str
    ordered: bool
    kind: str
    key: str
    payload: Any
    urgent: bool = False
    due_at: datetime | None = None
    referral_id: int | None = None
    message_id: int | None = None
    leased_by: str | None = None
    lease_seconds: int = LEASE_SECONDS
    pending: str | None = None
    note: str | None = None


async def enqueue(session: AsyncSession, new: NewDelivery) -> int:
    """Write a row and wake the dispatchers when the session commits. Returns its id, or that of the row it doubles.

    A lease in an ordered lane is only granted if nothing else waits there; otherwise the dispatcher sends it.
    """
    await session.flush()
    leased = new.leased_by is not None and await _lane_is_free(session, new)
    while True:
        row_id = await _insert(session, new, leased=leased)
        if row_id is None:
            found = await _doubled(session, new)
            if found is not None:
                return found
            continue  # it came to its end between our two looks
        archived = await _archived_or_call(session, new, call=not leased)
        if archived is None:
            return row_id
        await session.execute(delete(Delivery).where(Delivery.id == row_id))
        return archived


async def _insert(session: AsyncSession, new: NewDelivery, *, leased: bool) -> int | None:
    moment = func.statement_timestamp()
    statement = (
        insert(Delivery)
        .values(
            lane=new.lane,
            ordered=new.ordered,
            kind=new.kind,
            key=new.key,
            pending=new.pending,
            payload=new.payload,
            urgent=new.urgent,
            state="waiting",
            attempts=0,
            due_at=new.due_at or moment,
            since=new.due_at or moment,
            note=new.note,
            referral_id=new.referral_id,
            message_id=new.message_id,
            leased_by=new.leased_by if leased else None,
            leased_until=moment + timedelta(seconds=new.lease_seconds) if leased else None,
            counted=leased,
        )
        .on_conflict_do_nothing()
        .returning(Delivery.id)
    )
    return await session.scalar(statement)


async def _doubled(session: AsyncSession, new: NewDelivery) -> int | None:
    """The row that stands in the way of a new one."""
    same = Delivery.key == new.key
    if new.pending is not None:
        same |= (Delivery.pending == new.pending) & (Delivery.state == "waiting")
    return await session.scalar(select(Delivery.id).where(same).order_by(Delivery.id).limit(1))


async def _archived_or_call(session: AsyncSession, new: NewDelivery, *, call: bool) -> int | None:
    """The archived row of the key, if there is one; call the dispatchers otherwise.

    Asked after the row was written: a row that moves to the archive meanwhile is in the way of the writing, or here.
    """
    archived = select(DeliveryArchive.id).where(DeliveryArchive.key == new.key).scalar_subquery()
    if not call:
        return await session.scalar(select(archived))
    told = case((archived.is_(None), func.pg_notify(CHANNEL, new.lane)))
    found = (await session.execute(select(archived, told))).one()
    return found[0]  # type: ignore[no-any-return]


async def _lane_is_free(session: AsyncSession, new: NewDelivery) -> bool:
    if not new.ordered:
        return True
    others = select(Delivery.id).where(
        Delivery.lane == new.lane,
        Delivery.ordered,
        Delivery.state == "waiting",
        (Delivery.leased_by.is_distinct_from(new.leased_by)) | (Delivery.leased_until <= func.statement_timestamp()),
    )
    return await session.scalar(others.limit(1)) is None


async def wake(session: AsyncSession, lanes: Sequence[str]) -> None:
    """Call the dispatchers to these lanes when the session commits."""
    for lane in sorted(set(lanes)):
        await session.execute(select(func.pg_notify(CHANNEL, lane)))
