"""Deadlines as people read them: of tickets and referrals, and what is overdue by desk."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import NotAllowed
from actions.house import House
from actions.scope import may_see, visible_ticket
from actions.views import DueView, LateCase, LateDesk, OfficerView
from referral.calendar import lateness
from storage.models import Clock, Referral, Ticket

# the resident's own clocks: her silence is nobody's delay
_OURS = ("verify", "follow_up", "finish")
_MOST = 500


def is_late(now: datetime) -> ColumnElement[bool]:
    """Clocks of ours that ran out."""
    return Clock.ended_at.is_(None) & Clock.paused_at.is_(None) & Clock.kind.in_(_OURS) & (Clock.due_at < now)


async def clocks_of(session: AsyncSession, ticket_ids: Iterable[int]) -> dict[int, list[Clock]]:
    """The running clocks of tickets."""
    found: dict[int, list[Clock]] = defaultdict(list)
    running = select(Clock).where(Clock.ticket_id.in_(list(ticket_ids)), Clock.ended_at.is_(None)).order_by(Clock.id)
    for clock in await session.scalars(running):
        found[clock.ticket_id].append(clock)
    return found


def due_view(clock: Clock, now: datetime) -> DueView:
    """A clock in people's measure."""
    late = lateness(clock.due_at, clock.paused_at or now)
    return DueView(
        at=clock.due_at,
        kind=clock.kind,
        over=late.over,
        working_days=late.working_days,
        hours=late.hours,
        by_hours=clock.by_hours,
        paused=clock.paused_at is not None,
        told=tuple(dict.fromkeys(clock.told)),
    )


def most_pressing(
    clocks: Sequence[Clock], seen: Iterable[Referral], *, in_circle: bool, now: datetime
) -> DueView | None:
    """The deadline to show for a ticket: the first to end of those the officer may see, one that rests last."""
    ids = {referral.id for referral in seen}
    shown = [
        clock
        for clock in clocks
        if clock.kind in _OURS
        and (clock.referral_id in ids if clock.referral_id else in_circle or not clock.restricted)
    ]
    first = min(shown, key=lambda clock: (clock.paused_at is not None, clock.due_at), default=None)
    return due_view(first, now) if first else None


def due_of(clocks: Sequence[Clock], referral: Referral, now: datetime) -> DueView | None:
    """The deadline of a referral, if one runs."""
    found = [clock for clock in clocks if clock.referral_id == referral.id and clock.kind in _OURS]
    return due_view(found[0], now) if found else None


async def late_by_desk(house: House, officer: OfficerView) -> list[LateDesk]:
    """What is overdue in a manager's area, by the desk whose turn it is, the longest overdue first."""
    if officer.role != "manager":
        raise NotAllowed
    now = house.clock()
    async with house.database.transaction() as session:
        rows = await session.execute(
            select(Clock, Referral, Ticket)
            .join(Ticket, Ticket.id == Clock.ticket_id)
            .outerjoin(Referral, Referral.id == Clock.referral_id)
            .where(is_late(now), visible_ticket(officer))
            .order_by(Clock.due_at)
            .limit(_MOST)
        )
        cases: dict[str, list[LateCase]] = defaultdict(list)
        for clock, referral, ticket in rows:
            if not _shown(officer, clock, referral):
                continue
            desk = "" if referral is None or clock.kind == "verify" else referral.unit
            need = house.catalogue.needs[referral.need].name if referral else None
            cases[desk].append(LateCase(ticket.number, need, due_view(clock, now)))
    return [_desk(house, unit, found) for unit, found in cases.items()]


def _shown(officer: OfficerView, clock: Clock, referral: Referral | None) -> bool:
    return may_see(officer, referral) if referral is not None else officer.restricted or not clock.restricted


def _desk(house: House, unit: str, cases: list[LateCase]) -> LateDesk:
    known = house.catalogue.units.get(unit)
    agency = house.catalogue.agencies[known.agency].name if known else None
    return LateDesk(agency, known.name if known else None, tuple(cases))
