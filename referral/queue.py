"""The queue: what must leave the house, as rows that are written in the transaction that causes them.

A lane is a receiver. Of each lane at most one row is on its way at a time; in an ordered lane (a chat) that is always
the oldest that waits. Times are the database's, so the clocks of several machines need not agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from referral.ports import Parcel
from storage.models import Delivery

CHANNEL = "slrt_delivery"
LEASE_SECONDS = 30

# The best row of each lane that has none on its way. Lanes are found by skipping along the lane's index.
_HEADS = """
    select head.id, head.lane, head.urgent, head.due_at
    from {lanes}
    cross join lateral (
        select d.id, d.lane, d.urgent, d.due_at
        from delivery d
        where d.state = 'waiting' and d.lane = l.lane and (d.ordered or d.due_at <= statement_timestamp())
        order by case when d.ordered then d.id end, d.urgent desc, d.due_at, d.id
        limit 1
    ) head
    where head.due_at <= statement_timestamp()
      and not exists (
        select from delivery f
        where f.state = 'waiting' and f.lane = l.lane and f.leased_until > statement_timestamp()
      )
"""

# First statement of a claim: reserve lanes. The lock lasts until the claim is committed; a lane that someone else is
# just claiming from is left to them.
RESERVE_LANES = text(
    """
    with recursive every_lane as (
        (select lane from delivery where state = 'waiting' order by lane limit 1)
        union all
        select (select d.lane from delivery d where d.state = 'waiting' and d.lane > e.lane order by d.lane limit 1)
        from every_lane e where e.lane is not null
    ),
    heads as materialized ("""  # noqa: S608
    + _HEADS.format(lanes="every_lane l")
    + """
          and l.lane is not null
          and (cast(:families as text[]) is null or split_part(l.lane, ':', 1) = any(cast(:families as text[])))
          and not split_part(l.lane, ':', 1) = any(cast(:other_than as text[]))
        order by head.urgent desc, head.due_at, head.id
        limit :limit
    )
    select lane from heads where pg_try_advisory_xact_lock(hashtextextended(lane, 0))
    """
)

# Second statement: with the lanes ours and a fresh look at the table, lease their heads.
TAKE_HEADS = text(
    """
    with heads as materialized ("""  # noqa: S608
    + _HEADS.format(lanes="unnest(cast(:lanes as text[])) as l(lane)")
    + """),
    taken as (
        select d.id from delivery d join heads using (id)
        where d.state = 'waiting' and (d.leased_until is null or d.leased_until <= statement_timestamp())
        for update of d skip locked
    )
    update delivery d
    set leased_by = :process, leased_until = statement_timestamp() + :lease, attempts = d.attempts + 1
    from taken where d.id = taken.id
    returning d.id, d.lane, d.kind, d.key, d.payload, d.urgent, d.attempts, d.referral_id, d.message_id, d.due_at
    """
).columns(
    Delivery.id,
    Delivery.lane,
    Delivery.kind,
    Delivery.key,
    Delivery.payload,
    Delivery.urgent,
    Delivery.attempts,
    Delivery.referral_id,
    Delivery.message_id,
    Delivery.due_at,
)


@dataclass(frozen=True)
class NewDelivery:
    """Something to deliver. Without `due_at`: at once. With `leased_by` that process means to send it itself.

    `key` names it for ever: the same key never makes a second row.
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


@dataclass(frozen=True)
class LaneStatus:
    """A lane at a glance: rows that wait, that were tried in vain at least once, and that are held."""

    lane: str
    waiting: int
    failing: int
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


async def enqueue(session: AsyncSession, new: NewDelivery) -> int:
    """Write a row and wake the dispatchers when the session commits. Returns its id, or that of the row with its key.

    A lease in an ordered lane is only granted if nothing else waits there; otherwise the dispatcher sends it.
    """
    await session.flush()
    leased = new.leased_by is not None and await _lane_is_free(session, new)
    moment = func.statement_timestamp()
    statement = (
        insert(Delivery)
        .values(
            lane=new.lane,
            ordered=new.ordered,
            kind=new.kind,
            key=new.key,
            payload=new.payload,
            urgent=new.urgent,
            state="waiting",
            attempts=0,
            due_at=new.due_at or moment,
            referral_id=new.referral_id,
            message_id=new.message_id,
            leased_by=new.leased_by if leased else None,
            leased_until=moment + timedelta(seconds=new.lease_seconds) if leased else None,
        )
        .on_conflict_do_nothing(index_elements=[Delivery.key])
        .returning(Delivery.id)
    )
    row_id = await session.scalar(statement)
    if row_id is None:
        found = await session.scalars(select(Delivery.id).where(Delivery.key == new.key))
        return found.one()
    if not leased:
        await wake(session, [new.lane])
    return row_id


async def _lane_is_free(session: AsyncSession, new: NewDelivery) -> bool:
    if not new.ordered:
        return True
    others = select(Delivery.id).where(
        Delivery.lane == new.lane,
        Delivery.state == "waiting",
        (Delivery.leased_by.is_distinct_from(new.leased_by)) | (Delivery.leased_until <= func.statement_timestamp()),
    )
    return await session.scalar(others.limit(1)) is None


async def claim(
    session: AsyncSession,
    process: str,
    limit: int,
    lease: timedelta,
    *,
    families: Sequence[str] | None = None,
    other_than: Sequence[str] = (),
) -> list[Parcel]:
    """Lease up to `limit` rows, one of each lane, urgent first, earliest due first.

    `families` narrows it to lanes that begin with one of these words before the colon (`agency`, `chat`), `other_than`
    leaves lanes out by such words.
    """
    wanted = {
        "families": list(families) if families is not None else None,
        "other_than": list(other_than),
        "limit": limit,
    }
    lanes = (await session.scalars(RESERVE_LANES, wanted)).all()
    if not lanes:
        return []
    rows = await session.execute(TAKE_HEADS, {"lanes": list(lanes), "process": process, "lease": lease})
    ordered = sorted(rows, key=lambda row: (not row.urgent, row.due_at, row.id))
    return [_parcel(row) for row in ordered]


async def claim_leased(session: AsyncSession, process: str, ids: Sequence[int], lease: timedelta) -> list[Parcel]:
    """Take the rows that `enqueue` leased to this process, oldest first.

    Rows that are not its own any more are left out; so are, and given back to the dispatchers, those before which
    something else came to wait in their lane.
    """
    mine = (
        await session.scalars(
            select(Delivery)
            .where(
                Delivery.id.in_(ids),
                Delivery.state == "waiting",
                Delivery.leased_by == process,
                Delivery.leased_until > func.statement_timestamp(),
            )
            .order_by(Delivery.id)
            .with_for_update(skip_locked=True)
        )
    ).all()
    first_other = await _first_others(session, mine)
    free = [row for row in mine if row.id < first_other.get(row.lane, row.id + 1)]
    parcels = [_parcel(row) for row in free]
    await _give_back(session, [row.id for row in mine if row not in free], [row.lane for row in mine])
    if not parcels:
        return []
    await session.execute(
        update(Delivery)
        .where(Delivery.id.in_([parcel.id for parcel in parcels]))
        .values(attempts=Delivery.attempts + 1, leased_until=func.statement_timestamp() + lease)
        .execution_options(synchronize_session=False)
    )
    return [_counted(parcel) for parcel in parcels]


async def _first_others(session: AsyncSession, mine: Sequence[Delivery]) -> dict[str, int]:
    """By ordered lane, the oldest waiting row that is not among `mine`."""
    rows = await session.execute(
        select(Delivery.lane, func.min(Delivery.id))
        .where(
            Delivery.lane.in_({row.lane for row in mine}),
            Delivery.ordered,
            Delivery.state == "waiting",
            Delivery.id.not_in([row.id for row in mine]),
        )
        .group_by(Delivery.lane)
    )
    return {row[0]: row[1] for row in rows}


async def _give_back(session: AsyncSession, ids: Sequence[int], lanes: Sequence[str]) -> None:
    if not ids:
        return
    await session.execute(
        update(Delivery)
        .where(Delivery.id.in_(ids))
        .values(leased_by=None, leased_until=None)
        .execution_options(synchronize_session=False)
    )
    await wake(session, lanes)


async def release(session: AsyncSession, process: str, parcels: Sequence[Parcel]) -> None:
    """Give back parcels that were claimed but not tried: the try is not counted."""
    for parcel in parcels:
        await _mark(session, parcel, process, attempts=parcel.attempts - 1)
    await wake(session, [parcel.lane for parcel in parcels])


async def done(session: AsyncSession, parcel: Parcel) -> bool:
    """Mark it delivered. That is a fact whoever holds the lease by now; False if it was marked before."""
    return await _mark(session, parcel, None, state="done", done_at=func.statement_timestamp(), last_error=None)


async def retry(session: AsyncSession, parcel: Parcel, process: str, reason: str, after: timedelta) -> bool:
    """Let it wait for another try. False if the lease has gone to someone else meanwhile."""
    return await _mark(session, parcel, process, due_at=func.statement_timestamp() + after, last_error=reason)


async def hold(session: AsyncSession, parcel: Parcel, process: str, reason: str) -> bool:
    """Set it aside for a person. False if the lease has gone to someone else meanwhile."""
    return await _mark(session, parcel, process, state="held", last_error=reason)


async def drop(session: AsyncSession, parcel: Parcel, process: str, reason: str) -> bool:
    """Give it up: the receiver is gone. False if the lease has gone to someone else meanwhile."""
    return await _mark(session, parcel, process, state="dropped", last_error=reason)


async def _mark(session: AsyncSession, parcel: Parcel, process: str | None, **values: Any) -> bool:
    statement = update(Delivery).where(Delivery.id == parcel.id, Delivery.state == "waiting")
    if process is not None:
        # the count of tries rises with each claim: it tells a lease from a later one of the same process
        statement = statement.where(Delivery.leased_by == process, Delivery.attempts == parcel.attempts)
    marked = await session.scalar(
        statement.values(leased_by=None, leased_until=None, **values)
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    )
    if marked is not None and values.get("state") is not None:
        await _wake_if_waiting(session, parcel.lane)
    return marked is not None


async def status(session: AsyncSession) -> list[LaneStatus]:
    """All lanes in which something waits or is held, the oldest first."""
    waiting = Delivery.state == "waiting"
    rows = await session.execute(
        select(
            Delivery.lane,
            func.count().filter(waiting),
            func.count().filter(waiting, Delivery.last_error.is_not(None)),
            func.count().filter(Delivery.state == "held"),
            func.min(Delivery.due_at).filter(waiting),
        )
        .where(Delivery.state.in_(("waiting", "held")))
        .group_by(Delivery.lane)
        .order_by(func.min(Delivery.due_at).filter(waiting).nulls_last(), Delivery.lane)
    )
    return [LaneStatus(*row) for row in rows]


async def held(session: AsyncSession, limit: int = 100) -> list[HeldDelivery]:
    """Rows that need a person, urgent ones first, then the oldest. Payloads stay sealed."""
    columns = [getattr(Delivery, name) for name in HeldDelivery.__dataclass_fields__]
    rows = await session.execute(
        select(*columns).where(Delivery.state == "held").order_by(Delivery.urgent.desc(), Delivery.id).limit(limit)
    )
    return [HeldDelivery(*row) for row in rows]


async def retry_held(session: AsyncSession, ids: Sequence[int] | None = None, lane: str | None = None) -> int:
    """Give held rows (these, or those of a lane, or all) a fresh set of tries. Returns how many."""
    statement = update(Delivery).where(Delivery.state == "held")
    if ids is not None:
        statement = statement.where(Delivery.id.in_(ids))
    if lane is not None:
        statement = statement.where(Delivery.lane == lane)
    lanes = (
        await session.scalars(
            statement.values(state="waiting", attempts=0, due_at=func.statement_timestamp())
            .returning(Delivery.lane)
            .execution_options(synchronize_session=False)
        )
    ).all()
    await wake(session, lanes)
    return len(lanes)


async def wake(session: AsyncSession, lanes: Sequence[str]) -> None:
    for lane in sorted(set(lanes)):
        await session.execute(select(func.pg_notify(CHANNEL, lane)))


async def _wake_if_waiting(session: AsyncSession, lane: str) -> None:
    more = select(Delivery.id).where(Delivery.lane == lane, Delivery.state == "waiting").limit(1)
    await session.execute(select(func.pg_notify(CHANNEL, lane)).where(more.exists()))


def _parcel(row: Any) -> Parcel:
    return Parcel(**{name: getattr(row, name) for name in Parcel.__dataclass_fields__})


def _counted(parcel: Parcel) -> Parcel:
    return Parcel(**{**parcel.__dict__, "attempts": parcel.attempts + 1})
