"""The desk's service for a ticket that is under way: more words and needs, corrections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.closing import withdraw_own
from actions.desk import DraftNeed, HomeFields, OfficerWish
from actions.errors import NotNow
from actions.events import RESIDENT, note_event
from actions.house import House
from actions.intake import add_referrals, bind_messages
from actions.steps import refresh_ticket
from referral.lifecycle import BEFORE_DECISION, CLOSED
from registry.nik import redact
from storage.models import Conversation, Referral, Ticket, TicketNeed


class SessionCaseDesk:
    """`actions.desk.CaseDesk` for one conversation, inside the transaction of its turn."""

    _session: AsyncSession
    _house: House
    _conversation: Conversation

    async def add_words(self, number: str, text: str, needs: Sequence[DraftNeed] = ()) -> tuple[str, ...] | None:
        """See Desk."""
        ticket = await self._under_way(number)
        if ticket is None:
            return None
        session, known = self._session, self._house.catalogue.needs
        there = (await session.scalars(select(Referral).where(Referral.ticket_id == ticket.id))).all()
        has = {referral.need for referral in there if referral.state not in ("rejected", "revoked")}
        new = [need for need in needs if need.need not in has]
        restricted = any(r.restricted for r in there) or any(known[need.need].restricted for need in new)
        await bind_messages(session, self._conversation, ticket, restricted=restricted)
        if text:
            note_event(session, ticket, "words_added", RESIDENT, restricted=restricted, note=redact(text))
        unsure = {need.need for need in new if not known[need.need].restricted}
        for referral in await add_referrals(session, self._house, ticket, new, unsure=unsure):
            note_event(session, ticket, "need_added", RESIDENT, referral=referral)
        await refresh_ticket(session, self._house, ticket)
        return tuple(need.need for need in new)

    async def want_officer(self, number: str, wish: OfficerWish) -> bool:
        """See CaseDesk."""
        ticket = await self._under_way(number)
        if ticket is None:
            return False
        ticket.wants_officer, ticket.phone = wish.way, wish.phone or ticket.phone
        note_event(self._session, ticket, "officer_wanted", RESIDENT, data={"way": wish.way})
        return True

    async def withdraw(self, number: str) -> bool:
        """See CaseDesk."""
        ticket = await self._under_way(number)
        if ticket is None:
            return False
        try:
            await withdraw_own(self._session, self._house, ticket)
        except NotNow:
            return False
        return True

    async def correct(self, number: str, text: str, home: HomeFields, answers: Mapping[str, str]) -> str | None:
        """See CaseDesk."""
        ticket = await self._under_way(number)
        if ticket is None:
            return None
        session = self._session
        referrals = (await session.scalars(select(Referral).where(Referral.ticket_id == ticket.id))).all()
        restricted = any(referral.restricted for referral in referrals)
        await bind_messages(session, self._conversation, ticket, restricted=restricted)
        undecided = ticket.state in BEFORE_DECISION and all(referral.state == "drafted" for referral in referrals)
        if undecided:
            await self._change(ticket, referrals, home, answers)
        data = {"changed": undecided}
        note_event(session, ticket, "corrected", RESIDENT, restricted=restricted, note=redact(text), data=data)
        return "changed" if undecided else "noted"

    async def _under_way(self, number: str) -> Ticket | None:
        """This chat's ticket, locked, if it is still open."""
        ticket = await self._session.scalar(
            select(Ticket)
            .where(Ticket.number == number, Ticket.conversation_id == self._conversation.id)
            .with_for_update(key_share=True)
        )
        over = ticket is None or ticket.state in CLOSED or ticket.closed_as is not None
        return None if over else ticket

    async def _change(
        self, ticket: Ticket, referrals: Sequence[Referral], home: HomeFields, answers: Mapping[str, str]
    ) -> None:
        catalogue, before = self._house.catalogue, ticket.region_code
        ticket.region_code, ticket.rt, ticket.rw = home.code or before, home.rt or ticket.rt, home.rw or ticket.rw
        rows = await self._session.scalars(select(TicketNeed).where(TicketNeed.ticket_id == ticket.id))
        needs = {row.need: row for row in rows}
        for referral in referrals:
            need = needs[referral.need]
            was = catalogue.route(need.need, before, need.answers).unit.code
            told = {code: value for code, value in answers.items() if code in catalogue.needs[need.need].questions}
            need.answers = {**need.answers, **told}
            door = catalogue.route(need.need, ticket.region_code, need.answers)
            if referral.unit == was:  # another desk was chosen by an officer
                referral.agency, referral.unit = door.agency.code, door.unit.code
