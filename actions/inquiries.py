"""Officers write to residents and ask for things through the bot; what comes back lands in the ticket."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.dispatch import reached_unit, tell_unit
from actions.errors import Incomplete, NotAllowed, NotFound, NotNow, NotSafe
from actions.events import RESIDENT, Actor, EventKind, note_event
from actions.house import House
from actions.notices import opens_links, say
from actions.safety import wants_messages
from actions.scope import PUSKESOS_ROLES
from actions.talk import Button, Reply
from actions.tickets import find_ticket
from actions.timekeeping import WAITED_FOR, keep_time
from actions.views import OfficerView
from referral.lifecycle import OPEN
from registry.nik import redact
from storage.keys import keys
from storage.models import Conversation, Inquiry, Referral, Ticket
from templates import render

MESSAGE, QUESTION, DOCUMENT = "message", "question", "document"
KINDS = (MESSAGE, QUESTION, DOCUMENT)
_EVENTS: dict[str, EventKind] = {
    MESSAGE: "officer_wrote",
    QUESTION: "waiting_for_resident",
    DOCUMENT: "waiting_for_resident",
}


@dataclass(frozen=True)
class Asking:
    """What is asked, by whom, and the office's name that the resident reads."""

    kind: str
    text: str
    office: str
    actor: Actor
    referral: Referral | None = None


async def write_to_resident(house: House, officer: OfficerView, number: str, kind: str, text: str) -> None:
    """Send the resident of a ticket a message, a question or a wish for a document.

    Raises NotFound, NotAllowed, NotSafe (a restricted case: others may read that phone) or Incomplete.
    """
    if officer.role not in PUSKESOS_ROLES:
        raise NotAllowed
    if kind not in KINDS:
        raise Incomplete("kind")
    if not text.strip():
        raise Incomplete("text")
    async with house.database.transaction() as session:
        ticket = await find_ticket(session, officer, number, lock=True)
        actor = Actor(officer.role, officer.id)
        await _mark_seen(session, house, officer, ticket)
        await ask(session, house, ticket, Asking(kind, text.strip(), office_of(officer), actor))


def office_of(officer: OfficerView) -> str:
    """The name under which an officer writes to residents: her office's, never her own."""
    return render("bot/office.txt", role=officer.role, region=officer.region_name)


async def ask(session: AsyncSession, house: House, ticket: Ticket, asking: Asking) -> Inquiry:
    """Write it down, tell the resident, and let the ticket wait for the answer where one is needed. Raises NotSafe."""
    restricted = await is_restricted(session, ticket, asking.referral)
    if restricted and not await wants_messages(session, ticket.id):
        raise NotSafe
    inquiry = Inquiry(
        ticket_id=ticket.id,
        referral_id=asking.referral.id if asking.referral else None,
        kind=asking.kind,
        text=redact(asking.text),
        office=asking.office,
        actor=asking.actor.role,
        officer_id=asking.actor.officer_id,
        restricted=restricted,
        state="waiting",
    )
    session.add(inquiry)
    await session.flush()
    await _tell(session, house, ticket, inquiry)
    note_event(
        session,
        ticket,
        _EVENTS[inquiry.kind],
        asking.actor,
        referral=asking.referral,
        restricted=inquiry.restricted,
        note=inquiry.text,
        data={"inquiry": inquiry.id, "kind": inquiry.kind},
    )
    await keep_time(session, house, ticket)
    return inquiry


async def is_restricted(session: AsyncSession, ticket: Ticket, referral: Referral | None = None) -> bool:
    """Whether a message can only be about a restricted need: the referral's own, or all that the ticket has."""
    if referral is not None:
        return referral.restricted
    return set(await session.scalars(select(Referral.restricted).where(Referral.ticket_id == ticket.id))) == {True}


async def _tell(session: AsyncSession, house: House, ticket: Ticket, inquiry: Inquiry) -> None:
    conversation = await session.get_one(Conversation, ticket.conversation_id)
    link = _upload_link(house, conversation, inquiry) if inquiry.kind == DOCUMENT else None
    text = render(f"bot/officer_{inquiry.kind}.txt", office=inquiry.office, number=ticket.number, text=inquiry.text)
    reply = Reply(text, _buttons(inquiry, link), restricted=inquiry.restricted)
    await say(session, conversation, reply, ticket_id=ticket.id, urgent=ticket.urgent, inquiry_id=inquiry.id)


def _buttons(inquiry: Inquiry, link: str | None) -> tuple[tuple[Button, ...], ...]:
    if inquiry.kind == MESSAGE:
        return ()
    rows = [(Button(render("bot/buttons.txt", name=f"decline_{inquiry.kind}"), f"q:{inquiry.id}:n"),)]
    if inquiry.kind == DOCUMENT:
        if link:
            rows.insert(0, (Button(render("bot/buttons.txt", name="upload"), url=link),))
        rows.insert(0, (Button(render("bot/buttons.txt", name="send_photo"), f"q:{inquiry.id}:p"),))
    return tuple(rows)


def _upload_link(house: House, conversation: Conversation, inquiry: Inquiry) -> str | None:
    if not opens_links(house, conversation):
        return None
    token = secrets.token_urlsafe(24)
    inquiry.token_hash = upload_hash(token)
    inquiry.expires_at = house.clock() + timedelta(days=house.catalogue.deadlines.upload_link_days)
    return f"{house.public_url}/k/{token}"


def upload_hash(token: str) -> bytes:
    """How a link's token is kept."""
    return keys().fingerprint_of(token, "upload")


async def mark_seen(house: House, officer: OfficerView, number: str) -> None:
    """The officer has seen what the resident answered: it leaves the lists of what is unread. Raises NotFound."""
    if officer.role not in PUSKESOS_ROLES:
        raise NotAllowed
    async with house.database.transaction() as session:
        ticket = await find_ticket(session, officer, number, lock=True)
        await _mark_seen(session, house, officer, ticket)


async def _mark_seen(session: AsyncSession, house: House, officer: OfficerView, ticket: Ticket) -> None:
    unseen = await session.scalars(
        select(Inquiry).where(
            Inquiry.ticket_id == ticket.id, Inquiry.answered_at.is_not(None), Inquiry.seen_at.is_(None)
        )
    )
    for inquiry in unseen:
        inquiry.seen_at, inquiry.seen_by = house.clock(), officer.id


async def withdraw(house: House, officer: OfficerView, number: str, inquiry_id: int) -> None:
    """What was asked is no longer needed: the ticket stops waiting. Raises NotFound, NotAllowed or NotNow."""
    if officer.role not in PUSKESOS_ROLES:
        raise NotAllowed
    async with house.database.transaction() as session:
        ticket = await find_ticket(session, officer, number, lock=True)
        inquiry = await session.get(Inquiry, inquiry_id, with_for_update=True)
        if inquiry is None or inquiry.ticket_id != ticket.id:
            raise NotFound
        if inquiry.state not in ("waiting", "proposed"):
            raise NotNow
        waited = inquiry.state == "waiting" and inquiry.kind in WAITED_FOR
        inquiry.state = "closed"
        if waited:
            data = {"inquiry": inquiry.id, "withdrawn": True}
            actor = Actor(officer.role, officer.id)
            note_event(session, ticket, "resident_answered", actor, restricted=inquiry.restricted, data=data)
            await keep_time(session, house, ticket)


async def answered(
    session: AsyncSession, house: House, inquiry: Inquiry, ticket: Ticket, *, declined: bool = False
) -> None:
    """The resident answered; what follows within some minutes belongs to the same answer and is not told again."""
    await session.refresh(ticket, with_for_update={"key_share": True})
    first = inquiry.state in ("waiting", "closed")
    inquiry.state = "declined" if declined else "answered"
    inquiry.answered_at, inquiry.seen_at, inquiry.seen_by = house.clock(), None, None
    if first:
        data = {"inquiry": inquiry.id, "declined": declined}
        referral = await session.get(Referral, inquiry.referral_id) if inquiry.referral_id else None
        note_event(
            session, ticket, "resident_answered", RESIDENT, referral=referral, restricted=inquiry.restricted, data=data
        )
        await keep_time(session, house, ticket)
        await _tell_units(session, house, ticket, inquiry)


async def _tell_units(session: AsyncSession, house: House, ticket: Ticket, inquiry: Inquiry) -> None:
    """Agencies that have a referral of the ticket may go on; not what was said in a restricted matter."""
    if inquiry.restricted or inquiry.kind not in WAITED_FOR:
        return
    open_ones = select(Referral).where(
        Referral.ticket_id == ticket.id, Referral.state.in_(OPEN), Referral.restricted.is_(False)
    )
    for referral in await session.scalars(open_ones):
        if not house.catalogue.units[referral.unit].internal and await reached_unit(session, referral, referral.state):
            key = f"resident_answered-{inquiry.id}"
            await tell_unit(session, house, ticket, referral, "resident_answered", key=key)


async def waits_for_resident(session: AsyncSession, ticket_id: int) -> bool:
    """Whether a question or a wish for a document is open: clocks stand still meanwhile."""
    found = select(func.count()).where(
        Inquiry.ticket_id == ticket_id, Inquiry.state == "waiting", Inquiry.kind.in_(WAITED_FOR)
    )
    return bool(await session.scalar(found))
