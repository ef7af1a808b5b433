"""One step in the life of a referral, with everything that belongs to it: event, ticket's state, message, delivery.

What follows from a step, and who hears of it, stands in the table (`referral.lifecycle`); here is how that is done.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.dispatch import call_back, dispatch, reached_unit, tell_unit
from actions.errors import Incomplete, NotFound, NotNow
from actions.events import SYSTEM, Actor, note_event
from actions.group_posts import after_step
from actions.house import House
from actions.news import notify
from actions.timekeeping import keep_time
from referral.lifecycle import (
    ENDED,
    OPEN,
    OUTCOMES,
    IllegalStep,
    ReferralStep,
    Standing,
    referral_step,
    ticket_state,
)
from storage.models import Feedback, Referral, Ticket, TicketNeed


@dataclass(frozen=True)
class Said:
    """The words that go with a step: why (reject, return, revoke), or what came of it (finish)."""

    reason: str | None = None
    outcome: str | None = None
    note: str | None = None


@dataclass(frozen=True)
class Scene:
    """Where a step is taken: a referral whose ticket is locked; `was` is its state before the step."""

    session: AsyncSession
    house: House
    ticket: Ticket
    referral: Referral
    was: str


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
    try:
        internal = house.catalogue.units[referral.unit].internal
        row = referral_step(referral.state, step, actor.role, internal=internal, confirmation=referral.confirmation)
    except IllegalStep as error:
        raise NotNow(error) from error
    _check_words(row, said)
    scene = Scene(session, house, ticket, referral, referral.state)
    _write_down(referral, row, said)
    note_event(session, ticket, row.event, actor, referral=referral, note=said.reason or said.note)
    await session.flush()
    for what in row.then:
        await CONSEQUENCES[what](scene)
    await refresh_ticket(session, house, ticket)
    await _tell(scene, row)
    await after_step(session, referral, step)


def _check_words(row: ReferralStep, said: Said) -> None:
    if row.requires == "reason" and not (said.reason or "").strip():
        raise Incomplete("reason")
    if row.requires == "outcome" and said.outcome not in OUTCOMES:
        raise Incomplete("outcome")
    if row.requires == "outcome" and said.outcome == "not_eligible" and not (said.note or "").strip():
        raise Incomplete("note")


def _write_down(referral: Referral, row: ReferralStep, said: Said) -> None:
    referral.state = row.target
    if row.requires == "reason" and row.target in ENDED:
        referral.reason = said.reason
    if row.requires == "outcome":
        referral.outcome, referral.outcome_note = said.outcome, said.note
    if row.confirms is not None:
        referral.confirmation = row.confirms


async def _tell(scene: Scene, row: ReferralStep) -> None:
    """Let those hear of a step whom its row names; what was only laid on our own desk is no news."""
    house, ticket, referral = scene.house, scene.ticket, scene.referral
    internal = house.catalogue.units[referral.unit].internal
    for tell in row.tells:
        if tell.to == "unit" and not internal and await reached_unit(scene.session, referral, scene.was):
            await tell_unit(scene.session, house, ticket, referral, tell.text)
        if tell.to == "resident" and not (internal and tell.text == "sent"):
            await notify(scene.session, house, ticket, referral, tell.text, referral.due_at)


async def _tell_supervisor(scene: Scene) -> None:
    scene.session.add(
        Feedback(
            conversation_id=scene.ticket.conversation_id,
            ticket_id=scene.ticket.id,
            referral_id=scene.referral.id,
            kind="not_helped",
            restricted=scene.referral.restricted,
        )
    )


async def _call_back(scene: Scene) -> None:
    await call_back(scene.session, scene.referral)


async def _end_links(scene: Scene) -> None:
    """Earlier answer links end here."""
    scene.referral.link_serial += 1


async def _start_anew(scene: Scene) -> None:
    await _end_links(scene)
    scene.referral.outcome, scene.referral.confirmation = None, None
    scene.referral.reopened += 1
    if scene.ticket.merged_into_id is None:
        scene.ticket.closed_as, scene.ticket.closed_reason = None, None


async def _reopen(scene: Scene) -> None:
    await take_step(scene.session, scene.house, scene.ticket, scene.referral, "reopen", SYSTEM)


async def _deliver(scene: Scene) -> None:
    session, house, ticket, referral = scene.session, scene.house, scene.ticket, scene.referral
    await keep_time(session, house, ticket)
    if house.catalogue.units[referral.unit].internal:
        # the Puskesos's own desk: no post is needed, its officers have it before them
        await take_step(session, house, ticket, referral, "send", SYSTEM)
        await take_step(session, house, ticket, referral, "receive", SYSTEM)
    else:
        await dispatch(session, house, ticket, referral)


async def _reroute(scene: Scene) -> None:
    """A returned referral ends; the SLRT office gets a new one, linked to it, to choose the right desk."""
    referral = scene.referral
    door = scene.house.catalogue.route_returned(referral.need, scene.ticket.region_code, referral.unit)
    follower = await draft_follower(scene.session, scene.ticket, referral, door.agency.code, door.unit.code)
    note_event(
        scene.session,
        scene.ticket,
        "rerouted",
        SYSTEM,
        referral=follower,
        note=referral.reason,
        data={"from": referral.unit},
    )


async def draft_follower(session: AsyncSession, ticket: Ticket, referral: Referral, agency: str, unit: str) -> Referral:
    """A new referral for the same need that goes on where another ended, linked to it."""
    follower = Referral(
        ticket_id=ticket.id,
        need=referral.need,
        agency=agency,
        unit=unit,
        state="drafted",
        urgent=referral.urgent,
        restricted=referral.restricted,
        previous_id=referral.id,
        reopened=referral.reopened,
    )
    session.add(follower)
    await session.flush()
    return follower


CONSEQUENCES: dict[str, Callable[[Scene], Awaitable[None]]] = {
    "deliver": _deliver,
    "call_back": _call_back,
    "end_links": _end_links,
    "start_anew": _start_anew,
    "reroute": _reroute,
    "reopen": _reopen,
    "tell_supervisor": _tell_supervisor,
}


def standing(referral: Referral) -> Standing:
    """How a referral stands, as the tables want to know it."""
    return Standing(referral.state, referral.confirmation, referral.reopened > 0)


async def refresh_ticket(session: AsyncSession, house: House, ticket: Ticket) -> None:
    """Let the ticket's state follow from its referrals, once each of them has been decided; and its clocks.

    A ticket that was closed stays so, unless a restricted need of it lives on.
    """
    rows = await session.scalars(select(Referral).where(Referral.ticket_id == ticket.id))
    standings = [standing(referral) for referral in rows]
    if ticket.closed_as is not None and not any(s.state == "drafted" or s.state in OPEN for s in standings):
        ticket.state = ticket.closed_as
    elif standings and all(s.state != "drafted" for s in standings):
        ticket.state = ticket_state(standings)
    await keep_time(session, house, ticket)


async def need_of(session: AsyncSession, referral: Referral) -> TicketNeed | None:
    """The ticket's need that a referral meets."""
    return await session.scalar(
        select(TicketNeed).where(TicketNeed.ticket_id == referral.ticket_id, TicketNeed.need == referral.need)
    )
