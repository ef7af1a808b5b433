"""Lists of work: the tickets of an officer's area, the referrals of an agency's unit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import or_, select

from actions.agency_talk import open_questions
from actions.due import clocks_of, due_of, is_late, most_pressing
from actions.errors import NotAllowed
from actions.exchange import unread_tickets, waiting_tickets
from actions.house import House
from actions.mail_views import mailed_tickets
from actions.scope import hides_referrals, may_read, may_see, seems_urgent, seen_state, visible_ticket
from actions.views import DueView, OfficerView, ReferralItem, WorkItem
from referral.lifecycle import CLOSED
from storage.models import Clock, Referral, Ticket

_MOST = 200
_ENDED_REFERRAL = ("returned", "rejected", "revoked")


async def worklist(house: House, officer: OfficerView, show: str = "open") -> list[WorkItem]:
    """The officer's tickets, urgent first, then oldest first; closed ones newest first.

    `show` is open, late (open ones whose deadline is past), closed or all.
    """
    async with house.database.transaction() as session:
        query = select(Ticket).where(visible_ticket(officer)).limit(_MOST)
        if show == "late":
            query = query.where(select(Clock.id).where(Clock.ticket_id == Ticket.id, is_late(house.clock())).exists())
        if show in ("open", "late"):
            query = query.where(or_(Ticket.state.not_in(CLOSED), hides_referrals(officer)))
            query = query.order_by(seems_urgent(officer).desc(), Ticket.id)
        elif show == "closed":
            query = query.where(or_(Ticket.state.in_(CLOSED), hides_referrals(officer))).order_by(Ticket.id.desc())
        else:
            query = query.order_by(Ticket.id.desc())
        tickets = (await session.scalars(query)).all()
        by_ticket: dict[int, list[Referral]] = defaultdict(list)
        wanted = select(Referral).where(Referral.ticket_id.in_([t.id for t in tickets])).order_by(Referral.id)
        for referral in await session.scalars(wanted):
            by_ticket[referral.ticket_id].append(referral)
        unread = await unread_tickets(session, officer, list(by_ticket))
        mailed = await mailed_tickets(session, officer, list(by_ticket))
        asked = await waiting_tickets(session, officer, list(by_ticket))
        seen = [r.id for referrals in by_ticket.values() for r in referrals if may_see(officer, r)]
        questions = await open_questions(session, seen)
        clocks = await clocks_of(session, [ticket.id for ticket in tickets])
        items = [
            replace(
                _item(house, officer, ticket, by_ticket[ticket.id], asked=ticket.id in asked),
                answered=ticket.id in unread,
                agency_asks=any(r.id in questions for r in by_ticket[ticket.id]),
                mailed=ticket.id in mailed,
                due=_due(house, officer, by_ticket[ticket.id], clocks[ticket.id]),
            )
            for ticket in tickets
        ]
        if show == "late":
            return [item for item in items if item.due is not None and item.due.over and not item.due.paused]
        # of a ticket with a hidden referral only its seen state tells where it belongs
        return [item for item in items if show == "all" or (item.state in CLOSED) == (show == "closed")]


def _due(house: House, officer: OfficerView, referrals: Sequence[Referral], clocks: Sequence[Clock]) -> DueView | None:
    seen = [referral for referral in referrals if may_see(officer, referral)]
    return most_pressing(clocks, seen, in_circle=officer.restricted, now=house.clock())


def _item(
    house: House, officer: OfficerView, ticket: Ticket, referrals: Sequence[Referral], *, asked: bool
) -> WorkItem:
    place = house.gazetteer.get(ticket.region_code) if ticket.region_code else None
    seen = [referral for referral in referrals if may_see(officer, referral)]
    live = [referral for referral in seen if referral.state not in _ENDED_REFERRAL]
    due = [referral.due_at for referral in live if referral.due_at and referral.state != "done"]
    state = seen_state(officer, ticket, referrals)
    return WorkItem(
        number=ticket.number,
        created_at=ticket.created_at,
        state=state,
        urgent=any(r.urgent for r in live) or (ticket.urgent and not live and len(seen) == len(referrals)),
        region_name=place.name if place else None,
        needs=tuple(dict.fromkeys(house.catalogue.needs[r.need].name for r in live)),
        waiting_for="resident" if asked and state not in CLOSED else _waiting_for(state, live),
        lookup_outcome=ticket.lookup_outcome,
        due_at=min(due, default=None),
        wanted=ticket.wants_officer if state not in CLOSED and may_read(officer, ticket, referrals) else None,
    )


def _waiting_for(state: str, live: Sequence[Referral]) -> str:
    if state in CLOSED:
        return "nothing"
    if state == "visit_needed":
        return "visit"
    if not live or any(referral.state == "drafted" for referral in live):
        return "decision"
    if any(referral.state != "done" for referral in live):
        return "agency"
    return "resident"


async def agency_list(house: House, officer: OfficerView) -> list[ReferralItem]:
    """The referrals that were sent to the officer's unit, urgent first, open ones before ended ones."""
    if officer.role != "agency" or officer.unit is None:
        raise NotAllowed
    async with house.database.transaction() as session:
        rows = await session.execute(
            select(Referral, Ticket)
            .join(Ticket, Ticket.id == Referral.ticket_id)
            .where(Referral.unit == officer.unit, Referral.state.not_in(("drafted", "rejected", "revoked")))
            .order_by(Referral.state == "done", Referral.urgent.desc(), Referral.id)
            .limit(_MOST)
        )
        found = [(referral, ticket) for referral, ticket in rows]
        clocks = await clocks_of(session, {ticket.id for _, ticket in found})
        return [_referral_item(house, referral, ticket, clocks[ticket.id]) for referral, ticket in found]


def _referral_item(house: House, referral: Referral, ticket: Ticket, clocks: Sequence[Clock]) -> ReferralItem:
    place = house.gazetteer.get(ticket.region_code) if ticket.region_code else None
    return ReferralItem(
        referral_id=referral.id,
        number=ticket.number,
        created_at=referral.created_at,
        state=referral.state,
        urgent=referral.urgent,
        restricted=referral.restricted,
        need_name=house.catalogue.needs[referral.need].name,
        region_name=place.name if place else None,
        due_at=referral.due_at,
        due=due_of(clocks, referral, house.clock()),
    )
