"""Understanding a ticket afterwards, when the NLU could not be asked while the resident wrote."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from actions.desk import DraftNeed
from actions.events import SYSTEM, note_event
from actions.house import House
from actions.intake import add_referrals
from actions.steps import take_step
from nlu.port import Understanding
from referral.lifecycle import ENDED
from referral.ports import Parcel, TryAgain
from storage.models import Message, Referral, Ticket, TicketNeed


class UnderstandLater:
    """Sender of `job.understand` parcels: asks the NLU and adds the needs that the resident did not name."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def send(self, parcel: Parcel) -> None:
        """Understand the ticket of the parcel. Raises TryAgain while the NLU can't be asked."""
        ticket_id = int(parcel.payload["ticket"])
        async with self._house.database.transaction() as session:
            complaint = await session.scalar(select(Ticket.complaint).where(Ticket.id == ticket_id))
        meaning = await self._house.understander.understand(complaint or "")
        if not meaning.available:
            raise TryAgain("the NLU does not answer", None)
        async with self._house.database.transaction() as session:
            await self._add(session, ticket_id, meaning)

    async def _add(self, session: AsyncSession, ticket_id: int, meaning: Understanding) -> None:
        ticket = await session.get_one(Ticket, ticket_id, with_for_update={"key_share": True})
        if ticket.understood:
            return
        ticket.understood = True
        ticket.urgent = ticket.urgent or meaning.urgent
        known = set(await session.scalars(select(TicketNeed.need).where(TicketNeed.ticket_id == ticket_id)))
        found = [guess for guess in meaning.needs if guess.need not in known]
        restricted = any(self._house.catalogue.needs[guess.need].restricted for guess in found)
        if restricted:
            # what was said may speak of it: from now on only the narrow circle reads it
            await session.execute(update(Message).where(Message.ticket_id == ticket_id).values(restricted=True))
        note_event(session, ticket, "understood_later", SYSTEM, restricted=restricted)
        await self._hasten(session, ticket)
        needs = [DraftNeed(guess.need, "nlu", guess.confidence) for guess in found]
        unsure = {guess.need for guess in found if not guess.sure}
        await add_referrals(session, self._house, ticket, needs, unsure=unsure)

    async def _hasten(self, session: AsyncSession, ticket: Ticket) -> None:
        """What the resident named with buttons turns out to be urgent: it does not wait for approval either."""
        if not ticket.urgent:
            return
        for referral in await session.scalars(select(Referral).where(Referral.ticket_id == ticket.id)):
            if self._house.catalogue.needs[referral.need].can_be_urgent and referral.state not in ENDED:
                referral.urgent = True
            if referral.urgent and referral.state == "drafted":
                await take_step(session, self._house, ticket, referral, "approve", SYSTEM)
