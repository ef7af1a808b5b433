"""What was said in a conversation, for the doors that show it themselves (web chat, terminal)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from actions.house import House
from actions.talk import Button
from storage.keys import keys
from storage.models import Conversation, Message


@dataclass(frozen=True)
class ChatLine:
    """One message as the resident sees it. A pressed button is shown by its label, if it still is known."""

    id: int
    at: datetime
    direction: str
    kind: str
    text: str | None
    buttons: tuple[tuple[Button, ...], ...]


async def history(house: House, channel: str, chat: str, after_id: int = 0) -> list[ChatLine]:
    """The messages of a chat after `after_id`, in order."""
    chat_hash = keys().fingerprint_of(f"{channel}:{chat}", "chat")
    async with house.database.transaction() as session:
        rows = await session.scalars(
            select(Message)
            .join(Conversation, Conversation.id == Message.conversation_id)
            .where(
                Conversation.channel == channel,
                Conversation.chat_hash == chat_hash,
                Message.id > after_id,
                Message.kind != "form",  # a sent form is no message of the chat
                Message.hidden.is_(False),
            )
            .order_by(Message.id)
        )
        return [ChatLine(row.id, row.at, row.direction, row.kind, row.text, _buttons(row)) for row in rows]


def _buttons(row: Message) -> tuple[tuple[Button, ...], ...]:
    return tuple(tuple(Button(**button) for button in line) for line in row.buttons or ())
