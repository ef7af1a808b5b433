"""One step of a ticket by the table of `referral.lifecycle`: may it be taken, and how it is written down."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import NotAllowed, NotFound, NotNow
from actions.events import Actor, note_event
from actions.scope import may_see, state_with
from actions.views import OfficerView
from referral.lifecycle import OPEN, IllegalStep, TicketStep, ticket_step
from storage.models import Referral, Ticket


def broken_guards(seen: Iterable[Referral]) -> set[str]:
    """The guards that do not hold, by the referrals that the asker may see."""
    return {"nothing_under_way"} if any(r.state in OPEN or r.state == "done" for r in seen) else set()


async def referrals_of(session: AsyncSession, ticket: Ticket) -> Sequence[Referral]:
    """All referrals of a ticket, oldest first."""
    return (await session.scalars(select(Referral).where(Referral.ticket_id == ticket.id).order_by(Referral.id))).all()


async def may_step(
    session: AsyncSession, ticket: Ticket, step: str, actor: Actor, officer: OfficerView | None = None
) -> TicketStep:
    """The table's row for a step on a locked ticket, by what the asker may see of it.

    Without an officer it is the resident, whose chat knows nothing of restricted needs. Raises NotFound, NotNow or
    NotAllowed.
    """
    everything = await referrals_of(session, ticket)
    seen = [r for r in everything if (may_see(officer, r) if officer else not r.restricted)]
    if everything and not seen:
        raise NotFound
    try:
        return ticket_step(state_with(ticket, everything, seen), step, actor.role, broken=broken_guards(seen))
    except IllegalStep as error:
        raise (NotAllowed if error.why == "role" else NotNow)(error) from error


def write_step(
    session: AsyncSession,
    ticket: Ticket,
    row: TicketStep,
    actor: Actor,
    *,
    referral: Referral | None = None,
    note: str | None = None,
    data: dict[str, Any] | None = None,
) -> None:
    """Let the step happen to the ticket: its event, and its state where the row names one."""
    note_event(session, ticket, row.event, actor, referral=referral, note=note, data=data)
    # beside a need that the asker may not see the ticket can be further on than it seems to her
    if row.target is not None and ticket.state in row.sources:
        ticket.state = row.target
