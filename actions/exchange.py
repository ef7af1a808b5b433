"""What passed between officers and a ticket's resident, and what she said of the help, as an officer may see it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, and_, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from actions.house import House
from actions.notices import TELEGRAM
from actions.scope import reads_complaints
from actions.views import FeedbackView, InquiryView, MessageView, OfficerView
from storage.models import Attachment, Conversation, Delivery, Feedback, Inquiry, Message, Officer, Referral, Ticket


def visible_inquiry(officer: OfficerView) -> ColumnElement[bool]:
    """Inquiries that the officer, for whom the ticket is visible, may see."""
    return true() if officer.restricted else Inquiry.restricted.is_(False)


async def inquiry_views(session: AsyncSession, officer: OfficerView, ticket: Ticket) -> tuple[InquiryView, ...]:
    """What was written to the resident of a ticket, oldest first, each with what she answered to it."""
    rows = (
        await session.execute(
            select(Inquiry, Officer.name)
            .outerjoin(Officer, Officer.id == Inquiry.officer_id)
            .where(Inquiry.ticket_id == ticket.id, visible_inquiry(officer))
            .order_by(Inquiry.id)
        )
    ).all()
    said = await _said(session, officer, [inquiry.id for inquiry, _ in rows])
    travels = await _travels(session, ticket, [out for messages in said.values() for out in messages if _out(out)])
    files = await _files(session, [one.id for messages in said.values() for one in messages])
    return tuple(
        InquiryView(
            id=inquiry.id,
            at=inquiry.at,
            kind=inquiry.kind,
            who=name or inquiry.actor,
            office=inquiry.office,
            text=inquiry.text,
            state=inquiry.state,
            travel=next((travels[out.id] for out in said[inquiry.id] if _out(out)), None),
            unread=inquiry.answered_at is not None and inquiry.seen_at is None,
            answers=tuple(
                MessageView(one.at, one.direction, one.kind, one.text, tuple(files[one.id]))
                for one in said[inquiry.id]
                if not _out(one)
            ),
        )
        for inquiry, name in rows
    )


def _out(message: Message) -> bool:
    return message.direction == "out"


async def _said(session: AsyncSession, officer: OfficerView, ids: Collection[int]) -> dict[int, list[Message]]:
    """Messages by inquiry. An answer to officers stands here beside a restricted need too."""
    found: dict[int, list[Message]] = defaultdict(list)
    query = select(Message).where(Message.inquiry_id.in_(ids), Message.kind != "button").order_by(Message.id)
    for message in await session.scalars(query):
        if message.inquiry_id is not None and (not message.confidential or reads_complaints(officer)):
            found[message.inquiry_id].append(message)
    return found


async def _files(session: AsyncSession, ids: Collection[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    query = select(Attachment.message_id, Attachment.id).where(Attachment.message_id.in_(ids)).order_by(Attachment.id)
    for message_id, attachment_id in await session.execute(query):
        found[message_id].append(attachment_id)
    return found


async def _travels(session: AsyncSession, ticket: Ticket, messages: Sequence[Message]) -> dict[int, str]:
    """How messages to the resident travelled; where the channel needs no post they are there at once."""
    keys = {f"message-{message.id}": message.id for message in messages}
    rows = await session.execute(select(Delivery.key, Delivery.state).where(Delivery.key.in_(keys)))
    states = {keys[key]: state for key, state in rows}
    conversation = await session.get_one(Conversation, ticket.conversation_id)
    # what was sent long ago has left the queue; what never entered it met a chat that takes nothing
    unsent = "blocked" if conversation.channel == TELEGRAM else "done"
    return {
        message.id: "done" if message.channel_message_id is not None else states.get(message.id, unsent)
        for message in messages
    }


async def unread_tickets(session: AsyncSession, officer: OfficerView, ids: Collection[int]) -> set[int]:
    """Which of these tickets hold an answer that no officer has seen."""
    query = select(Inquiry.ticket_id).where(
        Inquiry.ticket_id.in_(ids),
        Inquiry.answered_at.is_not(None),
        Inquiry.seen_at.is_(None),
        visible_inquiry(officer),
    )
    return set(await session.scalars(query))


async def waiting_tickets(session: AsyncSession, officer: OfficerView, ids: Collection[int]) -> set[int]:
    """Which of these tickets wait for what an officer asked the resident."""
    query = select(Inquiry.ticket_id).where(
        Inquiry.ticket_id.in_(ids),
        Inquiry.state == "waiting",
        Inquiry.kind != "message",
        visible_inquiry(officer),
    )
    return set(await session.scalars(query))


def visible_feedback(officer: OfficerView, seen: Collection[int], *, words_open: bool) -> ColumnElement[bool]:
    """Feedback on the referrals that the officer may see (`seen`), and complaints for managers."""
    about = and_(Feedback.kind != "complaint", Feedback.referral_id.in_(seen))
    if not reads_complaints(officer) or not words_open:
        return about
    allowed = true() if officer.restricted else Feedback.restricted.is_(False)
    return or_(about, and_(Feedback.kind == "complaint", allowed))


async def feedback_views(
    session: AsyncSession,
    house: House,
    officer: OfficerView,
    ticket: Ticket,
    seen: Sequence[Referral],
    *,
    words_open: bool,
) -> tuple[FeedbackView, ...]:
    """What the resident of a ticket said about the help and the service, newest first."""
    rows = await session.execute(
        select(Feedback, Officer.name)
        .outerjoin(Officer, Officer.id == Feedback.handled_by)
        .where(
            Feedback.ticket_id == ticket.id,
            visible_feedback(officer, [referral.id for referral in seen], words_open=words_open),
        )
        .order_by(Feedback.id.desc())
    )
    needs = {referral.id: house.catalogue.needs[referral.need].name for referral in seen}
    return tuple(feedback_view(row, needs.get(row.referral_id or 0), name) for row, name in rows)


def feedback_view(row: Feedback, need_name: str | None, handled_by: str | None) -> FeedbackView:
    """One word of a resident as plain values."""
    return FeedbackView(
        id=row.id,
        at=row.at,
        kind=row.kind,
        need_name=need_name,
        stars=row.stars,
        words=row.words,
        handled_at=row.handled_at,
        handled_by=handled_by,
        handled_note=row.handled_note,
    )
