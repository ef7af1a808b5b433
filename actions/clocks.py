"""What happens because time passes: reminders before a deadline, escalation after it, silence as "unconfirmed".

Each step is taken in a transaction of its own that begins with its ticket's lock: whoever comes second finds it taken.
So any number of processes may do this at once, and one that was away catches up.
"""

from __future__ import annotations

import structlog
from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import NotNow
from actions.events import SYSTEM, note_event
from actions.house import House
from actions.reminders import Ringing, tell
from actions.steps import take_step
from actions.timekeeping import EXPIRE, GO_ON, keep_time, ladder_of, next_ring, rings
from referral.catalogue.clocks import LadderStep
from referral.lifecycle import CLOCK_OF
from storage.models import Clock, Referral, Ticket

_MOST = 500
_log = structlog.get_logger()


async def run_clocks(house: House) -> int:
    """Take every step that is due; safe to run anywhere. Returns how many clocks rang."""
    await _wind_up(house)
    rang = 0
    while True:
        async with house.database.transaction() as session:
            due = await session.scalars(
                select(Clock.id)
                .where(Clock.ended_at.is_(None), Clock.next_at <= house.clock())
                .order_by(Clock.next_at, Clock.id)
                .limit(_MOST)
            )
            ids = due.all()
        taken = [await _ring(house, clock_id) for clock_id in ids]
        rang += sum(taken)
        if len(ids) < _MOST or not any(taken):
            break
    if rang:
        _log.info("clocks.rang", count=rang)
    return rang


async def _wind_up(house: House) -> None:
    """Start the clocks of what came before there were any."""
    running = select(Clock.id).where(Clock.referral_id == Referral.id, Clock.ended_at.is_(None)).exists()
    open_states = or_(
        Referral.state.in_(list(CLOCK_OF)), (Referral.state == "done") & (Referral.confirmation == "waiting")
    )
    async with house.database.transaction() as session:
        found = await session.scalars(
            select(Referral.ticket_id).where(open_states, ~running).distinct().order_by(Referral.ticket_id).limit(_MOST)
        )
        ids = found.all()
    for ticket_id in ids:
        async with house.database.transaction() as session:
            ticket = await _lock(session, ticket_id)
            if ticket is not None:
                await keep_time(session, house, ticket)


async def _lock(session: AsyncSession, ticket_id: int) -> Ticket | None:
    """The ticket, locked; None while somebody else is at it: its turn comes with the next round."""
    return await session.scalar(
        select(Ticket).where(Ticket.id == ticket_id).with_for_update(key_share=True, skip_locked=True)
    )


async def _ring(house: House, clock_id: int) -> bool:
    async with house.database.transaction() as session:
        clock = await session.get_one(Clock, clock_id)
        ticket = await _lock(session, clock.ticket_id)
        if ticket is None:
            return False
        await session.refresh(clock)
        if clock.ended_at is not None or clock.next_at is None or clock.next_at > house.clock():
            return False  # another process took it
        referral = await session.get_one(Referral, clock.referral_id) if clock.referral_id else None
        await _take(session, house, ticket, clock, referral)
        return True


async def _take(session: AsyncSession, house: House, ticket: Ticket, clock: Clock, referral: Referral | None) -> None:
    now = house.clock()
    due = [name for at, name in rings(house, ticket, clock, referral) if at <= now]
    steps = {step.step: step for step in ladder_of(house, ticket, clock, referral).steps}
    for step in _worth_telling([steps[name] for name in due if name in steps], over=clock.due_at <= now):
        ringing = Ringing(session, house, ticket, clock, referral, step)
        receiver = await tell(ringing)
        kind = "reminded" if step.before else "escalated"
        data = {"clock": clock.kind, "to": step.to, "step": step.step, "sent": receiver is not None}
        note_event(
            session,
            ticket,
            kind,
            SYSTEM,
            referral=referral,
            restricted=clock.restricted,
            data=data,
        )
        if step.after:
            clock.told = [*clock.told, step.to]
    clock.taken = [*clock.taken, *due]
    clock.next_at = next_ring(house, ticket, clock, referral)
    if EXPIRE in due and referral is not None:
        try:
            await take_step(session, house, ticket, referral, "expire", SYSTEM)
        except NotNow:
            _log.warning("clocks.expire_refused", clock=clock.id)
    if GO_ON in due:
        note_event(session, ticket, "waited_enough", SYSTEM, referral=referral, restricted=clock.restricted)
        await keep_time(session, house, ticket)


def _worth_telling(due: list[LadderStep], *, over: bool) -> list[LadderStep]:
    """Of steps that come due at once: no reminder when the time is over already, and each receiver hears once."""
    fresh = [step for step in due if step.after or not over]
    last = {step.to: step for step in fresh}
    return [step for step in fresh if last[step.to] is step]
