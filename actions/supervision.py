"""What the SLRT manager looks after: complaints, not helped, low ratings, reopened, unread answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, not_, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import NotAllowed, NotFound, NotNow
from actions.events import Actor, note_look
from actions.exchange import visible_inquiry
from actions.house import House
from actions.scope import hidden_referral, hides_referrals, reads_complaints, visible_ticket
from actions.views import OfficerView
from storage.models import Event, Feedback, Inquiry, Officer, Referral, Ticket

_MOST = 100
_SETTLED = ("done", "rejected", "revoked", "returned")


@dataclass(frozen=True)
class Concern:
    """A line of the supervisor's list; `feedback_id` where she can mark it as seen to."""

    at: datetime
    number: str | None
    need_name: str | None = None
    words: str | None = None
    stars: int | None = None
    who: str | None = None
    feedback_id: int | None = None


@dataclass(frozen=True)
class SupervisorView:
    """The supervisor's lists, oldest first: what waits longest comes first."""

    complaints: tuple[Concern, ...]
    not_helped: tuple[Concern, ...]
    low_ratings: tuple[Concern, ...]
    reopened: tuple[Concern, ...]
    unread: tuple[Concern, ...]


async def supervisor_view(house: House, officer: OfficerView) -> SupervisorView:
    """The lists of a manager's area. Raises NotAllowed for every other role."""
    if not reads_complaints(officer):
        raise NotAllowed
    async with house.database.transaction() as session:
        low = and_(Feedback.kind == "rating", Feedback.stars <= house.catalogue.deadlines.low_stars)
        return SupervisorView(
            complaints=await _feedback(session, house, officer, Feedback.kind == "complaint"),
            not_helped=await _feedback(session, house, officer, Feedback.kind == "not_helped"),
            low_ratings=await _feedback(session, house, officer, low),
            reopened=await _reopened(session, house, officer),
            unread=await _unread(session, officer),
        )


async def handle(house: House, officer: OfficerView, feedback_id: int, note: str | None) -> None:
    """The manager has seen to it. Raises NotAllowed, NotFound or NotNow (somebody has already)."""
    if not reads_complaints(officer):
        raise NotAllowed
    async with house.database.transaction() as session:
        visible = await session.scalar(_visible(officer).where(Feedback.id == feedback_id))
        if visible is None:
            raise NotFound
        row = await session.get_one(Feedback, feedback_id, with_for_update=True, populate_existing=True)
        if row.handled_at is not None:
            raise NotNow
        row.handled_at, row.handled_by, row.handled_note = house.clock(), officer.id, note
        note_look(session, Actor(officer.role, officer.id), "feedback.handled", row.kind, ticket_id=row.ticket_id)


def _visible(officer: OfficerView) -> Select[int]:
    """Feedback that the manager may see: of her area's tickets; complaints about no ticket belong to all managers."""
    return (
        select(Feedback.id)
        .outerjoin(Ticket, Ticket.id == Feedback.ticket_id)
        .outerjoin(Referral, Referral.id == Feedback.referral_id)
        .where(_may_see(officer))
    )


def _may_see(officer: OfficerView) -> ColumnElement[bool]:
    allowed = true() if officer.restricted else Feedback.restricted.is_(False)
    free = Feedback.ticket_id.is_(None)
    of_hers = and_(visible_ticket(officer), or_(Feedback.kind != "complaint", not_(hides_referrals(officer))))
    seen = or_(Feedback.referral_id.is_(None), not_(hidden_referral(officer, Referral)))
    return and_(allowed, or_(free, of_hers), seen)


async def _feedback(
    session: AsyncSession, house: House, officer: OfficerView, wanted: ColumnElement[bool]
) -> tuple[Concern, ...]:
    rows = await session.execute(
        select(Feedback, Ticket.number, Referral.need)
        .outerjoin(Ticket, Ticket.id == Feedback.ticket_id)
        .outerjoin(Referral, Referral.id == Feedback.referral_id)
        .where(wanted, Feedback.handled_at.is_(None), _may_see(officer))
        .order_by(Feedback.id)
        .limit(_MOST)
    )
    return tuple(
        Concern(row.at, number, _name(house, need), row.words, row.stars, feedback_id=row.id)
        for row, number, need in rows
    )


def _name(house: House, need: str | None) -> str | None:
    return house.catalogue.needs[need].name if need else None


async def _reopened(session: AsyncSession, house: House, officer: OfficerView) -> tuple[Concern, ...]:
    """What was opened again and has not come to an end since."""
    rows = await session.execute(
        select(Event, Ticket.number, Referral.need, Officer.name)
        .join(Ticket, Ticket.id == Event.ticket_id)
        .join(Referral, Referral.id == Event.referral_id)
        .outerjoin(Officer, Officer.id == Event.officer_id)
        .where(
            Event.kind == "reopened",
            Referral.state.not_in(_SETTLED),
            visible_ticket(officer),
            not_(hidden_referral(officer, Referral)),
        )
        .order_by(Event.id)
        .limit(_MOST)
    )
    return tuple(
        Concern(event.at, number, _name(house, need), event.note, who=name or event.actor)
        for event, number, need, name in rows
    )


async def _unread(session: AsyncSession, officer: OfficerView) -> tuple[Concern, ...]:
    """Answers of residents that no officer has marked as seen."""
    rows = await session.execute(
        select(Inquiry, Ticket.number)
        .join(Ticket, Ticket.id == Inquiry.ticket_id)
        .where(
            Inquiry.answered_at.is_not(None),
            Inquiry.seen_at.is_(None),
            visible_ticket(officer),
            visible_inquiry(officer),
        )
        .order_by(Inquiry.answered_at)
        .limit(_MOST)
    )
    return tuple(
        Concern(inquiry.answered_at or inquiry.at, number, words=inquiry.text, who=inquiry.office)
        for inquiry, number in rows
    )
