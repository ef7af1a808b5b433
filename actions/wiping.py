"""Taking a conversation from the chat, by the resident's wish; what was said stays with its ticket for the officers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import batched

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from actions.house import House
from actions.notices import TELEGRAM
from referral.queue import NewDelivery, enqueue
from storage.models import Conversation, Message, Ticket

# Telegram's own limits
DELETABLE_FOR = timedelta(hours=48)
MOST_AT_ONCE = 100


@dataclass(frozen=True)
class Wiped:
    """Rows that take the messages away, and whether some are too old for the channel to delete."""

    delivery_ids: tuple[int, ...]
    older: bool


async def wipe(session: AsyncSession, conversation: Conversation, number: str | None, leased_by: str | None) -> Wiped:
    """Hide the messages of a ticket (None: of the whole chat) and let the channel delete those that it can."""
    ticket = await _own(session, conversation, number) if number else None
    if number and ticket is None:
        return Wiped((), older=False)
    young = Message.at > func.now() - DELETABLE_FOR
    rows = (
        await session.execute(
            select(Message.id, young)
            .where(Message.conversation_id == conversation.id, Message.hidden.is_(False), _of(ticket))
            .order_by(Message.id)
        )
    ).all()
    hidden = update(Message).where(Message.id.in_([message_id for message_id, _ in rows])).values(hidden=True)
    await session.execute(hidden.execution_options(synchronize_session=False))
    if ticket is not None:
        await _bind(session, conversation, ticket)
    if conversation.channel != TELEGRAM:
        return Wiped((), older=False)
    fresh = [message_id for message_id, is_young in rows if is_young]
    parts = batched(fresh, MOST_AT_ONCE)
    ids = [await _queue(session, conversation, part, leased_by) for part in parts]
    return Wiped(tuple(ids), older=len(fresh) < len(rows))


async def _own(session: AsyncSession, conversation: Conversation, number: str) -> Ticket | None:
    return await session.scalar(
        select(Ticket).where(Ticket.number == number, Ticket.conversation_id == conversation.id)
    )


def _of(ticket: Ticket | None) -> ColumnElement[bool]:
    """The ticket's messages, and what was said of restricted things since, such as a code's answer."""
    if ticket is None:
        return Message.id.is_not(None)
    return or_(Message.ticket_id == ticket.id, and_(Message.ticket_id.is_(None), Message.restricted))


async def _bind(session: AsyncSession, conversation: Conversation, ticket: Ticket) -> None:
    """What was hidden with the ticket belongs to it, not to the next one."""
    await session.execute(
        update(Message)
        .where(Message.conversation_id == conversation.id, Message.ticket_id.is_(None), Message.hidden)
        .values(ticket_id=ticket.id)
        .execution_options(synchronize_session=False)
    )


async def _queue(
    session: AsyncSession, conversation: Conversation, messages: Sequence[int], leased_by: str | None
) -> int:
    return await enqueue(
        session,
        NewDelivery(
            lane=f"chat:{conversation.id}",
            ordered=True,  # what is still on its way to the chat gets there first, and is deleted with the rest
            kind="telegram.wipe",
            key=f"wipe-{messages[0]}-{messages[-1]}",
            payload={"chat": conversation.chat, "messages": list(messages)},
            urgent=True,
            leased_by=leased_by,
        ),
    )


async def channel_ids(house: House, messages: Sequence[int]) -> list[int]:
    """What the channel calls these messages, as far as it still deletes them."""
    async with house.database.transaction() as session:
        found = await session.scalars(
            select(Message.channel_message_id)
            .where(
                Message.id.in_(messages),
                Message.channel_message_id.is_not(None),
                Message.at > func.now() - DELETABLE_FOR,
            )
            .distinct()
        )
        return sorted(number for number in found if number is not None)
