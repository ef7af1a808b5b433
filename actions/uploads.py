"""A document that was asked for arrives through the page behind its one-time link."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import LinkExpired, LinkInvalid
from actions.files import Upload
from actions.house import House
from actions.inquiries import answered, upload_hash
from actions.notices import say
from actions.talk import Reply
from storage.models import Attachment, Conversation, Inquiry, Message, Ticket
from templates import render


@dataclass(frozen=True)
class UploadView:
    """What the page asks for."""

    office: str
    text: str


async def upload_open(house: House, token: str) -> UploadView:
    """What a link asks for. Opening changes nothing. Raises LinkInvalid or LinkExpired."""
    async with house.database.transaction() as session:
        inquiry = await _behind(session, house, token)
        return UploadView(inquiry.office, inquiry.text)


async def take_upload(house: House, token: str, files: Sequence[Upload]) -> None:
    """Keep the files with the ticket and spend the link. Raises LinkInvalid or LinkExpired."""
    async with house.database.transaction() as session:
        inquiry = await _behind(session, house, token)
        ticket = await session.get_one(Ticket, inquiry.ticket_id)
        # the conversation first: every turn locks in this order
        conversation = await session.get_one(Conversation, ticket.conversation_id, with_for_update={"key_share": True})
        await session.refresh(ticket, with_for_update={"key_share": True})
        await session.refresh(inquiry, with_for_update={"key_share": True})
        if inquiry.token_hash != upload_hash(token):
            raise LinkInvalid  # somebody sent it a moment before
        for file in files:
            await _keep(session, inquiry, ticket, file)
        inquiry.token_hash = None
        await answered(session, house, inquiry, ticket)
        text = render("bot/upload_taken.txt", office=inquiry.office, number=ticket.number)
        await say(session, conversation, Reply(text), ticket_id=ticket.id, urgent=True)


async def _keep(session: AsyncSession, inquiry: Inquiry, ticket: Ticket, file: Upload) -> None:
    kind = "photo" if file.media_type.startswith("image/") else "document"
    message = Message(
        conversation_id=ticket.conversation_id,
        ticket_id=ticket.id,
        direction="in",
        kind=kind,
        inquiry_id=inquiry.id,
        restricted=inquiry.restricted,
    )
    session.add(message)
    await session.flush()
    session.add(
        Attachment(
            message_id=message.id,
            kind=kind,
            file_ref="",
            file_name=file.name,
            media_type=file.media_type,
            size=len(file.content),
            state="kept",
            content=file.content,
        )
    )


async def _behind(session: AsyncSession, house: House, token: str) -> Inquiry:
    inquiry = await session.scalar(select(Inquiry).where(Inquiry.token_hash == upload_hash(token)))
    if inquiry is None or inquiry.state == "closed":
        raise LinkInvalid
    if inquiry.expires_at is None or inquiry.expires_at <= house.clock():
        raise LinkExpired
    return inquiry
