"""Officers note that they have seen what came in by mail."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import NotAllowed, NotFound
from actions.house import House
from actions.mail_views import UNSEEN, strays_of
from actions.scope import PUSKESOS_ROLES, hidden_referral
from actions.tickets import find_ticket
from actions.views import OfficerView
from storage.models import InboundMail, Referral


async def mark_mail_seen(house: House, officer: OfficerView, number: str, referral_id: int) -> None:
    """The officer has seen a referral's mails. Raises NotFound or NotAllowed."""
    if officer.role not in PUSKESOS_ROLES:
        raise NotAllowed
    async with house.database.transaction() as session:
        ticket = await find_ticket(session, officer, number, lock=True)
        seen = select(Referral.id).where(
            Referral.id == referral_id, Referral.ticket_id == ticket.id, ~hidden_referral(officer, Referral)
        )
        if await session.scalar(seen) is None:
            raise NotFound
        await _mark(session, house, officer, InboundMail.referral_id == referral_id)


async def _mark(session: AsyncSession, house: House, officer: OfficerView, which: ColumnElement[bool]) -> None:
    await session.execute(
        update(InboundMail)
        .where(which, UNSEEN)
        .values(seen_at=house.clock(), seen_by=officer.id)
        .execution_options(synchronize_session=False)
    )


async def stray_seen(house: House, officer: OfficerView, mail_id: int) -> None:
    """A manager has seen to one of them. Raises NotAllowed."""
    if officer.role != "manager":
        raise NotAllowed
    async with house.database.transaction() as session:
        await _mark(session, house, officer, and_(strays_of(officer), InboundMail.id == mail_id))
