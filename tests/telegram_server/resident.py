"""A resident with the Telegram app in hand."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from .call import CallbackQuery
from .errors import ResidentError
from .files import photo_sizes
from .markup import Button
from .messages import Chat, ChatMessage, User
from .text import MAX_CAPTION, FormattedText, command_entities, split_text, utf16_length
from .world import World

type Wanted = str | re.Pattern[str] | Callable[[ChatMessage], bool]


@dataclass(frozen=True)
class Tap:
    """What pressing a button did: a query for the bot, a message sent, or an address opened."""

    button: Button
    resident: Resident
    query: CallbackQuery | None = None
    sent: ChatMessage | None = None

    @property
    def url(self) -> str | None:
        """The address that the button opened."""
        return self.button.url

    async def answered(self, timeout: float = 10.0) -> CallbackQuery:
        """Wait for the bot's answer to the press; it has ``text`` and ``show_alert``."""
        query = self.query
        if query is None:
            raise ResidentError(f"pressing {self.button.label!r} asks the bot for no answer")
        await self.resident.until(lambda: query.answered, timeout, f"an answer to pressing {self.button.label!r}")
        return query


class Resident:
    """One person's private chat with the bot; made by ``server.resident(name)``."""

    def __init__(self, world: World, chat: Chat) -> None:
        self._world = world
        self._chat = chat
        self._user = chat.user

    @property
    def user(self) -> User:
        """The person."""
        return self._user

    @property
    def id(self) -> int:
        """The person's id, which is also the private chat's."""
        return self._user.id

    @property
    def name(self) -> str:
        """The person's first name."""
        return self._user.first_name

    @property
    def messages(self) -> list[ChatMessage]:
        """The chat as the person sees it now: edited, and without what was deleted."""
        return [message for message in self._chat.messages if not message.deleted]

    def find(self, message_id: int) -> ChatMessage:
        """Return a message of the chat by its id, deleted or not.

        Raises:
            ResidentError: If there never was one.
        """
        if not 1 <= message_id <= len(self._chat.messages):
            raise ResidentError(f"no message {message_id}\n{self.transcript()}")
        return self._chat.messages[message_id - 1]

    @property
    def typing(self) -> bool:
        """Whether the app shows that the bot is writing; it does for five seconds."""
        return self._chat.action == "typing" and self._world.clock.now() < self._chat.action_until

    @property
    def keyboard(self) -> list[str]:
        """The labels of the keyboard under the typing field."""
        return [button.label for button in self._keyboard_buttons()]

    async def start(self, payload: str = "") -> ChatMessage:
        """Press START, perhaps after opening a link with a payload."""
        if self._chat.blocked:
            await self.unblock()
        return await self.say(f"/start {payload}".strip())

    async def say(self, text: str, reply_to: ChatMessage | None = None) -> ChatMessage:
        """Write to the bot; a text too long goes out in pieces. Returns the last message."""
        parts = split_text(text)
        if not parts:
            raise ResidentError("the app sends no empty message")
        for part in parts:
            message = self._send(FormattedText(part, command_entities(part)), {}, reply_to)
        return message

    async def send_photo(self, data: bytes, caption: str = "", album: str = "") -> ChatMessage:
        """Send a photo; photos of one album share its name."""
        sizes = photo_sizes(self._world.files, data)
        media: dict[str, object] = {"photo": sizes}
        return self._send_file(media | ({"media_group_id": album} if album else {}), caption, sizes)

    async def send_document(
        self, data: bytes, filename: str = "berkas.pdf", mime: str = "application/pdf", caption: str = ""
    ) -> ChatMessage:
        """Send a file."""
        fields = self._world.files.add("document", data, filename, mime).json()
        return self._send_file({"document": fields | {"file_name": filename, "mime_type": mime}}, caption, [fields])

    async def send_voice(self, data: bytes, seconds: int = 3, caption: str = "") -> ChatMessage:
        """Send a voice message."""
        fields = self._world.files.add("voice", data, mime="audio/ogg").json()
        return self._send_file({"voice": fields | {"duration": seconds, "mime_type": "audio/ogg"}}, caption, [fields])

    async def send_contact(
        self, phone: str = "+6281200009000", first_name: str | None = None, *, own: bool = True
    ) -> ChatMessage:
        """Share a phone number: one's own, or somebody else's from the address book."""
        contact: dict[str, object] = {"phone_number": phone, "first_name": first_name or self.name}
        return self._send(FormattedText(""), {"contact": contact | ({"user_id": self.id} if own else {})})

    async def send_location(self, latitude: float, longitude: float) -> ChatMessage:
        """Share a place."""
        place: dict[str, object] = {"latitude": latitude, "longitude": longitude}
        return self._send(FormattedText(""), {"location": place})

    def _send_file(self, media: dict[str, object], caption: str, files: list[dict[str, object]]) -> ChatMessage:
        if utf16_length(caption) > MAX_CAPTION:
            raise ResidentError("the app allows no longer caption")
        message = self._send(FormattedText(caption, command_entities(caption)), media)
        message.file_ids = tuple(str(one["file_id"]) for one in files)
        return message

    def _send(
        self, content: FormattedText, media: dict[str, object], reply_to: ChatMessage | None = None
    ) -> ChatMessage:
        self._check_open()
        self._chat.started = True
        message = self._chat.add(self._user, self._world.clock.now(), content)
        message.media, message.reply_to = media, reply_to
        if self._is_read(message):
            self._world.queue.add("message", message.json(), self._chat.id)
        self._world.changed()
        return message

    def _is_read(self, message: ChatMessage) -> bool:
        """Whether Telegram shows the bot what the person wrote: always, in a private chat."""
        return True

    def _check_open(self) -> None:
        if self._chat.blocked or self._chat.deactivated:
            state = "is deactivated" if self._chat.deactivated else "blocked the bot"
            raise ResidentError(f"{self.name} {state}, so the app sends nothing")

    async def edit(self, message: ChatMessage, text: str) -> None:
        """Change an own message."""
        if message.deleted or message.sender is not self._user:
            raise ResidentError(f"{self.name} cannot edit {message!r}")
        self._check_open()
        message.content = FormattedText(text, command_entities(text))
        message.edit_date = self._world.clock.now()
        if self._is_read(message):
            self._world.queue.add("edited_message", message.json(), self._chat.id)

    async def delete(self, message: ChatMessage) -> None:
        """Delete a message for both sides; Telegram does not tell the bot."""
        self._chat.delete(message)
        self._world.changed()

    async def block(self) -> None:
        """Block the bot."""
        self._set_blocked(blocked=True)

    async def unblock(self) -> None:
        """Let the bot write again."""
        self._set_blocked(blocked=False)

    async def deactivate(self) -> None:
        """Delete the account."""
        self._chat.deactivated = True
        self._world.changed()

    def _set_blocked(self, *, blocked: bool) -> None:
        if blocked == self._chat.blocked:
            return
        self._chat.blocked = blocked
        now_is, before = ("kicked", "member") if blocked else ("member", "kicked")
        bot = self._world.bot.json()
        update: dict[str, object] = {
            "chat": self._chat.json(),
            "from": self._chat.user.json(),
            "date": int(self._world.clock.now()),
            "old_chat_member": bot_member(bot, before),
            "new_chat_member": bot_member(bot, now_is),
        }
        self._world.queue.add("my_chat_member", update, self.id)

    async def tap(self, label: str, message: ChatMessage | None = None, *, stale: bool = False) -> Tap:
        """Press the newest visible button of this label.

        Args:
            label: What is written on the button.
            message: Press under this message instead of the newest that has the button.
            stale: Also press a button that the bot removed meanwhile, as a thumb that was faster than the edit.

        Raises:
            ResidentError: If there is no such button; it lists those there are.
        """
        self._check_open()
        source, button = self._find_button(label, message, stale=stale)
        if source is self._chat.keyboard_from and button in self._keyboard_buttons():
            return await self._tap_keyboard(source, button)
        if button.data is None:
            return Tap(button, self)
        return Tap(button, self, query=self._world.press(source, button.data, self._user))

    async def _tap_keyboard(self, source: ChatMessage, button: Button) -> Tap:
        if source.markup is not None and source.markup.one_time:
            self._chat.keyboard_from = None
        if button.request == "contact":
            return Tap(button, self, sent=await self.send_contact())
        if button.request == "location":
            return Tap(button, self, sent=await self.send_location(-1.61, 103.61))
        return Tap(button, self, sent=await self.say(button.label))

    def _keyboard_buttons(self) -> tuple[Button, ...]:
        source = self._chat.keyboard_from
        return source.markup.buttons if source is not None and source.markup is not None else ()

    def _find_button(self, label: str, message: ChatMessage | None, *, stale: bool) -> tuple[ChatMessage, Button]:
        shown = [message] if message is not None else list(reversed(self.messages))
        for source in shown:
            buttons = source.buttons if stale or not source.deleted else ()
            if source is self._chat.keyboard_from:
                buttons += self._keyboard_buttons()
            if stale:
                buttons += tuple(button for old in source.past_markups for button in old.buttons)
            for button in buttons:
                if button.label == label:
                    return source, button
        where = f"under {message!r}" if message is not None else "in the chat"
        visible = [one for source in shown if not source.deleted for one in source.labels]
        raise ResidentError(
            f"no button {label!r} {where}; inline buttons: {visible}, keyboard: {self.keyboard}\n{self.transcript()}"
        )

    async def expect(self, wanted: Wanted = "", timeout: float = 10.0) -> ChatMessage:
        """Wait for the first bot message, not returned before, that matches.

        An edit of its text makes a message new again. Messages that do not match stay to be expected later;
        :meth:`read_all` sets them aside.

        Args:
            wanted: A part of the text, a pattern, or a test of the message.
            timeout: Seconds of real time.

        Raises:
            AssertionError: If none comes in time; it shows the chat.
        """
        await self.until(lambda: self._match(wanted) is not None, timeout, f"a message matching {wanted!r}")
        message = self._match(wanted)
        if message is None:
            raise AssertionError(f"the message matching {wanted!r} is gone")
        message.consumed = True
        return message

    def _match(self, wanted: Wanted) -> ChatMessage | None:
        unread = (message for message in self.messages if message.from_bot and not message.consumed)
        return next((message for message in unread if _matches(message, wanted)), None)

    @property
    def unread(self) -> list[ChatMessage]:
        """The bot's messages that no expectation has returned."""
        return [message for message in self.messages if message.from_bot and not message.consumed]

    def read_all(self) -> None:
        """Set aside everything the bot wrote so far."""
        for message in self.messages:
            message.consumed = True

    async def until_gone(self, message: ChatMessage, timeout: float = 10.0) -> None:
        """Wait until a message is deleted."""
        await self.until(lambda: message.deleted, timeout, f"{message!r} to disappear")

    async def until(self, condition: Callable[[], bool], timeout: float = 10.0, what: str = "a condition") -> None:
        """Wait until something holds, looking again at every change.

        Raises:
            AssertionError: If it does not hold in time; it shows the chat.
        """
        if not await self._world.signal.until(condition, timeout):
            raise AssertionError(f"{self.name} waited {timeout} s for {what}\n{self.transcript()}")

    def transcript(self) -> str:
        """Return the whole chat as text, for failures."""
        lines = [_line(message) for message in self._chat.messages]
        if self.keyboard:
            lines.append(f"  keyboard: {self.keyboard}")
        return "\n".join([f"--- {self.name}'s chat ---", *lines])


def bot_member(bot: dict[str, object], status: str) -> dict[str, object]:
    """Return how the bot stands in a chat, as the Bot API writes it."""
    member: dict[str, object] = {"user": bot, "status": status}
    return member | {"until_date": 0} if status == "kicked" else member


def _matches(message: ChatMessage, wanted: Wanted) -> bool:
    if isinstance(wanted, str):
        return wanted in message.text
    if isinstance(wanted, re.Pattern):
        return wanted.search(message.text) is not None
    return wanted(message)


def _line(message: ChatMessage) -> str:
    time = datetime.fromtimestamp(message.date, UTC).strftime("%H:%M:%S")
    marks = "".join(f" <{kind}>" for kind in message.media)
    marks += " (edited)" if message.edit_date else ""
    marks += " (deleted)" if message.deleted else ""
    buttons = "".join(f" [{one.label}{' -> ' + one.url if one.url else ''}]" for one in message.buttons)
    who = "bot" if message.from_bot else message.sender.first_name
    return f"{time} #{message.id} {who}:{marks} {message.text}{buttons}"
