"""Telling the resident: a message in the conversation, and a delivery where the channel needs one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.ext.asyncio import AsyncSession

from actions.house import House
from actions.talk import Button, Reply
from referral.queue import NewDelivery, enqueue
from storage.models import Conversation, Message

TELEGRAM = "telegram"
# confirm, status, rate, complaint, reopen, safety code, question of an officer, taking a report back, wipe
_LASTING = ("c:", "s:", "r:", "k:", "o:", "p:", "q:", "t:", "w:")
CODE_KIND = "code"  # the kind of a message that holds a safety code; officers never see it


def confirm_data(referral_id: int, helped: bool) -> str:
    """The data of the buttons "sudah terbantu / belum" (`c:12:y`), which work whenever they are pressed."""
    return f"c:{referral_id}:{'y' if helped else 'n'}"


def opens_links(house: House, conversation: Conversation) -> bool:
    """Whether the chat can open our pages: Telegram takes public https addresses alone."""
    return conversation.channel != TELEGRAM or urlsplit(house.public_url).scheme == "https"


def is_lasting(data: str) -> bool:
    """Whether a button works whenever it is pressed, also long after its message: it names what it is about."""
    return data.startswith(_LASTING)


def buttons_json(rows: Iterable[Iterable[Button]]) -> list[list[dict[str, Any]]]:
    """Rows of buttons as they are kept and sent."""
    return [[{"label": b.label, "data": b.data, "url": b.url} for b in row] for row in rows]


async def say(
    session: AsyncSession,
    conversation: Conversation,
    reply: Reply,
    *,
    ticket_id: int | None = None,
    leased_by: str | None = None,
    urgent: bool = False,
    confidential: bool = False,
    inquiry_id: int | None = None,
) -> int | None:
    """Keep a message to the resident and queue it if the channel must be told. Returns the delivery's id, if any."""
    message = Message(
        conversation_id=conversation.id,
        ticket_id=ticket_id,
        direction="out",
        kind=CODE_KIND if reply.secret else "text",
        text=reply.text,
        buttons=buttons_json(reply.buttons),
        restricted=reply.restricted,
        confidential=confidential,
        inquiry_id=inquiry_id,
    )
    session.add(message)
    await session.flush()
    if conversation.channel != TELEGRAM or conversation.blocked_at is not None:
        return None
    return await enqueue(
        session,
        NewDelivery(
            lane=f"chat:{conversation.id}",
            ordered=True,
            kind="telegram.send",
            key=f"message-{message.id}",
            payload={
                "chat": conversation.chat,
                "text": reply.text,
                "buttons": buttons_json(reply.buttons),
                "edits": reply.edits,
                "secret": reply.secret,
            },
            urgent=urgent,
            message_id=message.id,
            leased_by=leased_by,
        ),
    )
