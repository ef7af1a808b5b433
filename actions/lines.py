"""A ticket in its own resident's eyes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.desk import HomeFields, ReferralLine, TicketLine
from actions.house import House
from referral.calendar import add_working_days
from referral.lifecycle import OPEN
from storage.models import Referral, Ticket, TicketNeed


async def ticket_line(
    session: AsyncSession, house: House, ticket: Ticket, *, with_restricted: bool = False
) -> TicketLine:
    """One ticket; its restricted referrals are left out unless they are asked for."""
    (line,) = await ticket_lines(session, house, [ticket], with_restricted=with_restricted)
    return line


async def ticket_lines(
    session: AsyncSession, house: House, tickets: Sequence[Ticket], *, with_restricted: bool = False
) -> list[TicketLine]:
    """Tickets in their order, each with what it consists of now."""
    rows = await session.scalars(
        select(Referral).where(Referral.ticket_id.in_([ticket.id for ticket in tickets])).order_by(Referral.id)
    )
    needs = await session.scalars(select(TicketNeed).where(TicketNeed.ticket_id.in_([t.id for t in tickets])))
    answers = {(need.ticket_id, need.need): dict(need.answers) for need in needs}
    parts: dict[int, list[ReferralLine]] = defaultdict(list)
    for referral in rows:
        if referral.state != "returned" and (with_restricted or not referral.restricted):
            parts[referral.ticket_id].append(
                _referral_line(house, referral, answers.get((referral.ticket_id, referral.need), {}))
            )
    return [
        TicketLine(
            number=ticket.number,
            created_at=ticket.created_at,
            state=ticket.state,
            referrals=tuple(parts[ticket.id]),
            registry_checked=ticket.lookup_outcome != "not_asked",
            home=HomeFields(ticket.region_code, ticket.rt, ticket.rw),
        )
        for ticket in tickets
    ]


def _referral_line(house: House, referral: Referral, answers: dict[str, str]) -> ReferralLine:
    agency = house.catalogue.agencies[referral.agency]
    return ReferralLine(
        referral_id=referral.id,
        need=referral.need,
        agency=agency.name,
        state=referral.state,
        outcome=referral.outcome,
        due_at=referral.due_at,
        papers=house.catalogue.papers(referral.need, referral.agency),
        restricted=referral.restricted,
        confirmation=referral.confirmation,
        hours=agency.hours,
        address=agency.address,
        phone=agency.phone,
        review_by=_review_by(house, referral),
        answers=answers,
        late=bool(referral.due_at and referral.state in OPEN and referral.due_at < house.clock()),
    )


def _review_by(house: House, referral: Referral) -> datetime | None:
    if referral.state != "drafted":
        return None
    return add_working_days(referral.created_at, house.catalogue.deadlines.review_working_days)
