"""What the Puskesos's officers decide: approve, reject, send back, visit, add a need."""

from __future__ import annotations

from sqlalchemy import func, select

from actions.agency_talk import REACHED, REPLY
from actions.desk import DraftNeed
from actions.dispatch import tell_unit
from actions.errors import Incomplete, NotAllowed, NotFound, NotNow
from actions.events import Actor, note_event
from actions.house import House
from actions.intake import add_referrals
from actions.scope import DECIDERS, PUSKESOS_ROLES, may_see
from actions.steps import Said, lock_referral, take_step
from actions.ticket_steps import may_step, write_step
from actions.tickets import find_ticket
from actions.views import OfficerView
from registry.nik import redact
from storage.models import Event, Referral, Ticket, Visit

FINDINGS = ("poor", "not_poor", "not_met", "moved")


def _actor(officer: OfficerView) -> Actor:
    return Actor(officer.role, officer.id)


async def officer_step(house: House, officer: OfficerView, referral_id: int, step: str, said: Said) -> None:
    """Take any step on a referral as a Puskesos officer. Raises NotFound, NotNow or Incomplete."""
    if officer.role not in PUSKESOS_ROLES:
        raise NotAllowed
    async with house.database.transaction() as session:
        ticket, referral = await lock_referral(session, referral_id)
        await find_ticket(session, officer, ticket.number)
        if not may_see(officer, referral):
            raise NotFound
        await take_step(session, house, ticket, referral, step, _actor(officer), said)


async def approve(house: House, officer: OfficerView, referral_id: int) -> None:
    """Approve a referral; it is sent at once. Raises as `officer_step`."""
    await officer_step(house, officer, referral_id, "approve", Said())


async def reject(house: House, officer: OfficerView, referral_id: int, reason: str) -> None:
    """Reject a referral with a reason; the resident hears that, and where to ask. Raises as `officer_step`."""
    await officer_step(house, officer, referral_id, "reject", Said(reason=reason))


async def recommend(house: House, officer: OfficerView, number: str, note: str) -> None:
    """The back office has checked the ticket and tells the coordinator what it advises."""
    if not note.strip():
        raise Incomplete("note")
    await _ticket_step(house, officer, number, "recommend", note=note)


async def send_back(house: House, officer: OfficerView, number: str, note: str) -> None:
    """The coordinator sends the ticket back to the back office, saying what is missing."""
    if not note.strip():
        raise Incomplete("note")
    await _ticket_step(house, officer, number, "send_back", note=note)


async def _ticket_step(house: House, officer: OfficerView, number: str, step: str, note: str | None = None) -> None:
    async with house.database.transaction() as session:
        ticket = await find_ticket(session, officer, number, lock=True)
        row = await may_step(session, ticket, step, _actor(officer), officer)
        write_step(session, ticket, row, _actor(officer), note=note)


async def ask_visit(house: House, officer: OfficerView, number: str) -> None:
    """Ask for a home visit."""
    await _ticket_step(house, officer, number, "ask_visit")


async def record_visit(house: House, officer: OfficerView, number: str, finding: str, note: str | None) -> None:
    """Write down what a home visit found (`FINDINGS`)."""
    if finding not in FINDINGS:
        raise Incomplete("finding")
    async with house.database.transaction() as session:
        ticket = await find_ticket(session, officer, number, lock=True)
        row = await may_step(session, ticket, "record_visit", _actor(officer), officer)
        session.add(Visit(ticket_id=ticket.id, officer_id=officer.id, finding=finding, note=note or None))
        write_step(session, ticket, row, _actor(officer), note=note or None, data={"finding": finding})


async def add_need(house: House, officer: OfficerView, number: str, need: str, answers: dict[str, str]) -> None:
    """Add a need that the ticket lacks. Raises Incomplete("need") for an unknown one, NotNow for one it has."""
    if need not in house.catalogue.needs:
        raise Incomplete("need")
    if house.catalogue.needs[need].restricted and not officer.restricted:
        raise NotAllowed
    async with house.database.transaction() as session:
        ticket = await find_ticket(session, officer, number, lock=True)
        row = await may_step(session, ticket, "add_need", _actor(officer), officer)
        live = select(Referral.id).where(
            Referral.ticket_id == ticket.id, Referral.need == need, Referral.state.not_in(("rejected", "revoked"))
        )
        if await session.scalar(live):
            raise NotNow
        _open_again(house, ticket, need)
        (referral,) = await add_referrals(session, house, ticket, [DraftNeed(need, "officer", None, answers)])
        write_step(session, ticket, row, _actor(officer), referral=referral)


async def contacted(house: House, officer: OfficerView, number: str) -> None:
    """The officer has written to or called the resident who asked for it. Raises NotFound or NotNow."""
    async with house.database.transaction() as session:
        ticket = await find_ticket(session, officer, number, lock=True)
        if ticket.wants_officer is None:
            raise NotNow
        ticket.wants_officer = None
        note_event(session, ticket, "officer_spoke", _actor(officer))


async def answer_agency(house: House, officer: OfficerView, referral_id: int, text: str) -> None:
    """Answer what the agency asked, or tell it something; it hears of it. Raises as `officer_step`."""
    if officer.role not in PUSKESOS_ROLES:
        raise NotAllowed
    if not text.strip():
        raise Incomplete("text")
    async with house.database.transaction() as session:
        ticket, referral = await lock_referral(session, referral_id)
        await find_ticket(session, officer, ticket.number)
        if not may_see(officer, referral):
            raise NotFound
        if referral.state not in REACHED or house.catalogue.units[referral.unit].internal:
            raise NotNow
        note_event(session, ticket, REPLY, _actor(officer), referral=referral, note=redact(text.strip()))
        await session.flush()
        said = select(func.count()).where(Event.referral_id == referral.id, Event.kind == REPLY)
        key = f"answered-{await session.scalar(said)}"
        await tell_unit(session, house, ticket, referral, "answered", key=key)


async def choose_unit(house: House, officer: OfficerView, referral_id: int, unit: str) -> None:
    """Send a referral that is not decided yet to another unit. Raises NotFound, NotNow, NotAllowed or Incomplete.

    A restricted need goes to restricted units alone, and nothing else goes there.
    """
    if officer.role not in DECIDERS:
        raise NotAllowed
    chosen = house.catalogue.units.get(unit)
    async with house.database.transaction() as session:
        ticket, referral = await lock_referral(session, referral_id)
        await find_ticket(session, officer, ticket.number)
        if not may_see(officer, referral):
            raise NotFound
        if chosen is None or chosen.restricted != referral.restricted or not house.catalogue.works(unit):
            raise Incomplete("unit")
        if referral.state != "drafted":
            raise NotNow
        data = {"from": referral.unit, "to": chosen.code}
        referral.agency, referral.unit = chosen.agency, chosen.code
        note_event(session, ticket, "rerouted", _actor(officer), referral=referral, data=data)


def _open_again(house: House, ticket: Ticket, need: str) -> None:
    """An ordinary need opens a ticket that lived on for a restricted one alone; of a merged one the other goes on."""
    if ticket.closed_as is None or house.catalogue.needs[need].restricted:
        return
    if ticket.merged_into_id is not None:
        raise NotNow
    ticket.closed_as, ticket.closed_reason = None, None
