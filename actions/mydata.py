"""The desk's answer for what is kept of a chat: overview, copy, consent taken back, erasure. Each leaves a request."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from actions.desk import Erasure, KeptTicket, MyData
from actions.erasure import Scope, empty
from actions.events import RESIDENT, Actor, note_event
from actions.forms import EXPORT, open_link
from actions.house import House
from actions.notices import opens_links
from actions.safety import contact_view
from referral.lifecycle import CLOSED
from storage.models import Attachment, Consent, Conversation, DataRequest, FormLink, Message, Referral, Ticket

EXPORTING, WITHDRAWING, ERASING = "export", "withdraw", "erase"
WAITING, EMPTIED, DONE = "waiting", "emptied", "done"
_IDENTITY_FILES = ("ktp", "kk")


def shown_ticket(conversation_id: int) -> ColumnElement[bool]:
    """Tickets of the chat that its phone may show: not those whose needs are all restricted."""
    some = exists().where(Referral.ticket_id == Ticket.id)
    others = exists().where(Referral.ticket_id == Ticket.id, Referral.restricted.is_(False))
    return and_(Ticket.conversation_id == conversation_id, ~some | others)


def shown_message(conversation_id: int) -> ColumnElement[bool]:
    """Messages of the chat that its phone may show."""
    return and_(Message.conversation_id == conversation_id, Message.restricted.is_(False), Message.hidden.is_(False))


class SessionMyDataDesk:
    """`actions.desk.MyDataDesk` for one conversation, inside the transaction of its turn."""

    _session: AsyncSession
    _house: House
    _conversation: Conversation

    async def my_data(self) -> MyData:
        """See MyDataDesk."""
        session, chat = self._session, self._conversation.id
        tickets = (await session.scalars(select(Ticket).where(shown_ticket(chat)).order_by(Ticket.id))).all()
        consents = await session.scalars(select(Consent).where(Consent.conversation_id == chat).order_by(Consent.id))
        messages = await session.scalar(select(func.count()).select_from(Message).where(shown_message(chat)))
        files = select(func.count()).select_from(Attachment).join(Message, Message.id == Attachment.message_id)
        kept = files.where(shown_message(chat), Attachment.state != "erased")
        waiting = select(DataRequest.id).where(
            DataRequest.conversation_id == chat, DataRequest.kind == ERASING, DataRequest.state == WAITING
        )
        return MyData(
            initials=tuple(dict.fromkeys(_initials(row.reporter_name) for row in tickets if row.reporter_name)),
            nik_ends=tuple(dict.fromkeys(row.nik[-4:] for row in tickets if row.nik)),
            tickets=tuple(KeptTicket(row.number, row.created_at, row.state not in CLOSED) for row in tickets),
            messages=messages or 0,
            files=await session.scalar(kept) or 0,
            consents=tuple((row.at, row.given, row.withdrawn_at is not None) for row in consents),
            erasing=await session.scalar(waiting.limit(1)) is not None,
        )

    async def export_link(self) -> str | None:
        """See MyDataDesk."""
        if not opens_links(self._house, self._conversation):
            self._request(EXPORTING, WAITING)
            return None
        return await open_link(self._session, self._house, self._conversation, EXPORT)

    async def hidden_link(self, ticket: Ticket) -> str | None:
        """A one-time link to the copy of a ticket that a safety code opened; None as for `export_link`."""
        if not opens_links(self._house, self._conversation):
            return None
        return await open_link(self._session, self._house, self._conversation, EXPORT, ticket.id)

    async def withdraw_consent(self) -> bool:
        """See MyDataDesk."""
        given = (
            await self._session.scalars(
                select(Consent).where(
                    Consent.conversation_id == self._conversation.id,
                    Consent.given.is_(True),
                    Consent.withdrawn_at.is_(None),
                )
            )
        ).all()
        if not given:
            return False
        for consent in given:
            consent.withdrawn_at = self._house.clock()
        ids = {consent.ticket_id for consent in given if consent.ticket_id is not None}
        await withdraw_from(self._session, ids)
        self._request(WITHDRAWING, DONE)
        await self._session.execute(
            update(FormLink).where(FormLink.conversation_id == self._conversation.id).values(finding=None)
        )
        return True

    async def erase(self) -> Erasure:
        """See MyDataDesk. A restricted ticket that is open is kept without a word: it must not show here."""
        chat = self._conversation.id
        open_ones = (
            await self._session.scalars(
                select(Ticket.number).where(shown_ticket(chat), Ticket.state.not_in(CLOSED)).order_by(Ticket.id)
            )
        ).all()
        if not await self._waits():
            self._request(ERASING, WAITING)
            await self._session.flush()
        if open_ones:
            return Erasure(tuple(open_ones))
        await erase_chat(self._session, self._house, chat, RESIDENT)
        return Erasure()

    async def _waits(self) -> bool:
        found = select(DataRequest.id).where(
            DataRequest.conversation_id == self._conversation.id,
            DataRequest.kind == ERASING,
            DataRequest.state == WAITING,
        )
        return await self._session.scalar(found.limit(1)) is not None

    def _request(self, kind: str, state: str) -> None:
        now = self._house.clock()
        self._session.add(
            DataRequest(
                at=now,
                conversation_id=self._conversation.id,
                kind=kind,
                state=state,
                due_at=now + self._house.limits.requests.answer,
                done_at=now if state == DONE else None,
            )
        )


async def hidden_data(session: AsyncSession, ticket: Ticket) -> MyData:
    """What is kept of a restricted report, masked; only a safety code leads here."""
    own = Message.ticket_id == ticket.id
    files = select(func.count()).select_from(Attachment).join(Message, Message.id == Attachment.message_id)
    contact = await contact_view(session, ticket.id)
    return MyData(
        initials=(_initials(ticket.reporter_name),) if ticket.reporter_name else (),
        nik_ends=(ticket.nik[-4:],) if ticket.nik else (),
        tickets=(KeptTicket(ticket.number, ticket.created_at, ticket.state not in CLOSED),),
        messages=await session.scalar(select(func.count()).select_from(Message).where(own)) or 0,
        files=await session.scalar(files.where(own, Attachment.state != "erased")) or 0,
        phone_ends=(contact.number[-4:],) if contact and contact.number else (),
    )


async def withdraw_from(session: AsyncSession, ticket_ids: Collection[int]) -> None:
    """Take identity data, its photos and the registry's answer out of tickets; officers see that it was wished."""
    tickets = await session.scalars(select(Ticket).where(Ticket.id.in_(ticket_ids)))
    for ticket in tickets:
        ticket.nik = ticket.kk = ticket.person_id = ticket.lookup_facts = None
        ticket.lookup_outcome = "not_asked"
        restricted = select(Referral.id).where(Referral.ticket_id == ticket.id, Referral.restricted.is_(True))
        hushed = await session.scalar(restricted.limit(1)) is not None
        note_event(session, ticket, "consent_withdrawn", RESIDENT, restricted=hushed)
    messages = select(Message.id).where(Message.ticket_id.in_(ticket_ids))
    await session.execute(
        update(Attachment)
        .where(Attachment.message_id.in_(messages), Attachment.kind.in_(_IDENTITY_FILES))
        .values(content=None, file_name=None, state="erased")
        .execution_options(synchronize_session=False)
    )


async def erase_chat(session: AsyncSession, house: House, conversation_id: int, actor: Actor) -> bool:
    """Empty a chat but for its open tickets. Says whether nothing had to be kept; then the requests are answered."""
    own = select(Ticket).where(Ticket.conversation_id == conversation_id)
    tickets = (await session.scalars(own)).all()
    kept = [ticket.id for ticket in tickets if ticket.state not in CLOSED]
    for ticket in tickets:
        if ticket.id not in kept:
            note_event(session, ticket, "erased", actor)
    await session.flush()
    await empty(session, Scope(conversation_id, kept))
    if kept:
        return False
    await _emptied(session, conversation_id, house.clock())
    return True


async def _emptied(session: AsyncSession, conversation_id: int, now: datetime) -> None:
    await session.execute(
        update(DataRequest)
        .where(
            DataRequest.conversation_id == conversation_id,
            DataRequest.kind == ERASING,
            DataRequest.state == WAITING,
        )
        .values(state=EMPTIED, done_at=now)
        .execution_options(synchronize_session=False)
    )


def _initials(name: str) -> str:
    """ "Siti Aminah" as "S. A."."""
    return " ".join(f"{word[0].upper()}." for word in name.split() if word)
