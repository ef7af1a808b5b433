"""The desk's service around identity data: the form's link, consent, the check, and forms that come late."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from actions.checking import check, check_ticket, shown_json
from actions.desk import Identity, LateForm
from actions.events import RESIDENT, note_event
from actions.forms import IDENTITY, open_link
from actions.house import House
from actions.notices import opens_links
from referral.lifecycle import CLOSED
from registry.nik import IdentityProblem, check_kk, check_nik
from storage.models import Consent, Conversation, FormLink, Referral, Ticket


class SessionIdentityDesk:
    """`actions.desk.IdentityDesk` for one conversation, inside the transaction of its turn."""

    _session: AsyncSession
    _house: House
    _conversation: Conversation
    _link: FormLink | None  # the link of the form that this turn is about

    def identity_problem(self, what: str, value: str) -> str | None:
        """See IdentityDesk."""
        try:
            if what == "nik":
                check_nik(value, self._house.clock().date())
            else:
                check_kk(value)
        except IdentityProblem as problem:
            return problem.code
        return None

    async def form_link(self) -> str | None:
        """See IdentityDesk."""
        if not opens_links(self._house, self._conversation):
            return None
        return await open_link(self._session, self._house, self._conversation)

    async def note_consent(self, given: bool, *, wording: str, way: str) -> None:
        """See IdentityDesk."""
        self._session.add(
            Consent(
                at=self._house.clock(),
                conversation_id=self._conversation.id,
                given=given,
                wording=wording,
                way=way,
            )
        )

    async def check_form(self, identity: Identity) -> None:
        """See IdentityDesk."""
        if self._link is not None:
            finding = await check(self._session, self._house, self._conversation, identity)
            self._link.finding = shown_json(finding)

    async def late_form(self, identity: Identity) -> LateForm | None:
        """See IdentityDesk."""
        if self._link is None or self._link.ticket_id is None:
            return None
        ticket = await self._session.get_one(
            Ticket, self._link.ticket_id, with_for_update={"key_share": True}, populate_existing=True
        )
        if ticket.state in CLOSED:
            return None
        restricted = await self._is_restricted(ticket)
        ticket.nik = identity.nik or ticket.nik
        ticket.kk = identity.kk or ticket.kk
        ticket.reporter_name = identity.name or ticket.reporter_name
        note_event(self._session, ticket, "identity_given", RESIDENT, restricted=restricted)
        finding = await check_ticket(self._session, self._house, self._conversation, ticket, identity)
        self._link.finding = shown_json(finding)
        await bind_consent(self._session, ticket)
        return LateForm(ticket.number, restricted)

    async def _is_restricted(self, ticket: Ticket) -> bool:
        found = select(Referral.id).where(Referral.ticket_id == ticket.id, Referral.restricted.is_(True)).limit(1)
        return await self._session.scalar(found) is not None


async def bind_consent(session: AsyncSession, ticket: Ticket) -> None:
    """What the chat last answered about its identity data belongs to this ticket."""
    await session.flush()
    last = await session.scalar(
        select(Consent)
        .where(Consent.conversation_id == ticket.conversation_id, Consent.ticket_id.is_(None))
        .order_by(Consent.id.desc())
        .limit(1)
    )
    if last is not None:
        last.ticket_id = ticket.id


async def bind_links(session: AsyncSession, ticket: Ticket) -> None:
    """A form that is still open when the report is sent joins its ticket when it comes."""
    await session.execute(
        update(FormLink)
        .where(
            FormLink.conversation_id == ticket.conversation_id,
            FormLink.purpose == IDENTITY,
            FormLink.spent_at.is_(None),
            FormLink.ticket_id.is_(None),
        )
        .values(ticket_id=ticket.id)
    )
