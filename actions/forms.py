"""The identity form's one-time links."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import LinkExpired, LinkInvalid
from actions.events import RESIDENT, note_look
from actions.house import House
from actions.views import RegistryFact
from storage.keys import keys
from storage.models import Conversation, FormLink


@dataclass(frozen=True)
class FormView:
    """What the form's page shows: until when it can be sent, and which channel to go back to."""

    expires_at: datetime
    channel: str


@dataclass(frozen=True)
class FactsView:
    """What the registry says to whoever has proven who she is; without proof there is nothing in it."""

    proven: bool
    facts: tuple[RegistryFact, ...] = ()
    differ: bool = False  # the sources don't agree


IDENTITY, EXPORT = "identity", "export"
_PATHS = {IDENTITY: "f", EXPORT: "d"}


async def open_link(
    session: AsyncSession,
    house: House,
    conversation: Conversation,
    purpose: str = IDENTITY,
    ticket_id: int | None = None,
) -> str:
    """The conversation's link for the report in the making; its time begins anew each time it is asked for.

    `ticket_id`: of an export, the restricted ticket that it is of; it holds nothing else then.
    """
    now = house.clock()
    link = await session.scalar(
        select(FormLink)
        .where(
            FormLink.conversation_id == conversation.id,
            FormLink.purpose == purpose,
            FormLink.spent_at.is_(None),
            FormLink.ticket_id.is_not_distinct_from(ticket_id),
            FormLink.expires_at > now,
        )
        .order_by(FormLink.id.desc())
        .limit(1)
    )
    if link is None:
        link = FormLink(
            token_hash=b"",
            conversation_id=conversation.id,
            purpose=purpose,
            created_at=now,
            expires_at=now,
            ticket_id=ticket_id,
        )
        session.add(link)
        await session.flush()
        link.token_hash = _hash(_token(link))
    link.expires_at = now + house.limits.form.lifetime
    return f"{house.public_url}/{_PATHS[purpose]}/{_token(link)}"


async def form_open(house: House, token: str, purpose: str = IDENTITY) -> FormView:
    """What to show for a link. Opening changes nothing. Raises LinkInvalid or LinkExpired."""
    async with house.database.transaction() as session:
        link = await session.scalar(select(FormLink).where(FormLink.token_hash == _hash(token)))
        good = _check(link, house.clock(), purpose)
        conversation = await session.get_one(Conversation, good.conversation_id)
        return FormView(good.expires_at, conversation.channel)


async def spend_link(session: AsyncSession, house: House, token: str, purpose: str = IDENTITY) -> Conversation:
    """Spend a link in the turn that the sent form causes, and lock its conversation. Raises as `form_open`."""
    conversation_id = await session.scalar(select(FormLink.conversation_id).where(FormLink.token_hash == _hash(token)))
    if conversation_id is None:
        raise LinkInvalid
    # the conversation first: every turn locks in this order
    conversation = await session.get_one(Conversation, conversation_id, with_for_update={"key_share": True})
    link = await session.scalar(select(FormLink).where(FormLink.token_hash == _hash(token)).with_for_update())
    good = _check(link, house.clock(), purpose)
    good.spent_at = house.clock()
    return conversation


async def sent_link(session: AsyncSession, token: str) -> FormLink:
    """The link of a form that was sent in this very turn."""
    found = await session.scalars(select(FormLink).where(FormLink.token_hash == _hash(token)))
    return found.one()


async def take_facts(house: House, token: str) -> FactsView:
    """What the registry answered to a form that was sent; it is told once, and not kept with the link any longer."""
    async with house.database.transaction() as session:
        link = await session.scalar(select(FormLink).where(FormLink.token_hash == _hash(token)).with_for_update())
        if link is None or link.spent_at is None or link.finding is None:
            return FactsView(False)
        kept: dict[str, Any] = link.finding
        link.finding = None
        note_look(
            session, RESIDENT, "registry.shown", "form page", ticket_id=link.ticket_id, person_id=kept.get("person")
        )
        facts = tuple(
            RegistryFact(fact["source"], date.fromisoformat(fact["date"]), fact["desil"], tuple(fact["programmes"]))
            for fact in kept["facts"]
        )
        return FactsView(kept["proven"], facts, kept["differ"])


def _check(link: FormLink | None, now: datetime, purpose: str) -> FormLink:
    if link is None or link.spent_at is not None or link.purpose != purpose:
        raise LinkInvalid
    if link.expires_at <= now:
        raise LinkExpired
    return link


def _token(link: FormLink) -> str:
    """The link's token follows from its row and our key, so that the same one can be given again without keeping it."""
    row = f"{link.id}:{link.conversation_id}:{link.created_at.timestamp():.6f}"
    return base64.urlsafe_b64encode(keys().fingerprint_of(row, "form.token")[:24]).decode()


def _hash(token: str) -> bytes:
    return keys().fingerprint_of(token, "form")
