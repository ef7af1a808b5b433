"""Files that residents sent: fetched from the channel by a queue job, kept sealed in the database."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import NotFound
from actions.events import Actor, note_look
from actions.exchange import visible_inquiry
from actions.house import House
from actions.scope import may_read, may_see, reads_complaints, visible_ticket
from actions.talk import FormData
from actions.views import OfficerView
from storage.models import Attachment, Inquiry, Message, Referral, ReferralFile, Ticket

LARGEST = 20 * 1024 * 1024


async def file_ref(house: House, attachment_id: int) -> str:
    """The channel's own id of a file that is to be fetched."""
    async with house.database.transaction() as session:
        return (await session.get_one(Attachment, attachment_id)).file_ref


async def store(house: House, attachment_id: int, content: bytes, media_type: str | None) -> None:
    """Keep a fetched file."""
    async with house.database.transaction() as session:
        row = await session.get_one(Attachment, attachment_id)
        row.content, row.state, row.size = content, "kept", len(content)
        row.media_type = media_type or row.media_type


def keep_form_files(session: AsyncSession, message_id: int, form: FormData) -> None:
    """Keep the photos that came with the identity form. Nobody reads them by machine."""
    for file in form.files:
        session.add(
            Attachment(
                message_id=message_id,
                kind=file.kind,
                file_ref="",  # no channel holds it
                file_name=file.name,
                media_type=file.media_type,
                size=len(file.content),
                state="kept",
                content=file.content,
            )
        )


async def attachment(house: House, officer: OfficerView, attachment_id: int) -> tuple[str, str, bytes]:
    """A file of a ticket that the officer may see: media type, name, content. Raises NotFound."""
    async with house.database.transaction() as session:
        found = (
            await session.execute(
                select(Attachment, Message, Ticket)
                .join(Message, Message.id == Attachment.message_id)
                .join(Ticket, Ticket.id == Message.ticket_id)
                .where(Attachment.id == attachment_id, visible_ticket(officer))
            )
        ).one_or_none()
        if found is None:
            raise NotFound
        row, message, ticket = found
        referrals = (await session.scalars(select(Referral).where(Referral.ticket_id == ticket.id))).all()
        if not await _answers_officers(session, officer, message) and (
            not may_read(officer, ticket, referrals) or (message.restricted and not officer.restricted)
        ):
            raise NotFound
        if message.confidential and not reads_complaints(officer):
            raise NotFound
        if row.content is None:
            raise NotFound
        note_look(session, Actor(officer.role, officer.id), "attachment.seen", "ticket page", ticket_id=ticket.id)
        return row.media_type or "application/octet-stream", row.file_name or f"berkas-{row.id}", row.content


async def _answers_officers(session: AsyncSession, officer: OfficerView, message: Message) -> bool:
    """Whether it answers what officers asked: they may see it beside a restricted need too."""
    answers = select(Inquiry.id).where(Inquiry.id == message.inquiry_id, visible_inquiry(officer))
    return await session.scalar(answers) is not None


async def agency_file(house: House, officer: OfficerView, file_id: int) -> tuple[str, str, bytes]:
    """A file that an agency sent about a referral: media type, name, content. Raises NotFound."""
    async with house.database.transaction() as session:
        found = (
            await session.execute(
                select(ReferralFile, Referral, ReferralFile.content)
                .join(Referral, Referral.id == ReferralFile.referral_id)
                .join(Ticket, Ticket.id == Referral.ticket_id)
                .where(ReferralFile.id == file_id, visible_ticket(officer))
            )
        ).one_or_none()
        if found is None:
            raise NotFound
        row, referral, content = found
        if content is None or not may_see(officer, referral):
            raise NotFound
        note_look(session, Actor(officer.role, officer.id), "file.seen", "ticket page", ticket_id=referral.ticket_id)
        return row.media_type, row.file_name or f"berkas-{row.id}", content
