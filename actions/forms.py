"""The identity form's one-time links."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import LinkExpired, LinkInvalid
from actions.house import House
from storage.keys import keys
from storage.models import Conversation, FormLink

LIFETIME = timedelta(minutes=30)


@dataclass(frozen=True)
class FormView:
    """What the form's page shows: until when it can be sent, and which channel to go back to."""

    expires_at: datetime
    channel: str


async def new_link(session: AsyncSession, house: House, conversation: Conversation) -> str:
    """A fresh link for the conversation; earlier ones that were not used stop working."""
    token = secrets.token_urlsafe(24)
    now = house.clock()
    earlier = await session.scalars(
        select(FormLink).where(FormLink.conversation_id == conversation.id, FormLink.spent_at.is_(None))
    )
    for link in earlier:
        link.spent_at = now
    session.add(FormLink(token_hash=_hash(token), conversation_id=conversation.id, expires_at=now + LIFETIME))
    return f"{house.public_url}/f/{token}"


async def form_open(house: House, token: str) -> FormView:
    """What to show for a link. Opening changes nothing. Raises LinkInvalid or LinkExpired."""
    async with house.database.transaction() as session:
        link = await session.scalar(select(FormLink).where(FormLink.token_hash == _hash(token)))
        _check(link, house.clock())
        assert link is not None
        conversation = await session.get_one(Conversation, link.conversation_id)
        return FormView(link.expires_at, conversation.channel)


async def spend_link(session: AsyncSession, house: House, token: str) -> Conversation:
    """Spend a link in the turn that the sent form causes, and lock its conversation. Raises as `form_open`."""
    conversation_id = await session.scalar(select(FormLink.conversation_id).where(FormLink.token_hash == _hash(token)))
    if conversation_id is None:
        raise LinkInvalid
    # the conversation first: every turn locks in this order
    conversation = await session.get_one(Conversation, conversation_id, with_for_update={"key_share": True})
    link = await session.scalar(select(FormLink).where(FormLink.token_hash == _hash(token)).with_for_update())
    _check(link, house.clock())
    assert link is not None
    link.spent_at = house.clock()
    return conversation


def _check(link: FormLink | None, now: datetime) -> None:
    if link is None or link.spent_at is not None:
        raise LinkInvalid
    if link.expires_at <= now:
        raise LinkExpired


def _hash(token: str) -> bytes:
    return keys().fingerprint_of(token, "form")
