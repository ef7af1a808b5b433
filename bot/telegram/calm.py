"""When nothing can be kept for a while: whoever wrote hears one calm sentence, straight from this process."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import structlog
from telegram import Bot
from telegram.error import TelegramError

log = structlog.get_logger()


class Calm:
    """Says `words` to a chat whose message has waited for `seconds`: once, until a message of it was kept again."""

    def __init__(
        self, bot: Bot, words: Callable[[], str], seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._bot = bot
        self._words = words
        self._seconds = seconds
        self._clock = clock
        self._since: dict[str, float] = {}
        self._told: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def watching(self, chat: str) -> AsyncIterator[None]:
        """Watch a message until it is kept (the block ends), or can't be (it raises, and the message comes again)."""
        since = self._since.setdefault(chat, self._clock())
        task = asyncio.create_task(self._tell(chat, since + self._seconds - self._clock()))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            yield
        except BaseException:
            await asyncio.sleep(0)  # one whose time has come is told, however soon the next try fails
            raise
        else:
            self._since.pop(chat, None)
        finally:
            if chat not in self._told:
                task.cancel()
            if chat not in self._since:
                self._told.discard(chat)

    async def _tell(self, chat: str, seconds: float) -> None:
        if seconds > 0:
            await asyncio.sleep(seconds)
        if chat in self._told:
            return
        self._told.add(chat)
        try:
            await self._bot.send_message(chat, self._words())
        except TelegramError as error:
            log.warning("calm.not_told", kind=type(error).__name__)
