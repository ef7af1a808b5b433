"""Ending a whole ticket: not taken on, withdrawn, or merged into another of the same person; and taking it up again.

A restricted need of the ticket is never touched by this, and nothing tells that there is one: the resident's phone may
be in other hands, and most officers may not know of it.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.desk import DraftNeed
from actions.errors import Incomplete, NotFound
from actions.events import RESIDENT, SYSTEM, Actor, note_event
from actions.house import House
from actions.intake import add_referrals
from actions.news import notify_end
from actions.scope import visible_ticket
from actions.steps import draft_follower, refresh_ticket, standing, take_step
from actions.ticket_steps import may_step, referrals_of, write_step
from actions.tickets import find_ticket
from actions.views import OfficerView
from referral.lifecycle import OPEN, TicketStep, allowed_steps, is_live
from storage.models import Referral, Ticket, TicketNeed


async def reject_ticket(house: House, officer: OfficerView, number: str, reason: str) -> None:
    """Do not take the ticket on; the resident hears that, and where to ask.

    Raises NotFound, NotAllowed, NotNow (something of it is under way) or Incomplete("reason").
    """
    await _close(house, officer, number, "reject", reason)


async def withdraw_ticket(house: House, officer: OfficerView, number: str, reason: str) -> None:
    """End the ticket because the resident wishes it or the need is gone; agencies that have it are told.

    Raises NotFound, NotAllowed, NotNow or Incomplete("reason").
    """
    await _close(house, officer, number, "withdraw", reason)


async def _close(house: House, officer: OfficerView, number: str, step: str, reason: str) -> None:
    if not reason.strip():
        raise Incomplete("reason")
    actor = Actor(officer.role, officer.id)
    async with house.database.transaction() as session:
        ticket = await find_ticket(session, officer, number, lock=True)
        row = await may_step(session, ticket, step, actor, officer)
        await _end(session, house, ticket, row, actor, reason.strip())


async def withdraw_own(session: AsyncSession, house: House, ticket: Ticket) -> None:
    """The resident takes her own ticket back, from her chat. Raises NotNow."""
    ticket = await session.get_one(Ticket, ticket.id, with_for_update={"key_share": True}, populate_existing=True)
    row = await may_step(session, ticket, "withdraw", RESIDENT)
    await _end(session, house, ticket, row, RESIDENT, None)


async def _end(
    session: AsyncSession, house: House, ticket: Ticket, row: TicketStep, actor: Actor, reason: str | None
) -> None:
    assert row.target is not None
    ticket.closed_as, ticket.closed_reason = row.target, reason
    write_step(session, ticket, row, actor, note=reason)
    closed = await _close_referrals(session, house, ticket, reason)
    await refresh_ticket(session, house, ticket)
    await _tell(session, house, ticket, row, closed)


async def _close_referrals(
    session: AsyncSession, house: House, ticket: Ticket, reason: str | None
) -> Sequence[Referral]:
    """End the ordinary referrals that are under way; returns them."""
    closed = []
    for referral in await referrals_of(session, ticket):
        if not referral.restricted and "close" in allowed_steps(referral.state, "system"):
            referral.reason = reason or referral.reason
            await take_step(session, house, ticket, referral, "close", SYSTEM)
            closed.append(referral)
    return closed


async def _tell(
    session: AsyncSession, house: House, ticket: Ticket, row: TicketStep, closed: Sequence[Referral]
) -> None:
    for tell in row.tells:
        await notify_end(session, house, ticket, tell.text, closed)


async def merge_ticket(house: House, officer: OfficerView, number: str, into: str) -> None:
    """Let another ticket of the same person go on with this one; the resident is told the one number.

    What the other ticket lacks goes on there; what it has already is called back. Raises NotFound, NotAllowed, NotNow
    or Incomplete("into") when there is no such open ticket of the same person.
    """
    actor = Actor(officer.role, officer.id)
    async with house.database.transaction() as session:
        ticket, other = await _lock_both(session, officer, number, into.strip().upper())
        row = await may_step(session, ticket, "merge", actor, officer)
        if not same_person(ticket, other) or other.closed_as is not None:
            raise Incomplete("into")
        await may_step(session, other, "add_need", actor, officer)
        ticket.closed_as, ticket.merged_into_id = "merged", other.id
        write_step(session, ticket, row, actor, data={"into": other.number})
        note_event(session, other, "merged_in", actor, data={"from": ticket.number})
        if ticket.understood and not any(r.restricted for r in await referrals_of(session, ticket)):
            other.complaint = f"{other.complaint}\n\n{ticket.complaint}"
        await _go_on(session, house, ticket, other)
        closed = await _close_referrals(session, house, ticket, None)
        await refresh_ticket(session, house, ticket)
        await _tell(session, house, ticket, row, closed)


async def _lock_both(session: AsyncSession, officer: OfficerView, number: str, into: str) -> tuple[Ticket, Ticket]:
    """Both tickets, locked in the order of their ids so that two merges never wait for each other."""
    rows = await session.scalars(
        select(Ticket)
        .where(Ticket.number.in_((number, into)), visible_ticket(officer))
        .order_by(Ticket.id)
        .with_for_update(key_share=True)
    )
    found = {ticket.number: ticket for ticket in rows}
    if number not in found:
        raise NotFound
    if into == number or into not in found:
        raise Incomplete("into")
    return found[number], found[into]


def same_person(one: Ticket, other: Ticket) -> bool:
    """Whether two tickets are known to be of one person: one chat, or one NIK."""
    return one.conversation_id == other.conversation_id or (one.nik is not None and one.nik == other.nik)


async def _go_on(session: AsyncSession, house: House, ticket: Ticket, other: Ticket) -> None:
    """The other ticket takes on the ordinary needs that it does not have; what was approved stays approved."""
    has = {r.need for r in await referrals_of(session, other) if r.state not in ("rejected", "revoked", "returned")}
    for referral in await referrals_of(session, ticket):
        if referral.restricted or referral.need in has or not is_live(standing(referral)) or referral.state == "done":
            continue
        has.add(referral.need)
        under_way = referral.state in OPEN
        need = await session.scalar(
            select(TicketNeed).where(TicketNeed.ticket_id == ticket.id, TicketNeed.need == referral.need)
        )
        answers, source, sure = (need.answers, need.source, need.confidence) if need else ({}, "officer", None)
        draft = DraftNeed(referral.need, source, sure, dict(answers))
        (follower,) = await add_referrals(session, house, other, [draft], unsure=(referral.need,))
        follower.agency, follower.unit = referral.agency, referral.unit
        follower.urgent, follower.previous_id = referral.urgent, referral.id
        if under_way:
            await take_step(session, house, other, follower, "approve", SYSTEM)


async def reopen_ticket(house: House, officer: OfficerView, number: str) -> None:
    """Take up a ticket again that was not taken on or was withdrawn: its ordinary needs are drafted anew.

    Raises NotFound, NotAllowed or NotNow.
    """
    actor = Actor(officer.role, officer.id)
    async with house.database.transaction() as session:
        ticket = await find_ticket(session, officer, number, lock=True)
        row = await may_step(session, ticket, "reopen", actor, officer)
        ticket.closed_as, ticket.closed_reason = None, None
        write_step(session, ticket, row, actor)
        for referral in _last_of_each_need(await referrals_of(session, ticket)):
            if referral.state in ("rejected", "revoked") and not referral.restricted:
                await draft_follower(session, ticket, referral, referral.agency, referral.unit)
        await refresh_ticket(session, house, ticket)


def _last_of_each_need(referrals: Sequence[Referral]) -> list[Referral]:
    return list({referral.need: referral for referral in referrals}.values())
