"""Restricted reports and shared phones: how the person may be reached, and the code that shows her how they stand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.desk import ContactWish
from actions.house import House
from actions.views import ContactView
from storage.keys import keys
from storage.models import Conversation, Referral, SafeContact, SafetyAttempt, Ticket

_TRIES_TO_BE_NEW = 20


async def keep_contact(
    session: AsyncSession, house: House, ticket: Ticket, wish: ContactWish | None, *, restricted: bool
) -> str | None:
    """Keep how the person may be reached. A restricted report gets a code; it is returned here and kept nowhere."""
    if wish is None and not restricted:
        return None
    code = await _new_code(session, house, ticket.conversation_id) if restricted else None
    wish = wish or ContactWish()
    session.add(
        SafeContact(
            ticket_id=ticket.id,
            code_hash=_hash(ticket.conversation_id, code) if code else None,
            may_write=wish.way == "write",
            answer={"way": wish.way, "number": wish.number, "words": wish.words},
        )
    )
    return code


async def _new_code(session: AsyncSession, house: House, conversation_id: int) -> str:
    """A code that this chat has not had yet."""
    for _ in range(_TRIES_TO_BE_NEW):
        code = house.catalogue.safety.make()
        known = select(SafeContact.id).where(SafeContact.code_hash == _hash(conversation_id, code))
        if await session.scalar(known) is None:
            return code
    raise RuntimeError("this chat has had nearly all codes that there are")


def _hash(conversation_id: int, code: str) -> bytes:
    """A code opens only what was reported in its own chat."""
    return keys().fingerprint_of(f"{conversation_id}:{code}", "safety_code")


async def may_write(session: AsyncSession, referral: Referral) -> bool:
    """Whether the resident may be written to about this referral: about a restricted one only by her own wish."""
    return not referral.restricted or await wants_messages(session, referral.ticket_id)


async def wants_messages(session: AsyncSession, ticket_id: int) -> bool:
    """Whether the person asked for messages about her restricted needs in the chat."""
    return bool(await session.scalar(select(SafeContact.may_write).where(SafeContact.ticket_id == ticket_id)))


async def contact_view(session: AsyncSession, ticket_id: int) -> ContactView | None:
    """How the person wants to be reached; None when she was never asked."""
    row = await session.scalar(select(SafeContact).where(SafeContact.ticket_id == ticket_id))
    if row is None:
        return None
    answer = row.answer or {}
    return ContactView(answer.get("way"), answer.get("number"), answer.get("words"))


async def tries_left(session: AsyncSession, house: House, conversation: Conversation) -> bool:
    """Whether another code may be tried in this chat now."""
    rules = house.catalogue.safety
    since = house.clock() - timedelta(minutes=rules.minutes)
    wrong = select(func.count()).where(SafetyAttempt.conversation_id == conversation.id, SafetyAttempt.at > since)
    return (await session.scalar(wrong) or 0) < rules.tries


async def ticket_of_code(session: AsyncSession, house: House, conversation: Conversation, typed: str) -> Ticket | None:
    """The chat's ticket that a code opens. The same is asked and written down whether the chat has codes or not."""
    code = house.catalogue.safety.read(typed)
    # what can't be a code is looked for as well: it takes as long as a wrong one
    ticket = await session.scalar(
        select(Ticket)
        .join(SafeContact, SafeContact.ticket_id == Ticket.id)
        .where(
            SafeContact.code_hash == _hash(conversation.id, code or typed),
            Ticket.conversation_id == conversation.id,
        )
    )
    if ticket is None:
        session.add(SafetyAttempt(conversation_id=conversation.id, at=house.clock()))
    return ticket


def contact_referrals(referrals: Sequence[Referral]) -> set[int]:
    """The referrals beside which the wish for contact stands.

    In a ticket with restricted needs those alone: elsewhere it would be a hint. Otherwise it was asked for the danger.
    """
    restricted = {referral.id for referral in referrals if referral.restricted}
    return restricted or {referral.id for referral in referrals if referral.urgent}
