"""Opening a ticket: number, needs, registry look-up, and a referral for each need."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.checking import check_ticket
from actions.desk import Draft, DraftNeed, Identity
from actions.events import RESIDENT, SYSTEM, note_event
from actions.house import House
from actions.identity import bind_consent, bind_links
from actions.steps import take_step
from actions.timekeeping import keep_time
from referral.numbers import next_ticket_number
from referral.queue import NewDelivery, enqueue
from registry.nik import redact
from storage.models import Conversation, Message, Referral, Ticket, TicketNeed


async def open_ticket(session: AsyncSession, house: House, conversation: Conversation, draft: Draft) -> Ticket:
    """Write the ticket with its needs and referrals; what is urgent, restricted or low-risk leaves at once."""
    now = house.clock()
    identity = draft.identity or Identity()
    ticket = Ticket(
        number=await next_ticket_number(session, draft.region_code, now),
        conversation_id=conversation.id,
        state="registered",
        region_code=draft.region_code,
        rt=draft.rt,
        rw=draft.rw,
        complaint=redact(draft.complaint),
        reporter_name=identity.name,
        nik=identity.nik,
        kk=identity.kk,
        urgent=draft.urgent,
        understood=draft.understood,
        spoken_by=draft.spoken_by,
        agrees=draft.agrees,
        lookup_outcome="not_asked",
        wants_officer=draft.officer.way if draft.officer else None,
        phone=draft.officer.phone if draft.officer else None,
        catalogue_version=house.shelf.edition.number,
    )
    session.add(ticket)
    await session.flush()
    note_event(session, ticket, "opened", RESIDENT, restricted=_only_restricted(house, draft.needs))
    restricted = any(house.catalogue.needs[need.need].restricted for need in draft.needs)
    await bind_messages(session, conversation, ticket, restricted=restricted)
    await bind_links(session, ticket)
    if draft.consent is not None:
        await bind_consent(session, ticket)
    if draft.consent is not False:
        await check_ticket(session, house, conversation, ticket, identity)
    await add_referrals(session, house, ticket, draft.needs)
    if not draft.understood:
        await _understand_later(session, house, ticket)
    return ticket


def _only_restricted(house: House, needs: Iterable[DraftNeed]) -> bool:
    codes = [need.need for need in needs]
    return bool(codes) and all(house.catalogue.needs[code].restricted for code in codes)


async def bind_messages(session: AsyncSession, conversation: Conversation, ticket: Ticket, *, restricted: bool) -> None:
    """What was said since the last ticket belongs to this one; beside a restricted need all of it is restricted.

    What was said for a report that was dropped belongs to none.
    """
    said = await session.scalars(
        select(Message).where(
            Message.conversation_id == conversation.id,
            Message.ticket_id.is_(None),
            Message.id > (conversation.bound_after or 0),
        )
    )
    for message in said:
        message.ticket_id = ticket.id
        message.restricted = message.restricted or restricted


async def add_referrals(
    session: AsyncSession, house: House, ticket: Ticket, needs: Iterable[DraftNeed], *, unsure: Collection[str] = ()
) -> list[Referral]:
    """Add needs to the ticket and draft their referrals; approve at once those that wait for no approval.

    Needs that are `unsure` wait for an officer in any case.
    """
    # all are drafted before the first leaves: a ticket is decided when each of them has been
    referrals = [await _draft_referral(session, house, ticket, need) for need in needs]
    for referral in referrals:
        if referral.need in unsure:
            continue
        if referral.restricted or referral.urgent or house.catalogue.needs[referral.need].auto_send:
            await take_step(session, house, ticket, referral, "approve", SYSTEM)
    await keep_time(session, house, ticket)
    return referrals


async def _draft_referral(session: AsyncSession, house: House, ticket: Ticket, need: DraftNeed) -> Referral:
    known = house.catalogue.needs[need.need]
    row = await session.scalar(
        select(TicketNeed).where(TicketNeed.ticket_id == ticket.id, TicketNeed.need == need.need)
    )
    if row is None:
        row = TicketNeed(ticket_id=ticket.id, need=need.need, restricted=known.restricted)
        session.add(row)
    row.source, row.confidence, row.answers = need.source, need.confidence, dict(need.answers)
    door = house.catalogue.route(need.need, ticket.region_code, need.answers)
    referral = Referral(
        ticket_id=ticket.id,
        need=need.need,
        agency=door.agency.code,
        unit=door.unit.code,
        state="drafted",
        urgent=ticket.urgent and (known.restricted or known.can_be_urgent),
        restricted=known.restricted,
    )
    session.add(referral)
    await session.flush()
    return referral


async def _understand_later(session: AsyncSession, house: House, ticket: Ticket) -> None:
    await enqueue(
        session,
        NewDelivery(
            lane="job:understand",
            ordered=False,
            kind="job.understand",
            key=f"understand-{ticket.id}",
            payload={"ticket": ticket.id},
            urgent=True,  # nobody knows yet how urgent it is
        ),
    )
