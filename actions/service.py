"""The desk on a turn's own session."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import ColumnElement, and_, exists, not_, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.aftercare import SessionAfterDesk
from actions.casework import SessionCaseDesk
from actions.desk import Draft, PlaceHit, TicketLine, Unlocked
from actions.errors import NotNow
from actions.events import RESIDENT
from actions.house import House
from actions.identity import SessionIdentityDesk
from actions.intake import open_ticket
from actions.lines import ticket_line, ticket_lines
from actions.mydata import SessionMyDataDesk, hidden_data
from actions.safety import keep_contact, may_write, ticket_of_code, tries_left, wants_messages
from actions.steps import lock_referral, take_step
from actions.wiping import wipe
from registry.places import Place
from storage.models import Conversation, FormLink, Message, Referral, Ticket

_SHOWN = 40


class SessionDesk(SessionIdentityDesk, SessionMyDataDesk, SessionAfterDesk, SessionCaseDesk):
    """`actions.desk.Desk` for one conversation, inside the transaction of its turn."""

    def __init__(
        self,
        session: AsyncSession,
        house: House,
        conversation: Conversation,
        leased_by: str | None = None,
        link: FormLink | None = None,
    ) -> None:
        """`leased_by` is the process that sends at once what the turn queues; `queued` are such rows of the desk.

        `link` is that of the identity form which the turn is about.
        """
        self._session = session
        self._house = house
        self._conversation = conversation
        self._leased_by = leased_by
        self._link = link
        self.queued: list[int] = []

    async def find_places(self, text: str) -> list[PlaceHit]:
        """See Desk."""
        return [_hit(place) for place in self._house.gazetteer.find(text)]

    async def place(self, code: str) -> PlaceHit | None:
        """See Desk."""
        place = self._house.gazetteer.get(code)
        return _hit(place) if place else None

    async def open_ticket(self, draft: Draft) -> TicketLine:
        """See Desk."""
        ticket = await open_ticket(self._session, self._house, self._conversation, draft)
        restricted = any(self._house.catalogue.needs[need.need].restricted for need in draft.needs)
        code = await keep_contact(self._session, self._house, ticket, draft.contact, restricted=restricted)
        return replace(await ticket_line(self._session, self._house, ticket, with_restricted=True), code=code)

    async def my_tickets(self) -> list[TicketLine]:
        """See Desk."""
        tickets = await self._session.scalars(
            select(Ticket)
            .where(Ticket.conversation_id == self._conversation.id, not_(_all_restricted()))
            .order_by(Ticket.id.desc())
            .limit(_SHOWN)
        )
        return await ticket_lines(self._session, self._house, tickets.all())

    async def unlock(self, typed: str, *, data: bool = False) -> Unlocked:
        """See Desk."""
        if not await tries_left(self._session, self._house, self._conversation):
            return Unlocked(wait=True)
        ticket = await ticket_of_code(self._session, self._house, self._conversation, typed)
        if ticket is None:
            return Unlocked()
        whole = await ticket_line(self._session, self._house, ticket, with_restricted=True)
        hidden = tuple(line for line in whole.referrals if line.restricted)
        opened = Unlocked(replace(whole, referrals=hidden), may_write=await wants_messages(self._session, ticket.id))
        if not data:
            return opened
        return replace(opened, kept=await hidden_data(self._session, ticket), copy=await self.hidden_link(ticket))

    async def wipe(self, number: str | None) -> bool:
        """See Desk."""
        wiped = await wipe(self._session, self._conversation, number, self._leased_by)
        self.queued += wiped.delivery_ids
        return wiped.older

    async def confirm(self, referral_id: int, helped: bool) -> TicketLine | None:
        """See Desk."""
        owner = await self._session.scalar(
            select(Ticket.conversation_id)
            .join(Referral, Referral.ticket_id == Ticket.id)
            .where(Referral.id == referral_id)
        )
        if owner != self._conversation.id:
            return None
        ticket, referral = await lock_referral(self._session, referral_id)
        if not await may_write(self._session, referral):
            return None
        step = "confirm_helped" if helped else "confirm_not_helped"
        try:
            await take_step(self._session, self._house, ticket, referral, step, RESIDENT)
        except NotNow:
            return None
        return await ticket_line(self._session, self._house, ticket)

    async def ticket_of(self, message_id: int) -> str | None:
        """See Desk."""
        found: str | None = await self._session.scalar(
            select(Ticket.number)
            .join(Message, Message.ticket_id == Ticket.id)
            .where(
                Message.conversation_id == self._conversation.id,
                Message.channel_message_id == message_id,
                Message.direction == "in",
                Message.kind != "button",
            )
            .limit(1)
        )
        return found


def _all_restricted() -> ColumnElement[bool]:
    """Tickets that have needs, all of them restricted: in the chat they don't exist."""
    some = exists().where(Referral.ticket_id == Ticket.id)
    others = exists().where(Referral.ticket_id == Ticket.id, Referral.restricted.is_(False))
    return and_(some, not_(others))


def _hit(place: Place) -> PlaceHit:
    return PlaceHit(place.code, place.name, place.level, place.kecamatan, place.city)
