"""Mails that came in, as an officer may see them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, and_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import NotAllowed, NotFound
from actions.events import Actor, note_look
from actions.house import House
from actions.mail_keeping import STRAY
from actions.scope import hidden_referral, visible_ticket
from actions.views import MailView, OfficerView
from storage.models import InboundFile, InboundMail, Referral, Ticket

_MOST = 200
UNSEEN = and_(InboundMail.wants_look, InboundMail.seen_at.is_(None))


async def mail_views(session: AsyncSession, house: House, referrals: Sequence[Referral]) -> dict[int, list[MailView]]:
    """The mails of referrals that an officer may see, oldest first."""
    ids = [referral.id for referral in referrals]
    tickets = {referral.ticket_id for referral in referrals}
    rows = await session.scalars(
        select(InboundMail)
        .where(InboundMail.ticket_id.in_(tickets), InboundMail.referral_id.in_(ids))
        .order_by(InboundMail.id)
    )
    found: dict[int, list[MailView]] = defaultdict(list)
    for view, referral_id in await _views(session, house, rows.all()):
        found[referral_id or 0].append(view)
    return found


async def _views(session: AsyncSession, house: House, rows: Sequence[InboundMail]) -> list[tuple[MailView, int | None]]:
    files: dict[int, list[tuple[int, str | None, bool]]] = defaultdict(list)
    wanted = select(InboundFile.mail_id, InboundFile.id, InboundFile.file_name, InboundFile.content.is_not(None))
    query = wanted.where(InboundFile.mail_id.in_([row.id for row in rows])).order_by(InboundFile.id)
    for mail_id, file_id, name, there in await session.execute(query):
        files[mail_id].append((file_id, name, there))
    return [
        (
            MailView(
                id=row.id,
                at=row.at,
                kind=row.kind,
                sender=row.sender,
                subject=row.subject,
                text=row.text,
                whole=row.whole,
                step=row.step,
                result=row.result,
                unseen=row.wants_look and row.seen_at is None,
                files=tuple(files[row.id]),
                agency_name=_agency_name(house, row.unit),
            ),
            row.referral_id,
        )
        for row in rows
    ]


def _agency_name(house: House, unit: str) -> str | None:
    known = house.catalogue.units.get(unit)
    return house.catalogue.agencies[known.agency].name if known else None


async def mailed_tickets(session: AsyncSession, officer: OfficerView, ids: Collection[int]) -> set[int]:
    """Which of these tickets have a mail that no officer has seen."""
    query = (
        select(InboundMail.ticket_id)
        .join(Referral, Referral.id == InboundMail.referral_id)
        .where(InboundMail.ticket_id.in_(ids), UNSEEN, ~hidden_referral(officer, Referral))
    )
    return {ticket_id for ticket_id in await session.scalars(query) if ticket_id is not None}


def strays_of(officer: OfficerView) -> ColumnElement[bool]:
    """Mails without a referral that a manager may see; those of restricted units are for the circle alone."""
    return and_(InboundMail.kind == STRAY, true() if officer.restricted else InboundMail.restricted.is_(False))


async def stray_mails(house: House, officer: OfficerView) -> list[MailView]:
    """Mails of agencies that belong to no referral and that nobody has seen to, for managers. Raises NotAllowed."""
    if officer.role != "manager":
        raise NotAllowed
    async with house.database.transaction() as session:
        rows = await session.scalars(
            select(InboundMail).where(strays_of(officer), UNSEEN).order_by(InboundMail.id).limit(_MOST)
        )
        return [view for view, _ in await _views(session, house, rows.all())]


async def stray_count(house: House, officer: OfficerView) -> int:
    """How many of them wait for a manager; none for others."""
    return len(await stray_mails(house, officer)) if officer.role == "manager" else 0


async def mail_file(house: House, officer: OfficerView, file_id: int) -> tuple[str, str, bytes]:
    """A file of a mail that the officer may see: media type, name, content. Raises NotFound."""
    async with house.database.transaction() as session:
        found = (
            await session.execute(
                select(InboundFile, InboundFile.content, Ticket.id)
                .join(InboundMail, InboundMail.id == InboundFile.mail_id)
                .join(Referral, Referral.id == InboundMail.referral_id)
                .join(Ticket, Ticket.id == InboundMail.ticket_id)
                .where(InboundFile.id == file_id, visible_ticket(officer), ~hidden_referral(officer, Referral))
            )
        ).one_or_none()
        if found is None:
            raise NotFound
        file, content, ticket_id = found
        if not content:
            raise NotFound
        note_look(session, Actor(officer.role, officer.id), "mail_file.seen", "ticket page", ticket_id=ticket_id)
        return file.media_type, file.file_name or f"berkas-{file.id}", content
