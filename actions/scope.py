"""Who may see what: the officer's area, and the narrow circle around restricted needs."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, exists, false, or_
from sqlalchemy.orm import aliased

from actions.views import OfficerView
from storage.models import Referral, Ticket

PUSKESOS_ROLES = frozenset({"fo", "bo", "coordinator", "manager"})


def in_area(officer: OfficerView) -> ColumnElement[bool]:
    """Tickets of the officer's area. Those without a known place belong to the managers, so that none is lost."""
    if officer.role not in PUSKESOS_ROLES:
        return false()
    area = officer.region_code
    if area is None:
        return Ticket.id.is_not(None)
    inside = or_(Ticket.region_code == area, Ticket.region_code.startswith(f"{area}.", autoescape=True))
    return or_(inside, Ticket.region_code.is_(None)) if officer.role == "manager" else inside


def visible_ticket(officer: OfficerView) -> ColumnElement[bool]:
    """Tickets in the area of which the officer may see at least one referral."""
    referral = aliased(Referral)
    any_open = exists().where(and_(referral.ticket_id == Ticket.id, referral.restricted.is_(False)))
    if officer.restricted:
        any_open = exists().where(referral.ticket_id == Ticket.id)
    bare = ~exists().where(aliased(Referral).ticket_id == Ticket.id)
    return and_(in_area(officer), or_(any_open, bare))


def may_see(officer: OfficerView, referral: Referral) -> bool:
    """Whether the officer, for whom the ticket is visible, may see this referral of it."""
    return not referral.restricted or officer.restricted
