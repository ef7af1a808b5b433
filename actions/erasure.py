"""Emptying what is kept of a chat: every sealed column of every table that belongs to it, and what else could name her.

Which rows belong to a chat follows from the tables themselves, so a new table with sealed columns is emptied too. Rows
stay as anonymous statistics. Of the append-only history the texts alone can be taken out (a trigger sees to it).
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Select, Table, Update, false, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import (
    Attachment,
    Audit,
    Base,
    Conversation,
    Delivery,
    DeliveryArchive,
    Message,
    Referral,
    Ticket,
)
from storage.sealed import Sealed, SealedBytes, SealedJson, SealedText

# what the city keeps of everybody on its lists, whether or not she ever wrote to us
REGISTRY_TABLES = frozenset({"person", "household", "registry_record"})
# what is known of officers and of their offices' chats
STAFF_TABLES = frozenset({"unit_group", "officer_account", "link_code"})
_QUEUES = tuple(cast(Table, model.__table__) for model in (Delivery, DeliveryArchive))

# the turn that erases writes the state anew; the chat id is forgotten apart
_LASTING = ("chat", "state")
_BLANK: dict[type[Any], Any] = {SealedText: "", SealedJson: {}, SealedBytes: b""}


@dataclass(frozen=True)
class Scope:
    """Whose rows: a chat's without those of the tickets that are `kept`; with `tickets` only those of these tickets."""

    conversation_id: int
    kept: Collection[int] = ()
    tickets: Collection[int] | None = None

    def ticket_ids(self) -> Select[int]:
        """The tickets that are emptied."""
        own = select(Ticket.id).where(Ticket.conversation_id == self.conversation_id, Ticket.id.not_in(self.kept))
        return own if self.tickets is None else own.where(Ticket.id.in_(self.tickets))

    def message_ids(self) -> Select[int]:
        """The messages that are emptied."""
        said = select(Message.id).where(Message.conversation_id == self.conversation_id)
        bound = Message.ticket_id.in_(self.ticket_ids())
        return said.where(bound if self.tickets is not None else or_(bound, Message.ticket_id.is_(None)))


async def empty(session: AsyncSession, scope: Scope) -> None:
    """Empty all that belongs to the scope, apart from the chat id and what still waits to be sent to the chat."""
    for table in Base.metadata.sorted_tables:
        where = rows_of(table, scope)
        if where is not None:
            await session.execute(_emptied(table, where))
    await _empty_plain(session, scope)


async def forget_chat(session: AsyncSession, conversation_id: int, now: datetime) -> None:
    """The end of an erasure: nothing says any more which chat it was."""
    waiting = (
        update(Delivery)
        .where(_lanes(_QUEUES[0], conversation_id), Delivery.state == "waiting")
        .values(state="dropped", last_error="erased")
    )
    await session.execute(waiting.execution_options(synchronize_session=False))
    for table in _QUEUES:
        await session.execute(_emptied(table, _lanes(table, conversation_id)))
    conversation = await session.get_one(Conversation, conversation_id)
    await session.execute(_emptied(cast(Table, Conversation.__table__), Conversation.id == conversation_id))
    conversation.chat, conversation.chat_hash, conversation.state = "", secrets.token_bytes(32), None
    conversation.forgotten_at = now


def rows_of(table: Table, scope: Scope) -> ColumnElement[bool] | None:
    """A table's rows with sealed values that belong to the scope; None where the table holds nothing of a chat."""
    if table.name in REGISTRY_TABLES | STAFF_TABLES or not sealed_columns(table):
        return None
    if table in _QUEUES:
        return _of_queue(table, scope)
    ways = {
        "ticket_id": scope.ticket_ids(),
        "message_id": scope.message_ids(),
        "referral_id": select(Referral.id).where(Referral.ticket_id.in_(scope.ticket_ids())),
    }
    if table is Conversation.__table__:
        return table.c.id == scope.conversation_id if scope.tickets is None else false()
    if table is Ticket.__table__:
        return table.c.id.in_(scope.ticket_ids())
    if "conversation_id" in table.c:
        return _of_chat(table, scope)
    return next((table.c[name].in_(ids) for name, ids in ways.items() if name in table.c), None)


def _of_chat(table: Table, scope: Scope) -> ColumnElement[bool]:
    own = table.c.conversation_id == scope.conversation_id
    if "ticket_id" not in table.c:
        return own if scope.tickets is None else false()
    bound = table.c.ticket_id.in_(scope.ticket_ids())
    return own & (bound if scope.tickets is not None else or_(bound, table.c.ticket_id.is_(None)))


def _of_queue(table: Table, scope: Scope) -> ColumnElement[bool]:
    """What was sent; what waits for the chat is still sent."""
    referrals = select(Referral.id).where(Referral.ticket_id.in_(scope.ticket_ids()))
    about = or_(table.c.referral_id.in_(referrals), table.c.message_id.in_(scope.message_ids()))
    return about & (table.c.state != "waiting")


def _lanes(table: Table, conversation_id: int) -> ColumnElement[bool]:
    return table.c.lane.in_([f"chat:{conversation_id}", f"files:{conversation_id}"])


def sealed_columns(table: Table) -> list[str]:
    """The names of a table's sealed columns."""
    return [column.name for column in table.columns if isinstance(column.type, Sealed)]


def _emptied(table: Table, where: ColumnElement[bool]) -> Update:
    values: dict[str, Any] = {}
    for name in sealed_columns(table):
        if table is Conversation.__table__ and name in _LASTING:
            continue
        column = table.c[name]
        values[name] = None if column.nullable else _BLANK[type(column.type)]
    return update(table).where(where).values(values)


async def _empty_plain(session: AsyncSession, scope: Scope) -> None:
    """What is not sealed, and could name her all the same."""
    tickets, messages = scope.ticket_ids(), scope.message_ids()
    plain = (
        update(Ticket).where(Ticket.id.in_(tickets)).values(person_id=None, rt=None, rw=None),
        update(Audit).where(Audit.ticket_id.in_(tickets), Audit.person_id.is_not(None)).values(person_id=None),
        update(Attachment).where(Attachment.message_id.in_(messages)).values(state="erased"),
        update(Delivery)
        .where(Delivery.lane == f"files:{scope.conversation_id}", Delivery.state == "waiting")
        .values(state="dropped", last_error="erased"),
    )
    for statement in plain:
        await session.execute(statement.execution_options(synchronize_session=False))
