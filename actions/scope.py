"""Who may see what: the officer's area, and the narrow circle around restricted needs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, and_, exists, false, not_, or_
from sqlalchemy.orm import aliased

from actions.views import OfficerView
from referral.lifecycle import BEFORE_DECISION, OPEN, Standing, ticket_state
from storage.models import Referral, Ticket

PUSKESOS_ROLES = frozenset({"fo", "bo", "coordinator", "manager"})
DECIDERS = frozenset({"coordinator", "manager"})
# events that tell of a complaint about how somebody was treated
ABOUT_SERVICE = frozenset({"complained"})


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
    seen = exists().where(and_(referral.ticket_id == Ticket.id, not_(hidden_referral(officer, referral))))
    bare = ~exists().where(aliased(Referral).ticket_id == Ticket.id)
    return and_(in_area(officer), or_(seen, bare))


def hidden_referral(officer: OfficerView, referral: type[Referral]) -> ColumnElement[bool]:
    """Referrals that the officer may not see, in a query over `referral`."""
    return referral.need.in_(officer.hidden_needs) if officer.restricted else referral.restricted.is_(True)


def may_see(officer: OfficerView, referral: Referral) -> bool:
    """Whether the officer, for whom the ticket is visible, may see this referral of it."""
    return not referral.restricted or (officer.restricted and referral.need not in officer.hidden_needs)


def may_read(officer: OfficerView, ticket: Ticket, referrals: Iterable[Referral]) -> bool:
    """Whether the officer may read the resident's words.

    Beside a referral that she may not see she may not; nor words that nobody has understood yet, unless she belongs to
    the narrow circle.
    """
    return (ticket.understood or officer.restricted) and all(may_see(officer, referral) for referral in referrals)


def seen_state(officer: OfficerView, ticket: Ticket, referrals: Iterable[Referral]) -> str:
    """The ticket's state as it would be if the referrals that the officer may not see did not exist."""
    everything = list(referrals)
    return state_with(ticket, everything, [referral for referral in everything if may_see(officer, referral)])


def state_with(ticket: Ticket, everything: Sequence[Referral], seen: Sequence[Referral]) -> str:
    """The ticket's state as if of all its referrals only those `seen` existed."""
    if len(seen) == len(everything):
        return ticket.state
    standings = [Standing(r.state, r.confirmation, r.reopened > 0) for r in seen]
    if ticket.closed_as is not None and not any(s.state == "drafted" or s.state in OPEN for s in standings):
        return ticket.closed_as
    if any(referral.state == "drafted" for referral in seen):
        return ticket.state if ticket.state in BEFORE_DECISION else "checking"
    return ticket_state(standings)


def hides_referrals(officer: OfficerView) -> ColumnElement[bool]:
    """Tickets with referrals that the officer may not see."""
    referral = aliased(Referral)
    return exists().where(and_(referral.ticket_id == Ticket.id, hidden_referral(officer, referral)))


def seems_urgent(officer: OfficerView) -> ColumnElement[bool]:
    """Tickets that are urgent by what the officer may see of them."""
    referral = aliased(Referral)
    seen = exists().where(
        and_(referral.ticket_id == Ticket.id, not_(hidden_referral(officer, referral)), referral.urgent.is_(True))
    )
    return or_(seen, and_(Ticket.urgent.is_(True), ~hides_referrals(officer)))


def reads_complaints(officer: OfficerView) -> bool:
    """Whether complaints about the service are hers to read: the SLRT manager's, never those they are about."""
    return officer.role == "manager"


def edits_catalogue(officer: OfficerView) -> bool:
    """Whether she may change what the catalogue says: the SLRT manager."""
    return officer.role == "manager"
