"""Time passes for one chat: everything that the house keeps of it happened that much longer ago."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Conversation

# what is only ever added to stays as it is
_TIMES = text(
    "select c.table_name, c.column_name from information_schema.columns c"
    " join information_schema.tables t using (table_schema, table_name)"
    " where c.table_schema = 'public' and c.data_type = 'timestamp with time zone' and t.table_type = 'BASE TABLE'"
    " and c.table_name not in ('event', 'audit')"
)
_OWNERS = text(
    "select table_name, column_name from information_schema.columns where table_schema = 'public'"
    " and column_name in ('conversation_id', 'ticket_id')"
)
_TICKETS = "select id from ticket where conversation_id = :chat"
_OWN = {"conversation_id": "conversation_id = :chat", "ticket_id": f"ticket_id in ({_TICKETS})"}
_SPECIAL = {
    "conversation": "id = :chat",
    "delivery": "split_part(lane, ':', 2) = cast(cast(:chat as bigint) as text)"
    f" or referral_id in (select id from referral where ticket_id in ({_TICKETS}))"
    " or message_id in (select id from message where conversation_id = :chat)",
}


async def let_pass(session: AsyncSession, chat_hash: bytes, span: timedelta) -> None:
    """Let so much time pass for this chat, its messages, tickets, referrals and what waits to be sent."""
    chat = await session.scalar(select(Conversation.id).where(Conversation.chat_hash == chat_hash))
    whose = dict(_SPECIAL)
    for table, column in (await session.execute(_OWNERS)).all():
        if table not in _SPECIAL:
            whose[table] = " or ".join(part for part in (whose.get(table), _OWN[column]) if part)
    for table, column in (await session.execute(_TIMES)).all():
        if table in whose:
            moved = text(f'update "{table}" set "{column}" = "{column}" - cast(:span as interval) where {whose[table]}')
            await session.execute(moved, {"chat": chat, "span": span})
