"""Requests about one's own data as time passes, and as managers see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.erasure import forget_chat
from actions.errors import NotAllowed, NotFound, NotNow
from actions.events import SYSTEM, Actor, note_look
from actions.house import House
from actions.mydata import DONE, EMPTIED, ERASING, EXPORTING, WAITING, erase_chat, shown_ticket
from actions.notices import say
from actions.scope import visible_ticket
from actions.talk import Reply
from actions.views import OfficerView
from referral.lifecycle import CLOSED
from storage.models import Conversation, DataRequest, Ticket
from templates import render

_MOST = 200


@dataclass(frozen=True)
class RequestView:
    """A request as a manager sees it; `tickets` are those of the chat that she may see and that are still open."""

    id: int
    at: datetime
    kind: str
    state: str
    due_at: datetime
    done_at: datetime | None
    tickets: tuple[str, ...]


async def finish_requests(house: House) -> int:
    """Erase what waited for tickets that have ended now, and forget chats whose time has come. Returns how many."""
    async with house.database.transaction() as session:
        rows = await session.scalars(
            select(DataRequest.id).where(DataRequest.kind == ERASING, DataRequest.state != DONE).limit(_MOST)
        )
        ids = rows.all()
    finished = 0
    for request_id in ids:
        async with house.database.transaction() as session:
            finished += await _finish(session, house, request_id)
    if finished:
        structlog.get_logger().info("requests.finished", count=finished)
    return finished


async def _finish(session: AsyncSession, house: House, request_id: int) -> bool:
    conversation_id = await session.scalar(select(DataRequest.conversation_id).where(DataRequest.id == request_id))
    # the conversation first: every turn locks in this order
    conversation = await session.get_one(Conversation, conversation_id, with_for_update={"key_share": True})
    request = await session.get_one(DataRequest, request_id, populate_existing=True)
    if request.state == WAITING:
        return await _erase_now(session, house, conversation)
    if request.state != EMPTIED or request.done_at is None:
        return False
    if house.clock() < request.done_at + house.limits.requests.chat_id:
        return False
    came_back = conversation.last_turn_at is not None and conversation.last_turn_at > request.done_at
    if not came_back:
        await forget_chat(session, conversation.id, house.clock())
    request.state = DONE
    return True


async def _erase_now(session: AsyncSession, house: House, conversation: Conversation) -> bool:
    own = Ticket.conversation_id == conversation.id
    still = select(Ticket.id).where(own, Ticket.state.not_in(CLOSED)).limit(1)
    if await session.scalar(still) is not None:
        return False
    told = await session.scalar(select(Ticket.id).where(shown_ticket(conversation.id)).limit(1)) is not None
    conversation.state = None
    await erase_chat(session, house, conversation.id, SYSTEM)
    if told:
        await say(session, conversation, Reply(render("bot/erased_later.txt")))
    return True


async def open_requests(house: House, officer: OfficerView) -> list[RequestView]:
    """Requests that are not done, earliest due first, for managers alone."""
    _check(officer)
    async with house.database.transaction() as session:
        rows = await session.scalars(
            select(DataRequest)
            .where(DataRequest.state.in_((WAITING, EMPTIED)))
            .order_by(DataRequest.due_at, DataRequest.id)
            .limit(_MOST)
        )
        return [await _view(session, officer, row) for row in rows.all()]


async def _view(session: AsyncSession, officer: OfficerView, row: DataRequest) -> RequestView:
    numbers = await session.scalars(
        select(Ticket.number).where(
            Ticket.conversation_id == row.conversation_id,
            shown_ticket(row.conversation_id),
            Ticket.state.not_in(CLOSED),
            visible_ticket(officer),
        )
    )
    return RequestView(row.id, row.at, row.kind, row.state, row.due_at, row.done_at, tuple(numbers.all()))


async def hand_over(house: House, officer: OfficerView, request_id: int) -> None:
    """A copy that the phone could not fetch was given at the office. Raises NotAllowed, NotFound or NotNow."""
    _check(officer)
    async with house.database.transaction() as session:
        row = await session.get(DataRequest, request_id, with_for_update=True)
        if row is None:
            raise NotFound
        if row.kind != EXPORTING or row.state != WAITING:
            raise NotNow
        row.state, row.done_at, row.officer_id = DONE, house.clock(), officer.id
        note_look(session, Actor(officer.role, officer.id), "data.handed_over", "request of the resident")


def _check(officer: OfficerView) -> None:
    if officer.role != "manager":
        raise NotAllowed
