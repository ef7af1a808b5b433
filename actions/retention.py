"""Emptying what was kept long enough (`limits.yml`, retention). Once a day, by whichever dispatcher comes first."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, cast

import structlog
from sqlalchemy import ColumnElement, CursorResult, Delete, Select, Update, delete, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from actions.erasure import Scope, empty, forget_chat
from actions.events import SYSTEM, note_event
from actions.house import House
from referral.lifecycle import CLOSED
from storage.models import (
    ApiAnswer,
    Conversation,
    Event,
    Fact,
    FormLink,
    IdentityAttempt,
    InboundMail,
    InboundUpdate,
    LoginAttempt,
    Ticket,
)

_LAST = "retention.last"
_MOST = 500
_YEAR = timedelta(days=365)
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Due:
    """How much of each kind is older than it may be kept."""

    tickets: int = 0
    chats: int = 0
    failed_updates: int = 0
    attempts: int = 0
    links: int = 0
    api_answers: int = 0
    stray_mails: int = 0

    def lines(self) -> list[tuple[str, int]]:
        """Kind and count, to be shown."""
        return [(field.name, getattr(self, field.name)) for field in fields(self)]


async def run_daily(house: House) -> Due | None:
    """Run once a day over all dispatchers; None when it was run within the last 24 hours."""
    async with house.database.transaction() as session:
        await session.execute(text("select pg_advisory_xact_lock(hashtextextended('slrt-retention', 0))"))
        last = await last_run(session)
        if last is not None and house.clock() - last < _DAY:
            return None
        await session.merge(Fact(name=_LAST, value=house.clock().isoformat()))
    return await run(house)


async def run(house: House) -> Due:
    """Empty and delete what is due, a few hundred of each kind at a time. Returns how many."""
    tickets = await _empty_tickets(house)
    chats = await _forget_chats(house)
    async with house.database.transaction() as session:
        done = Due(
            tickets=tickets,
            chats=chats,
            failed_updates=await _changed(
                session, update(InboundUpdate).where(_failed(house)).values(raw=None, conversation_id=None)
            ),
            attempts=await _changed(session, delete(IdentityAttempt).where(_old(IdentityAttempt.at, house)))
            + await _changed(session, delete(LoginAttempt).where(_old(LoginAttempt.at, house))),
            links=await _changed(session, delete(FormLink).where(_over(house))),
            api_answers=await _changed(session, delete(ApiAnswer).where(_answered(house))),
            stray_mails=await _changed(session, delete(InboundMail).where(_stray(house))),
        )
    structlog.get_logger().info("retention.done", **dict(done.lines()))
    return done


async def due(house: House) -> tuple[Due, datetime | None]:
    """What the next run would empty, and when the last one was. Changes nothing."""
    async with house.database.transaction() as session:

        async def count(query: Select[int]) -> int:
            return await session.scalar(select(func.count()).select_from(query.subquery())) or 0

        attempts = await count(select(IdentityAttempt.id).where(_old(IdentityAttempt.at, house)))
        logins = await count(select(LoginAttempt.id).where(_old(LoginAttempt.at, house)))
        found = Due(
            tickets=await count(_old_tickets(house)),
            chats=await count(_silent_chats(house)),
            failed_updates=await count(select(InboundUpdate.update_id).where(_failed(house))),
            attempts=attempts + logins,
            links=await count(select(FormLink.id).where(_over(house))),
            api_answers=await count(select(ApiAnswer.token_id).where(_answered(house))),
            stray_mails=await count(select(InboundMail.id).where(_stray(house))),
        )
        return found, await last_run(session)


async def last_run(session: AsyncSession) -> datetime | None:
    """When the job ran last."""
    kept = await session.get(Fact, _LAST)
    return datetime.fromisoformat(kept.value) if kept else None


async def _empty_tickets(house: House) -> int:
    async with house.database.transaction() as session:
        ids = (await session.scalars(_old_tickets(house).order_by(Ticket.id).limit(_MOST))).all()
    for ticket_id in ids:
        async with house.database.transaction() as session:
            ticket = await session.get_one(Ticket, ticket_id, with_for_update={"key_share": True})
            note_event(session, ticket, "erased", SYSTEM)
            await session.flush()
            await empty(session, Scope(ticket.conversation_id, tickets=(ticket_id,)))
    return len(ids)


async def _forget_chats(house: House) -> int:
    async with house.database.transaction() as session:
        ids = (await session.scalars(_silent_chats(house).order_by(Conversation.id).limit(_MOST))).all()
    for conversation_id in ids:
        async with house.database.transaction() as session:
            await session.get_one(Conversation, conversation_id, with_for_update={"key_share": True})
            await empty(session, Scope(conversation_id))
            await forget_chat(session, conversation_id, house.clock())
    return len(ids)


async def _changed(session: AsyncSession, statement: Update | Delete) -> int:
    result = await session.execute(statement.execution_options(synchronize_session=False))
    return cast("CursorResult[Any]", result).rowcount


def _old_tickets(house: House) -> Select[int]:
    """Closed tickets to which nothing has happened for years, and which are not emptied yet."""
    before = house.clock() - house.limits.retention.closed_ticket_years * _YEAR
    last = select(func.max(Event.at)).where(Event.ticket_id == Ticket.id).scalar_subquery()
    emptied = select(Event.id).where(Event.ticket_id == Ticket.id, Event.kind == "erased").exists()
    return select(Ticket.id).where(Ticket.state.in_(CLOSED), last < before, ~emptied)


def _silent_chats(house: House) -> Select[int]:
    """Chats without an open ticket in which nobody has said anything for years, and which are not forgotten yet."""
    before = house.clock() - house.limits.retention.silent_chat_years * _YEAR
    busy = select(Ticket.id).where(Ticket.conversation_id == Conversation.id, Ticket.state.not_in(CLOSED)).exists()
    recent = (
        select(Ticket.id)
        .where(Ticket.conversation_id == Conversation.id, Ticket.id.not_in(_old_tickets(house)))
        .where(~select(Event.id).where(Event.ticket_id == Ticket.id, Event.kind == "erased").exists())
        .exists()
    )
    silent = or_(Conversation.last_turn_at < before, Conversation.last_turn_at.is_(None))
    return select(Conversation.id).where(
        Conversation.created_at < before, silent, Conversation.forgotten_at.is_(None), ~busy, ~recent
    )


def _failed(house: House) -> ColumnElement[bool]:
    before = house.clock() - timedelta(days=house.limits.retention.failed_update_days)
    return InboundUpdate.raw.is_not(None) & (InboundUpdate.at < before)


def _old(at: InstrumentedAttribute[datetime], house: House) -> ColumnElement[bool]:
    return at < house.clock() - timedelta(days=house.limits.retention.attempt_days)


def _stray(house: House) -> ColumnElement[bool]:
    """Mails that belong to no referral; those of a ticket go with it."""
    before = house.clock() - timedelta(days=house.limits.retention.stray_mail_days)
    return InboundMail.ticket_id.is_(None) & (InboundMail.at < before)


def _over(house: House) -> ColumnElement[bool]:
    return FormLink.expires_at < house.clock() - timedelta(days=house.limits.retention.link_days)


def _answered(house: House) -> ColumnElement[bool]:
    return ApiAnswer.at < house.clock() - house.limits.api.answer
