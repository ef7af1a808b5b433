"""Taking rows: who gets which when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from referral.policy import Family, Lanes
from referral.ports import Parcel
from referral.queue.marking import mark
from referral.queue.writing import wake
from storage.models import Delivery, DeliveryLane

# The lanes of a family in which something waits, found by skipping along the two indexes.
_EVERY_LANE = """
    every_lane as (
        select least(
            (select d.lane from delivery d where d.state = 'waiting' and d.ordered
                and d.lane >= :low and d.lane < :high order by d.lane limit 1),
            (select d.lane from delivery d where d.state = 'waiting' and not d.ordered
                and d.lane >= :low and d.lane < :high order by d.lane limit 1)) as lane
        union all
        select least(
            (select d.lane from delivery d where d.state = 'waiting' and d.ordered
                and d.lane > e.lane and d.lane < :high order by d.lane limit 1),
            (select d.lane from delivery d where d.state = 'waiting' and not d.ordered
                and d.lane > e.lane and d.lane < :high order by d.lane limit 1))
        from every_lane e where e.lane is not null
    ),
    our_lanes as materialized (
        select e.lane from every_lane e
        where e.lane is not null
          and e.lane <> all(cast(:not_lanes as text[]))
          and not exists (select from unnest(cast(:not_prefixes as text[])) p where starts_with(e.lane, p))
          and not exists (
            select from delivery_lane s
            where s.lane in (e.lane, split_part(e.lane, ':', 1), '')
              and (s.paused or (s.lane = e.lane and greatest(s.open_until, s.next_at) > statement_timestamp()))
          )
    )
"""

# How many rows of a lane may be taken: none beside what is on its way, one as a trial after failures.
_ALLOWED = """
    cross join lateral (
        select count(*) as flying from delivery f
        where f.state = 'waiting' and f.counted and f.lane = l.lane and f.leased_until > statement_timestamp()
    ) f
    left join delivery_lane s on s.lane = l.lane
    cross join lateral (
        select case
            when s.failures >= :trial or :single then case when f.flying = 0 then 1 else 0 end
            when :in_flight = 1 then case when f.flying = 0 then :batch else 0 end
            else greatest(:in_flight - f.flying, 0)
        end as most
    ) a
"""

# The best rows of a lane l, at most {most}: the oldest of an ordered lane up to the first that is not due yet; of
# another the due ones, an urgent row with its head start.
_BEST = """
    cross join lateral (
        select c.id, c.rank, row_number() over (order by c.place, c.rank, c.id) as nth
        from (
            select * from (
                select o.id, o.due_at as rank, o.id as place,
                    bool_and(o.due_at <= statement_timestamp()
                        and (o.leased_until is null or o.leased_until <= statement_timestamp())) over (order by o.id)
                    as free
                from (
                    select d.id, d.due_at, d.leased_until from delivery d
                    where d.state = 'waiting' and d.ordered and d.lane = l.lane
                    order by d.id limit {most}
                ) o
            ) o where o.free
            union all
            select * from (
                select d.id, d.due_at - cast(:head_start as interval) as rank, 0 as place, true as free
                from delivery d
                where d.state = 'waiting' and not d.ordered and d.lane = l.lane and d.urgent
                  and d.due_at <= statement_timestamp()
                  and (d.leased_until is null or d.leased_until <= statement_timestamp())
                order by d.due_at, d.id limit {most} {lock}
            ) u
            union all
            select * from (
                select d.id, d.due_at as rank, 0 as place, true as free
                from delivery d
                where d.state = 'waiting' and not d.ordered and d.lane = l.lane and not d.urgent
                  and d.due_at <= statement_timestamp()
                  and (d.leased_until is null or d.leased_until <= statement_timestamp())
                order by d.due_at, d.id limit {most} {lock}
            ) n
        ) c
        order by nth limit {most}
    ) best
"""

# First statement of a claim: reserve lanes. The lock lasts until the claim is committed; a lane that someone else is
# just claiming from is left to them.
RESERVE_LANES = text(
    "with recursive"  # noqa: S608 (made of this module's own parts)
    + _EVERY_LANE
    + """,
    heads as materialized (
        select l.lane, best.rank, best.id from our_lanes l"""
    + _ALLOWED
    + _BEST.format(most="1", lock="")
    + """
        where a.most > 0
        order by best.rank, best.id
        limit :limit
    )
    select lane from heads where pg_try_advisory_xact_lock(hashtextextended(lane, 0))
    """
)

_LEASE = """
    update delivery d
    set leased_by = :process, leased_until = statement_timestamp() + :lease, attempts = d.attempts + 1{counted}
    from taken where d.id = taken.id
    returning d.id, d.lane, d.kind, d.key, d.payload, d.urgent, d.attempts, d.referral_id, d.message_id,
        d.ordered, d.counted, taken.rank, taken.nth
"""
_PARCEL = (
    Delivery.id,
    Delivery.lane,
    Delivery.kind,
    Delivery.key,
    Delivery.payload,
    Delivery.urgent,
    Delivery.attempts,
    Delivery.referral_id,
    Delivery.message_id,
    Delivery.ordered,
    Delivery.counted,
)
_FIELDS = len(_PARCEL)
_RANK, _NTH = _FIELDS, _FIELDS + 1

# Second statement: with the lanes ours and a fresh look at the table, lease their best rows.
TAKE_HEADS = text(
    """
    with heads as materialized (
        select best.id, best.rank, best.nth from unnest(cast(:lanes as text[])) as l(lane)"""  # noqa: S608
    + _ALLOWED
    + _BEST.format(most="a.most", lock="")
    + """),
    taken as (
        select d.id, heads.rank, heads.nth from delivery d join heads using (id)
        where d.state = 'waiting' and (d.leased_until is null or d.leased_until <= statement_timestamp())
        for update of d skip locked
    )"""
    + _LEASE.format(counted=", counted = true")
).columns(*_PARCEL)

# Where no order and no limit is to be kept, one statement does it, and it changes no indexed column.
TAKE_ANY = text(
    "with recursive"  # noqa: S608 (made of this module's own parts)
    + _EVERY_LANE
    + """,
    heads as materialized (
        select best.id, best.rank, best.nth from our_lanes l"""
    + _BEST.format(most=":limit", lock="for update skip locked")
    + """
        order by best.rank, best.id limit :limit
    ),
    taken as (
        select d.id, heads.rank, heads.nth from delivery d join heads using (id)
        where d.state = 'waiting' and (d.leased_until is null or d.leased_until <= statement_timestamp())
        for update of d skip locked
    )"""
    + _LEASE.format(counted="")
).columns(*_PARCEL)
_NEVER = 2**31 - 1


async def claim(
    session: AsyncSession | AsyncConnection,
    process: str,
    family: Family,
    limit: int,
    lease: timedelta,
    *,
    lanes: Lanes = Lanes(),  # noqa: B008 (it can't be changed)
    head_start: timedelta = timedelta(0),
) -> list[Parcel]:
    """Lease the best rows of up to `limit` lanes (of a family without `in_flight`: up to `limit` rows).

    The lane with the best row comes first, and the rows of each lane follow each other in their order. Best is the
    earliest due; an urgent row counts as due `head_start` earlier than it was. For a family that is `free`, one
    statement does it; else it must be a transaction.
    """
    values = {
        "low": lanes.low,
        "high": lanes.high,
        "not_prefixes": list(lanes.not_prefixes),
        "not_lanes": list(lanes.not_lanes),
        "head_start": head_start,
        "limit": limit,
    }
    mine = {"process": process, "lease": lease, "head_start": head_start}
    if family.free:
        return _in_order((await session.execute(TAKE_ANY, {**values, **mine})).all())
    allowed = {
        "in_flight": family.in_flight or limit,
        "batch": family.batch,
        "trial": family.breaker.failures if family.breaker else _NEVER,
        "single": family.interval is not None,
    }
    reserved = (await session.scalars(RESERVE_LANES, {**values, **allowed})).all()
    if not reserved:
        return []
    rows = (await session.execute(TAKE_HEADS, {**mine, **allowed, "lanes": list(reserved)})).all()
    if family.interval is not None:
        await _count_in(session, sorted({row[1] for row in rows}), family.interval)
    return _in_order(rows)


def _in_order(rows: Sequence[Any]) -> list[Parcel]:
    best: dict[str, tuple[Any, int]] = {}
    for row in rows:
        mark = (row[_RANK], row[0])
        best[row[1]] = min(best.get(row[1], mark), mark)
    ordered = sorted(rows, key=lambda row: (*best[row[1]], row[_NTH]))
    return [Parcel(*row[:_FIELDS]) for row in ordered]


async def _count_in(session: AsyncSession | AsyncConnection, lanes: Sequence[str], interval: timedelta) -> None:
    """The lanes' next row may leave one interval later."""
    if not lanes:
        return
    moment = func.statement_timestamp() + interval
    statement = insert(DeliveryLane).values([{"lane": lane, "next_at": moment} for lane in lanes])
    await session.execute(
        statement.on_conflict_do_update(index_elements=["lane"], set_={"next_at": statement.excluded.next_at})
    )


async def prolong(session: AsyncSession, process: str, ids: Sequence[int], lease: timedelta) -> None:
    """Say that the process lives: what it still has of these rows is its own for another `lease`."""
    await session.execute(
        update(Delivery)
        .where(Delivery.id.in_(sorted(ids)), Delivery.state == "waiting", Delivery.leased_by == process)
        .values(leased_until=func.statement_timestamp() + lease)
        .execution_options(synchronize_session=False)
    )


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
    parcels = [parcel_of(row) for row in free]
    await _give_back(session, [row.id for row in mine if row not in free], [row.lane for row in mine])
    if not parcels:
        return []
    await session.execute(
        update(Delivery)
        .where(Delivery.id.in_([parcel.id for parcel in parcels]))
        .values(attempts=Delivery.attempts + 1, leased_until=func.statement_timestamp() + lease)
        .execution_options(synchronize_session=False)
    )
    return [replace(parcel, attempts=parcel.attempts + 1) for parcel in parcels]


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
        .values(leased_by=None, leased_until=None, counted=False)
        .execution_options(synchronize_session=False)
    )
    await wake(session, lanes)


async def release(session: AsyncSession, process: str, parcels: Sequence[Parcel]) -> None:
    """Give back parcels that were claimed but not tried: the try is not counted."""
    for parcel in parcels:
        await mark(session, parcel, process, attempts=parcel.attempts - 1)
    await wake(session, [parcel.lane for parcel in parcels])


def parcel_of(row: Delivery) -> Parcel:
    return Parcel(**{name: getattr(row, name) for name in Parcel.__dataclass_fields__})
