"""A turn of a conversation: everything that one incoming thing causes, in one transaction, applied once."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from actions.attachments import keep_form_files
from actions.desk import Draft
from actions.errors import LinkInvalid
from actions.forms import sent_link, spend_link
from actions.house import House
from actions.intake import open_ticket
from actions.notices import CODE_KIND, TELEGRAM, say
from actions.service import SessionDesk
from actions.talk import Incoming, Reply, Step, Turned
from nlu.port import Understanding
from referral.queue import NewDelivery, enqueue
from registry.nik import redact
from storage.keys import keys
from storage.models import Attachment, Conversation, InboundUpdate, Message, Referral, Ticket
from templates import render

_WORDLESS_KINDS = {"button", "form", "location", "contact"}


@dataclass(frozen=True)
class TurnResult:
    """What a turn left: `duplicate` when it had been applied before; rows that this process may send at once."""

    duplicate: bool
    conversation_id: int | None = None
    delivery_ids: tuple[int, ...] = field(default=())


async def take_turn(house: House, incoming: Incoming, step: Step, *, lease: bool) -> TurnResult:
    """Apply one incoming thing. With `lease` the replies are reserved for this process, to be sent right after.

    Raises LinkInvalid or LinkExpired for a form whose link is no longer good. Whatever is raised, nothing was kept.
    """
    meaning = await _understand(house, incoming)
    async with house.database.transaction() as session:
        if not await _first_time(session, incoming):
            return TurnResult(duplicate=True)
        conversation = await _conversation(session, house, incoming)
        message = await _keep_incoming(session, house, conversation, incoming)
        await _forget_codes(session, conversation)
        link = await sent_link(session, incoming.form.token) if incoming.form else None
        desk = SessionDesk(session, house, conversation, house.process if lease else None, link)
        turned = await step(dict(conversation.state or {}), incoming, meaning, desk)
        conversation.state = turned.state
        conversation.last_turn_at = house.clock()
        ticket_id = await _mark_message(session, conversation, message, turned)
        if incoming.form is not None and not turned.drop_files:
            keep_form_files(session, message.id, incoming.form)
        ids = [*desk.queued]
        ids += await _say_all(session, house, conversation, turned, ticket_id, lease)
        if turned.delete_incoming or turned.secret or _held_number(incoming, message):
            ids += await _take_away(session, house, conversation, incoming, message, lease)
        return TurnResult(False, conversation.id, tuple(ids))


async def give_up(house: House, incoming: Incoming) -> TurnResult:
    """Take what the conversation could not digest: its words become a ticket, and the resident is told calmly."""
    secret = house.catalogue.safety.read(incoming.text or "") is not None
    if secret:
        incoming = replace(incoming, raw=None)
    async with house.database.transaction() as session:
        if not await _first_time(session, incoming, failed=True):
            return TurnResult(duplicate=True)
        conversation = await _conversation(session, house, incoming)
        message = await _keep_incoming(session, house, conversation, incoming)
        ticket = None
        if secret:
            message.kind, message.text = CODE_KIND, None
        if incoming.kind == "text" and message.text:
            draft = Draft(message.text, (), urgent=False, understood=False)
            ticket = await open_ticket(session, house, conversation, draft)
        text = render("bot/trouble.txt", number=ticket.number if ticket else None)
        await say(session, conversation, Reply(text), ticket_id=ticket.id if ticket else None)
        if _held_number(incoming, message):
            await _take_away(session, house, conversation, incoming, message, lease=False)
        return TurnResult(False, conversation.id)


async def _understand(house: House, incoming: Incoming) -> Understanding | None:
    text = incoming.text or ""
    if incoming.kind in _WORDLESS_KINDS or not text.strip() or text.startswith("/"):
        return None
    return await house.understander.understand(text)


async def _first_time(session: AsyncSession, incoming: Incoming, failed: bool = False) -> bool:
    if incoming.update_id is None:
        return True
    statement = (
        insert(InboundUpdate)
        .values(
            channel=incoming.channel,
            update_id=incoming.update_id,
            failed=failed,
            raw=incoming.raw if failed else None,
        )
        .on_conflict_do_nothing()
        .returning(InboundUpdate.update_id)
    )
    return await session.scalar(statement) is not None


async def _conversation(session: AsyncSession, house: House, incoming: Incoming) -> Conversation:
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


async def _forget_codes(session: AsyncSession, conversation: Conversation) -> None:
    """A code is shown once. Where the channel takes our messages it was forgotten on delivery; a page showed it."""
    if conversation.channel == TELEGRAM:
        return
    await session.execute(
        update(Message)
        .where(Message.conversation_id == conversation.id, Message.kind == CODE_KIND, Message.text.is_not(None))
        .values(text=None)
    )


async def _keep_incoming(
    session: AsyncSession, house: House, conversation: Conversation, incoming: Incoming
) -> Message:
    text = redact(incoming.text) if incoming.text else None
    message = Message(
        conversation_id=conversation.id,
        direction="in",
        kind=incoming.kind,
        text=incoming.button if incoming.kind == "button" else text,
        channel_message_id=incoming.message_id,
    )
    session.add(message)
    await session.flush()
    if incoming.file is not None:
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


async def _say_all(
    session: AsyncSession, house: House, conversation: Conversation, turned: Turned, ticket_id: int | None, lease: bool
) -> list[int]:
    holder = house.process if lease else None
    ids = [
        await say(
            session,
            conversation,
            reply,
            ticket_id=ticket_id,
            leased_by=holder,
            urgent=True,
            confidential=turned.confidential,
        )
        for reply in turned.replies
    ]
    return [delivery_id for delivery_id in ids if delivery_id is not None]


async def _mark_message(
    session: AsyncSession, conversation: Conversation, message: Message, turned: Turned
) -> int | None:
    """Bind the message to the ticket that the turn was about, and return its id: the replies belong to it too."""
    # opening a ticket may have restricted it already
    message.restricted = message.restricted or turned.restricted
    message.confidential = turned.confidential
    if turned.secret:
        message.kind, message.text = CODE_KIND, None
    message.inquiry_id = turned.inquiry
    if turned.ticket_number is None:
        return None
    ticket_id = await session.scalar(
        select(Ticket.id).where(Ticket.number == turned.ticket_number, Ticket.conversation_id == conversation.id)
    )
    message.ticket_id = ticket_id or message.ticket_id
    message.restricted = message.restricted or await _holds_restricted(session, ticket_id)
    return ticket_id


async def _holds_restricted(session: AsyncSession, ticket_id: int | None) -> bool:
    held = select(Referral.id).where(Referral.ticket_id == ticket_id, Referral.restricted.is_(True)).limit(1)
    return await session.scalar(held) is not None


def _held_number(incoming: Incoming, message: Message) -> bool:
    return bool(incoming.text) and incoming.kind != "button" and message.text != incoming.text


async def _take_away(
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
