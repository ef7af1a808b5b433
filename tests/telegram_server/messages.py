"""Chats and their messages, as both sides know them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from .errors import ApiError, bad_request, forbidden
from .markup import Button, Markup
from .text import FormattedText, utf16_slice

_PLAIN_URL = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)]")


@dataclass(frozen=True)
class User:
    """A person or a bot."""

    id: int
    first_name: str
    is_bot: bool = False
    last_name: str = ""
    username: str = ""
    language: str = ""

    def json(self) -> dict[str, object]:
        """Return the user as the Bot API writes them."""
        found: dict[str, object] = {"id": self.id, "is_bot": self.is_bot, "first_name": self.first_name}
        optional = {"last_name": self.last_name, "username": self.username, "language_code": self.language}
        return found | {key: value for key, value in optional.items() if value}


@dataclass(eq=False)
class ChatMessage:
    """A message that stays current: edits change it, deletion marks it."""

    chat: Chat
    id: int
    sender: User
    date: float
    content: FormattedText
    media: dict[str, object] = field(default_factory=dict)
    file_ids: tuple[str, ...] = ()
    markup: Markup | None = None
    reply_to: ChatMessage | None = None
    edit_date: float | None = None
    deleted: bool = False
    consumed: bool = False
    past_markups: list[Markup] = field(default_factory=list)

    @property
    def from_bot(self) -> bool:
        """Whether the bot wrote it."""
        return self.sender.is_bot

    @property
    def text(self) -> str:
        """The words a person reads: the text, or the caption of a file."""
        return self.content.text

    @property
    def buttons(self) -> tuple[Button, ...]:
        """The inline buttons under the message now."""
        return self.markup.buttons if self.markup and self.markup.kind == "inline" else ()

    @property
    def labels(self) -> list[str]:
        """The labels of the inline buttons under the message now."""
        return [button.label for button in self.buttons]

    @property
    def links(self) -> list[str]:
        """Every address that can be opened from the message: buttons, links and bare addresses."""
        found = [button.url for button in self.buttons if button.url]
        found += [entity.url for entity in self.content.entities if entity.url]
        return found + _PLAIN_URL.findall(self.text)

    def marked(self, type_: str) -> list[str]:
        """Return the pieces of the text with this formatting, such as ``bold``."""
        return [utf16_slice(self.text, one.offset, one.length) for one in self.content.entities if one.type == type_]

    def set_markup(self, markup: Markup | None) -> None:
        """Replace the keyboard, remembering the old one."""
        if self.markup is not None and self.markup != markup:
            self.past_markups.append(self.markup)
        self.markup = markup

    def json(self, *, nested: bool = False) -> dict[str, object]:
        """Return the message as the Bot API writes it."""
        found: dict[str, object] = {
            "message_id": self.id,
            "from": self.sender.json(),
            "chat": self.chat.json(),
            "date": int(self.date),
        }
        if self.edit_date is not None:
            found["edit_date"] = int(self.edit_date)
        if self.reply_to is not None and not nested:
            found["reply_to_message"] = self.reply_to.json(nested=True)
        found |= self.media
        name, entities = ("caption", "caption_entities") if self.media else ("text", "entities")
        if self.text:
            found[name] = self.text
        if self.content.entities:
            found[entities] = [entity.json() for entity in self.content.entities]
        if self.markup and self.markup.kind == "inline":
            found["reply_markup"] = self.markup.raw
        return found

    def __repr__(self) -> str:
        """Show what a failing assertion needs."""
        return f"<message {self.id} {self.text!r} {self.labels}{' deleted' if self.deleted else ''}>"


@dataclass(eq=False)
class Chat:
    """The private chat between one person and the bot."""

    user: User
    messages: list[ChatMessage] = field(default_factory=list)
    started: bool = False
    blocked: bool = False
    deactivated: bool = False
    keyboard_from: ChatMessage | None = None
    action: str = ""
    action_until: float = 0.0
    flood_until: float = 0.0

    @property
    def id(self) -> int:
        """The chat's id, which is the person's."""
        return self.user.id

    def json(self) -> dict[str, object]:
        """Return the chat as the Bot API writes it."""
        found = self.user.json() | {"type": "private"}
        return {key: value for key, value in found.items() if key not in {"is_bot", "language_code"}}

    def find(self, message_id: int) -> ChatMessage | None:
        """Return a message that is still there."""
        return next((one for one in self.messages if one.id == message_id and not one.deleted), None)

    def add(self, sender: User, date: float, content: FormattedText) -> ChatMessage:
        """Append a message with the chat's next id."""
        message = ChatMessage(self, len(self.messages) + 1, sender, date, content)
        self.messages.append(message)
        return message

    def apply_keyboard(self, message: ChatMessage) -> None:
        """Show or hide the reply keyboard as a new message asks."""
        if message.markup is not None and message.markup.kind != "inline":
            self.keyboard_from = message if message.markup.kind == "keyboard" else None

    def delete(self, message: ChatMessage) -> None:
        """Remove a message for both sides, and the keyboard that came with it."""
        message.deleted = True
        if self.keyboard_from is message:
            self.keyboard_from = None


@dataclass(eq=False)
class GroupChat(Chat):
    """A group, or a supergroup, as the bot knows it; `user` made it.

    The bot's `status` in it is member, left or kicked; an administrator reads everything that is written.
    """

    number: int = 0
    title: str = ""
    kind: str = "group"
    members: dict[int, User] = field(default_factory=dict)
    status: str = "left"
    bot_is_admin: bool = False
    muted: bool = False
    migrated_to: int | None = None

    @property
    def id(self) -> int:
        """The group's id, which is negative."""
        return self.number

    def json(self) -> dict[str, object]:
        """Return the group as the Bot API writes it."""
        return {"id": self.number, "title": self.title, "type": self.kind}

    def check_open(self) -> None:
        """Refuse what the bot may not write here.

        Raises:
            ApiError: If the group has moved, the bot is not in it, or may not speak.
        """
        if self.migrated_to is not None:
            reason = "Bad Request: group chat was upgraded to a supergroup chat"
            raise ApiError(400, reason, migrate_to=self.migrated_to)
        if self.status == "kicked":
            raise forbidden(f"bot was kicked from the {self.kind} chat")
        if self.status != "member":
            raise forbidden(f"bot is not a member of the {self.kind} chat")
        if self.muted:
            raise bad_request("not enough rights to send text messages to the chat")
