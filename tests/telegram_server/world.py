"""The state that the bot's side and the residents' side share."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field

from .call import Call, CallbackQuery
from .clock import Clock
from .errors import bad_request, forbidden, too_many_requests
from .files import FileStore
from .limits import RateLimiter
from .messages import Chat, ChatMessage, GroupChat, User
from .signals import Signal
from .updates import UpdateQueue

TYPING_LASTS = 5.0


@dataclass
class World:
    """Everything the servers know."""

    bot: User
    clock: Clock
    signal: Signal
    queue: UpdateQueue
    limiter: RateLimiter
    callback_ttl: float
    files: FileStore = field(default_factory=FileStore)
    chats: dict[int, Chat] = field(default_factory=dict)
    callbacks: dict[str, CallbackQuery] = field(default_factory=dict)
    _query_ids: itertools.count[int] = field(default_factory=lambda: itertools.count(4_700_000_000_000_001))

    def find_chat(self, call: Call) -> Chat:
        """Return the chat that a request names.

        Raises:
            ApiError: If none is named, or the bot cannot know it.
        """
        raw = call.text("chat_id").strip()
        if not raw:
            raise bad_request("chat_id is empty")
        chat = self.chats.get(call.integer("chat_id"))
        if chat is None:
            raise bad_request("chat not found")
        return chat

    def open_chat(self, call: Call) -> Chat:
        """Return the chat that a request names, if the bot may write there.

        Raises:
            ApiError: If the person blocked the bot, is gone, or never began.
        """
        chat = self.find_chat(call)
        if isinstance(chat, GroupChat):
            chat.check_open()
            return chat
        if chat.deactivated:
            raise forbidden("user is deactivated")
        if not chat.started:
            raise forbidden("bot can't initiate conversation with a user")
        if chat.blocked:
            raise forbidden("bot was blocked by the user")
        return chat

    def respect_flood(self, chat: Chat) -> None:
        """Refuse what goes to a chat that a test has flooded.

        Raises:
            ApiError: A 429 that says how long to wait.
        """
        left = chat.flood_until - self.clock.now()
        if left > 0:
            raise too_many_requests(math.ceil(left))

    def count_message(self, chat: Chat) -> None:
        """Count a message against the limits.

        Raises:
            ApiError: A 429 that says how long to wait, when it comes too soon.
        """
        now = self.clock.now()
        wait = self.limiter.wait(chat.id, now)
        if wait > 0:
            raise too_many_requests(wait)
        self.limiter.count(chat.id, now)

    def press(self, message: ChatMessage, data: str, user: User) -> CallbackQuery:
        """Tell the bot that somebody pressed an inline button."""
        query = CallbackQuery(
            id=str(next(self._query_ids)),
            chat=message.chat,
            message=message,
            expires_at=self.clock.now() + self.callback_ttl,
        )
        self.callbacks[query.id] = query
        chat = message.chat
        shown = {"chat": chat.json(), "message_id": message.id, "date": 0} if message.deleted else message.json()
        payload: dict[str, object] = {
            "id": query.id,
            "from": user.json(),
            "message": shown,
            "chat_instance": str(chat.id * 7919),
            "data": data,
        }
        self.queue.add("callback_query", payload, chat.id)
        return query

    def changed(self) -> None:
        """Wake everyone who waits for something."""
        self.signal.notify()
