"""Tickets that may be about the same: the same household, proven both times, the same need, not long apart."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.house import House
from actions.scope import visible_ticket
from actions.views import DuplicateView, OfficerView
from storage.models import Person, Referral, Ticket

_GONE = ("rejected", "revoked", "returned")


async def likely_duplicates(
    session: AsyncSession, house: House, officer: OfficerView, ticket: Ticket
) -> tuple[DuplicateView, ...]:
    """What to point out on a ticket's page. Restricted needs are left out on both sides."""
    if ticket.person_id is None or not _proven(ticket):
        return ()
    window = timedelta(days=house.catalogue.deadlines.duplicate_days)
    mine = select(Referral.need).where(Referral.ticket_id == ticket.id, Referral.restricted.is_(False))
    rows = await session.execute(
        select(Ticket, Referral.need)
        .join(Referral, Referral.ticket_id == Ticket.id)
        .join(Person, Person.id == Ticket.person_id)
        .where(
            Ticket.id != ticket.id,
            Ticket.state.not_in(("merged", "withdrawn")),
            or_(Person.id == ticket.person_id, Person.household_id == await _household(session, ticket.person_id)),
            Referral.need.in_(mine),
            Referral.restricted.is_(False),
            Referral.state.not_in(_GONE),
            Ticket.created_at.between(ticket.created_at - window, ticket.created_at + window),
            visible_ticket(officer),
        )
        .order_by(Ticket.id.desc())
    )
    found = {(other.number, need): (other, need) for other, need in rows if _proven(other)}
    return tuple(
        DuplicateView(
            number=other.number,
            created_at=other.created_at,
            need_name=house.catalogue.needs[need].name,
            same_person=other.person_id == ticket.person_id,
        )
        for other, need in found.values()
    )


def _proven(ticket: Ticket) -> bool:
    return bool((ticket.lookup_facts or {}).get("proven"))


async def _household(session: AsyncSession, person_id: int) -> int | None:
    return await session.scalar(select(Person.household_id).where(Person.id == person_id))
