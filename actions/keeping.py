"""Keeping what came in: the update's id, the chat's conversation, the message and its file."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from actions.attachments import LARGEST
from actions.errors import LinkInvalid
from actions.forms import spend_link
from actions.house import House
from actions.notices import TELEGRAM
from actions.talk import Incoming
from referral.queue import NewDelivery, enqueue
from registry.nik import redact
from storage.keys import keys
from storage.models import Attachment, Conversation, InboundUpdate, Message


async def first_time(session: AsyncSession, incoming: Incoming, *, failed: bool = False) -> bool:
    """Note that an update is being applied. False when it was before."""
    if incoming.update_id is None:
        return True
    return await note_update(
        session, incoming.channel, incoming.update_id, failed=failed, raw=incoming.raw if failed else None
    )


async def note_update(session: AsyncSession, channel: str, update_id: int, **more: Any) -> bool:
    """Note a channel's update as applied. False when it was before."""
    statement = (
        insert(InboundUpdate)
        .values(channel=channel, update_id=update_id, **more)
        .on_conflict_do_nothing()
        .returning(InboundUpdate.update_id)
    )
    return await session.scalar(statement) is not None


async def belongs_to(session: AsyncSession, incoming: Incoming, conversation: Conversation) -> None:
    """Note whose an update is that is kept as it came: it must be found when this chat's data is erased."""
    if incoming.update_id is not None:
        found = update(InboundUpdate).where(
            InboundUpdate.channel == incoming.channel, InboundUpdate.update_id == incoming.update_id
        )
        await session.execute(found.values(conversation_id=conversation.id))


async def conversation_of(session: AsyncSession, house: House, incoming: Incoming) -> Conversation:
    """The chat's conversation, locked: turns of one chat follow each other on however many machines."""
    if incoming.form is not None:
        return await spend_link(session, house, incoming.form.token)
    chat_hash = keys().fingerprint_of(f"{incoming.channel}:{incoming.chat}", "chat")
    await session.execute(
        insert(Conversation)
        .values(channel=incoming.channel, chat_hash=chat_hash, chat=incoming.chat)
        .on_conflict_do_nothing()
    )
    conversation = await session.scalar(
        select(Conversation)
        .where(Conversation.channel == incoming.channel, Conversation.chat_hash == chat_hash)
        .with_for_update(key_share=True)  # a notice to this chat can be written meanwhile, or the two would deadlock
    )
    if conversation is None:
        raise LinkInvalid
    conversation.blocked_at = None  # who writes to us can be written to
    return conversation


async def keep_incoming(session: AsyncSession, house: House, conversation: Conversation, incoming: Incoming) -> Message:
    """Write down what came in, without identity numbers; a file is fetched later."""
    text = redact(incoming.text) if incoming.text else None
    message = Message(
        conversation_id=conversation.id,
        direction="in",
        kind=incoming.kind,
        text=incoming.button if incoming.kind == "button" else text,
        channel_message_id=incoming.message_id,
        forwarded=incoming.forwarded,
    )
    session.add(message)
    await session.flush()
    if incoming.file is not None and (incoming.file.size or 0) <= LARGEST:
        await _keep_file(session, house, conversation, message, incoming)
    return message


async def _keep_file(
    session: AsyncSession, house: House, conversation: Conversation, message: Message, incoming: Incoming
) -> None:
    assert incoming.file is not None
    attachment = Attachment(
        message_id=message.id,
        kind=incoming.file.kind,
        file_ref=incoming.file.ref,
        file_name=incoming.file.name,
        media_type=incoming.file.media_type,
        size=incoming.file.size,
    )
    session.add(attachment)
    await session.flush()
    await enqueue(
        session,
        NewDelivery(
            lane=f"files:{conversation.id}",
            ordered=False,
            kind=f"{conversation.channel}.fetch",
            key=f"attachment-{attachment.id}",
            payload={"attachment": attachment.id},
            urgent=False,
        ),
    )


def held_number(incoming: Incoming, message: Message) -> bool:
    """Whether an identity number was left out of what is kept."""
    return bool(incoming.text) and incoming.kind != "button" and message.text != incoming.text


async def take_away(
    session: AsyncSession, house: House, conversation: Conversation, incoming: Incoming, message: Message, lease: bool
) -> list[int]:
    """Let the channel delete the resident's message."""
    if conversation.channel != TELEGRAM or incoming.message_id is None:
        return []
    delivery = await enqueue(
        session,
        NewDelivery(
            lane=f"chat:{conversation.id}",
            ordered=True,
            kind="telegram.delete",
            key=f"delete-{message.id}",
            payload={"chat": conversation.chat, "message_id": incoming.message_id},
            urgent=True,
            leased_by=house.process if lease else None,
        ),
    )
    return [delivery]
