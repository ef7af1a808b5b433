"""The desk's service after a ticket was opened: the answers' page, ratings, why it did not help, complaints."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from actions.desk import Asked, TicketLine
from actions.details import details_link
from actions.errors import NotNow
from actions.events import RESIDENT, SYSTEM, note_event
from actions.house import House
from actions.inquiries import answered
from actions.lines import ticket_line
from actions.steps import lock_referral, take_step
from registry.nik import redact
from storage.models import Conversation, Feedback, Inquiry, Message, Referral, Ticket

RATING, NOT_HELPED, COMPLAINT = "rating", "not_helped", "complaint"
_BEST = 5
_MOST_ASKED = 5


class SessionAfterDesk:
    """`actions.desk.AfterDesk` for one conversation, inside the transaction of its turn."""

    _session: AsyncSession
    _house: House
    _conversation: Conversation

    async def details_link(self, number: str) -> str | None:
        """See AfterDesk."""
        ticket = await self._own(number)
        return details_link(self._house, self._conversation, ticket.id) if ticket else None

    async def rate(self, referral_id: int, stars: int) -> bool:
        """See AfterDesk."""
        referral = await self._own_referral(referral_id)
        if referral is None or not 1 <= stars <= _BEST or referral.confirmation != "helped":
            return False
        given = (
            insert(Feedback)
            .values(
                conversation_id=self._conversation.id,
                ticket_id=referral.ticket_id,
                referral_id=referral.id,
                kind=RATING,
                stars=stars,
                restricted=False,
            )
            .on_conflict_do_nothing()
            .returning(Feedback.id)
        )
        return await self._session.scalar(given) is not None

    async def add_rating_words(self, referral_id: int, words: str) -> str | None:
        """See AfterDesk."""
        return await self._add_words(referral_id, RATING, words)

    async def say_why(self, referral_id: int, words: str | None) -> str | None:
        """See AfterDesk."""
        return await self._add_words(referral_id, NOT_HELPED, words or "")

    async def _add_words(self, referral_id: int, kind: str, words: str) -> str | None:
        referral = await self._own_referral(referral_id)
        if referral is None:
            return None
        row = await self._session.scalar(
            select(Feedback)
            .where(
                Feedback.referral_id == referral_id,
                Feedback.kind == kind,
                Feedback.conversation_id == self._conversation.id,
            )
            .order_by(Feedback.id.desc())
            .limit(1)
        )
        if row is not None:
            row.words = "\n".join(part for part in (row.words, redact(words)) if part) or None
        return await self._session.scalar(select(Ticket.number).where(Ticket.id == referral.ticket_id))

    async def complain(self, words: str, *, restricted: bool) -> int:
        """See AfterDesk."""
        row = Feedback(
            conversation_id=self._conversation.id, kind=COMPLAINT, words=redact(words), restricted=restricted
        )
        self._session.add(row)
        await self._session.flush()
        return row.id

    async def complain_about(self, complaint_id: int, number: str) -> TicketLine | None:
        """See AfterDesk."""
        complaint = await self._session.get(Feedback, complaint_id)
        ticket = await self._own(number)
        if ticket is None or complaint is None or complaint.conversation_id != self._conversation.id:
            return None
        if complaint.kind != COMPLAINT or complaint.handled_at is not None:
            return None
        if complaint.ticket_id != ticket.id:
            complaint.ticket_id = ticket.id
            note_event(self._session, ticket, "complained", RESIDENT, restricted=complaint.restricted)
        return await ticket_line(self._session, self._house, ticket)

    async def reopen(self, referral_id: int) -> TicketLine | None:
        """See AfterDesk."""
        if await self._own_referral(referral_id) is None:
            return None
        ticket, referral = await lock_referral(self._session, referral_id)
        if referral.state != "done":
            return None
        note_event(self._session, ticket, "reopen_asked", RESIDENT, referral=referral)
        try:
            await take_step(self._session, self._house, ticket, referral, "reopen", SYSTEM)
        except NotNow:
            return None
        return await ticket_line(self._session, self._house, ticket)

    async def _own(self, number: str) -> Ticket | None:
        return await self._session.scalar(
            select(Ticket).where(Ticket.number == number, Ticket.conversation_id == self._conversation.id)
        )

    async def _own_referral(self, referral_id: int) -> Referral | None:
        """A referral of this chat, unless it is restricted: of those the chat says nothing."""
        return await self._session.scalar(
            select(Referral)
            .join(Ticket, Ticket.id == Referral.ticket_id)
            .where(
                Referral.id == referral_id,
                Referral.restricted.is_(False),
                Ticket.conversation_id == self._conversation.id,
            )
        )

    async def asked(self, reply_to: int | None = None) -> list[Asked]:
        """See AfterDesk."""
        own = select(Inquiry, Ticket.number).join(Ticket, Ticket.id == Inquiry.ticket_id)
        own = own.where(Ticket.conversation_id == self._conversation.id)
        if reply_to is not None:
            meant = select(Message.inquiry_id).where(
                Message.conversation_id == self._conversation.id,
                Message.direction == "out",
                Message.channel_message_id == reply_to,
            )
            own = own.where(Inquiry.id.in_(meant), Inquiry.state != "proposed")
        else:
            own = own.where(self._open())
        rows = await self._session.execute(own.order_by(Inquiry.id.desc()).limit(_MOST_ASKED))
        return [_asked(inquiry, number) for inquiry, number in rows]

    def _open(self) -> ColumnElement[bool]:
        limits, now = self._house.catalogue.deadlines, self._house.clock()
        waiting = and_(Inquiry.state == "waiting", Inquiry.at > now - timedelta(days=limits.reply_days))
        just_now = Inquiry.answered_at > now - timedelta(minutes=limits.more_minutes)
        return or_(waiting, and_(Inquiry.state == "answered", just_now))

    async def asked_by(self, inquiry_id: int) -> Asked | None:
        """See AfterDesk."""
        found = await self._own_inquiry(inquiry_id)
        return _asked(found[0], found[1].number) if found else None

    async def answer(self, inquiry_id: int, *, declined: bool = False, earlier: bool = False) -> str | None:
        """See AfterDesk."""
        found = await self._own_inquiry(inquiry_id)
        if found is None:
            return None
        inquiry, ticket = found
        if earlier:
            await self._session.execute(
                update(Message)
                .where(
                    Message.conversation_id == self._conversation.id,
                    Message.ticket_id.is_(None),
                    Message.direction == "in",
                    Message.kind.not_in(("button", "form")),
                    Message.at >= inquiry.at,
                )
                .values(ticket_id=ticket.id, inquiry_id=inquiry.id)
            )
        await answered(self._session, self._house, inquiry, ticket, declined=declined)
        return ticket.number

    async def _own_inquiry(self, inquiry_id: int) -> tuple[Inquiry, Ticket] | None:
        inquiry = await self._session.get(Inquiry, inquiry_id)
        if inquiry is None or inquiry.state == "proposed":
            return None
        ticket = await self._session.get_one(Ticket, inquiry.ticket_id)
        return (inquiry, ticket) if ticket.conversation_id == self._conversation.id else None


def _asked(inquiry: Inquiry, number: str) -> Asked:
    waiting = inquiry.state == "waiting"
    return Asked(inquiry.id, number, inquiry.kind, inquiry.office, inquiry.text, waiting, inquiry.restricted)
