"""One step in the life of a referral, with everything that belongs to it: event, ticket's state, message, delivery."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from actions.dispatch import dispatch
from actions.errors import Incomplete, NotFound, NotNow
from actions.events import SYSTEM, Actor, EventKind, note_event
from actions.house import House
from actions.notices import notify
from referral.calendar import add_working_days
from referral.lifecycle import OUTCOMES, IllegalStep, next_state, ticket_state
from storage.models import Delivery, Feedback, Referral, Ticket, TicketNeed

_EVENTS: dict[str, EventKind] = {
    "approve": "approved",
    "reject": "rejected",
    "revoke": "revoked",
    "send": "sent",
    "receive": "received",
    "accept": "accepted",
    "start": "started",
    "return": "returned",
    "finish": "finished",
    "confirm_helped": "confirmed",
    "confirm_not_helped": "not_helped",
    "expire": "unconfirmed",
    "reopen": "reopened",
}
# steps of which the resident hears
_TOLD = {"send": "sent", "accept": "accepted", "start": "started", "finish": "finished", "reject": "rejected"}
_NEED_REASON = {"reject", "return", "revoke"}


@dataclass(frozen=True)
class Said:
    """The words that go with a step: why (reject, return, revoke), or what came of it (finish)."""

    reason: str | None = None
    outcome: str | None = None
    note: str | None = None


async def lock_referral(session: AsyncSession, referral_id: int) -> tuple[Ticket, Referral]:
    """Lock a referral's ticket and read both; all steps of one ticket follow each other. Raises NotFound.

    The lock lets others point to the ticket (a message, an event): who holds the conversation never waits for a step.
    """
    ticket_id = await session.scalar(select(Referral.ticket_id).where(Referral.id == referral_id))
    if ticket_id is None:
        raise NotFound
    ticket = await session.get_one(Ticket, ticket_id, with_for_update={"key_share": True}, populate_existing=True)
    referral = await session.get_one(Referral, referral_id, populate_existing=True)
    return ticket, referral


async def take_step(
    session: AsyncSession,
    house: House,
    ticket: Ticket,
    referral: Referral,
    step: str,
    actor: Actor,
    said: Said | None = None,
) -> None:
    """Take a step on a locked referral. Raises NotNow (not from this state or role) or Incomplete (names the field)."""
    said = said or Said()
    _check_words(step, said)
    try:
        internal = house.catalogue.units[referral.unit].internal
        confirmation = referral.confirmation
        referral.state = next_state(referral.state, step, actor.role, internal=internal, confirmation=confirmation)
    except IllegalStep as error:
        raise NotNow(str(error)) from error
    _write_down(referral, step, said)
    note_event(session, ticket, _EVENTS[step], actor, referral=referral, note=said.reason or said.note)
    await session.flush()
    await _follow_up(session, house, ticket, referral, step)
    await refresh_ticket(session, ticket)


def _check_words(step: str, said: Said) -> None:
    if step in _NEED_REASON and not (said.reason or "").strip():
        raise Incomplete("reason")
    if step == "finish" and said.outcome not in OUTCOMES:
        raise Incomplete("outcome")
    if step == "finish" and said.outcome == "not_eligible" and not (said.note or "").strip():
        raise Incomplete("note")


def _write_down(referral: Referral, step: str, said: Said) -> None:
    if step in _NEED_REASON:
        referral.reason = said.reason
    if step == "finish":
        referral.outcome, referral.outcome_note, referral.confirmation = said.outcome, said.note, "waiting"
    if step == "confirm_helped":
        referral.confirmation = "helped"
    if step == "confirm_not_helped":
        referral.confirmation = "not_helped"
    if step == "expire":
        referral.confirmation = "unconfirmed"
    if step == "reopen":
        referral.outcome, referral.confirmation = None, None
    if step in ("reopen", "revoke"):
        referral.link_serial += 1  # earlier answer links end here


async def _follow_up(session: AsyncSession, house: House, ticket: Ticket, referral: Referral, step: str) -> None:
    if step in ("revoke", "reopen", "reject", "return"):
        await _call_back(session, referral)
    if step in ("approve", "reopen"):
        await _set_off(session, house, ticket, referral)
    if step == "finish":
        referral.due_at = add_working_days(house.clock(), house.catalogue.deadlines.confirm_working_days)
    if step == "return":
        await _reroute(session, house, ticket, referral)
    if step == "confirm_not_helped":
        _tell_supervisor(session, ticket, referral)
        await take_step(session, house, ticket, referral, "reopen", SYSTEM)
    at_own_desk = step == "send" and house.catalogue.units[referral.unit].internal
    if step in _TOLD and not at_own_desk:
        need = house.catalogue.needs[referral.need]
        await notify(
            session,
            ticket,
            referral,
            _TOLD[step],
            need=need.everyday,
            agency=house.catalogue.agencies[referral.agency].name,
            due_at=referral.due_at,
            outcome=referral.outcome,
        )


def _tell_supervisor(session: AsyncSession, ticket: Ticket, referral: Referral) -> None:
    session.add(
        Feedback(
            conversation_id=ticket.conversation_id,
            ticket_id=ticket.id,
            referral_id=referral.id,
            kind="not_helped",
            restricted=referral.restricted,
        )
    )


async def _call_back(session: AsyncSession, referral: Referral) -> None:
    """What was on its way to the unit and has not arrived stays here: its link leads nowhere any more."""
    await session.execute(
        update(Delivery)
        .where(Delivery.referral_id == referral.id, Delivery.state.in_(("waiting", "held")))
        .values(state="dropped", last_error="called back", leased_by=None, leased_until=None)
        .execution_options(synchronize_session=False)
    )


async def _set_off(session: AsyncSession, house: House, ticket: Ticket, referral: Referral) -> None:
    days = house.catalogue.needs[referral.need].working_days
    referral.due_at = add_working_days(house.clock(), days)
    if house.catalogue.units[referral.unit].internal:
        # the Puskesos's own desk: no post is needed, its officers have it before them
        await take_step(session, house, ticket, referral, "send", SYSTEM)
        await take_step(session, house, ticket, referral, "receive", SYSTEM)
    else:
        await dispatch(session, house, ticket, referral)


async def _reroute(session: AsyncSession, house: House, ticket: Ticket, referral: Referral) -> None:
    """A returned referral ends; the SLRT office gets a new one, linked to it, to choose the right desk."""
    door = house.catalogue.route_returned(referral.need, ticket.region_code, referral.unit)
    follower = Referral(
        ticket_id=ticket.id,
        need=referral.need,
        agency=door.agency.code,
        unit=door.unit.code,
        state="drafted",
        urgent=referral.urgent,
        restricted=referral.restricted,
        previous_id=referral.id,
    )
    session.add(follower)
    await session.flush()
    note_event(session, ticket, "rerouted", SYSTEM, referral=follower, data={"from": referral.unit})


async def refresh_ticket(session: AsyncSession, ticket: Ticket) -> None:
    """Let the ticket's state follow from its referrals, once each of them has been decided."""
    rows = await session.execute(select(Referral.state, Referral.confirmation).where(Referral.ticket_id == ticket.id))
    states = [(state, confirmation) for state, confirmation in rows]
    if states and all(state != "drafted" for state, _ in states):
        ticket.state = ticket_state(states)


async def need_of(session: AsyncSession, referral: Referral) -> TicketNeed | None:
    """The ticket's need that a referral meets."""
    return await session.scalar(
        select(TicketNeed).where(TicketNeed.ticket_id == referral.ticket_id, TicketNeed.need == referral.need)
    )
