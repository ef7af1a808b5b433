"""Long polling: an update is confirmed to Telegram only after the turn that it caused was committed."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress

import structlog
from telegram import Bot, Update
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError

from bot.errors import TokenRefused
from bot.telegram.translate import ALLOWED_UPDATES, chat_of
from bot.telegram.turns import TurnTaker
from bot.telegram.waiting import seconds_of

log = structlog.get_logger()

_BATCH = 100
_GRACE_SECONDS = 20.0


class Confirmed:
    """Which update to ask for next: the first that isn't committed yet, so that nothing is confirmed too early."""

    def __init__(self) -> None:
        self._open: dict[int, bool] = {}  # in Telegram's order; True once committed
        self.offset: int | None = None

    def take(self, update_id: int) -> bool:
        """Take note of an update. False when it is here already."""
        if update_id in self._open or (self.offset is not None and update_id < self.offset):
            return False
        self._open[update_id] = False
        return True

    def commit(self, update_id: int) -> None:
        """An update was committed; the offset moves past those without a gap before them."""
        self._open[update_id] = True
        while self._open:
            first = min(self._open)
            if not self._open[first]:
                return
            del self._open[first]
            self.offset = first + 1

    @property
    def waiting(self) -> bool:
        """Whether some update is still under way."""
        return bool(self._open)


class Poller:
    """Fetches updates; chats run beside each other, each chat in its order."""

    def __init__(self, bot: Bot, taker: TurnTaker, poll_seconds: int = 25, pause_seconds: float = 1.0) -> None:
        self._bot = bot
        self._taker = taker
        self._poll_seconds = poll_seconds
        self._pause = pause_seconds
        self._confirmed = Confirmed()
        self._lanes: dict[str, deque[Update]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._news = asyncio.Event()

    async def run(self, stop: asyncio.Event) -> None:
        """Poll until told to stop; then let turns that are under way end. Raises TokenRefused."""
        stopping = asyncio.create_task(stop.wait())
        failures = 0
        try:
            await self._call_off_webhook(stopping)
            while not stop.is_set():
                try:
                    await self._poll_once(stopping)
                    failures = 0
                except InvalidToken:
                    raise TokenRefused from None
                except TelegramError as error:
                    failures += 1
                    await _either(stopping, self._patience_with(error, failures))
        finally:
            stopping.cancel()
            await self._end()

    async def _call_off_webhook(self, stopping: asyncio.Task[bool]) -> None:
        try:
            await self._bot.delete_webhook()
        except InvalidToken:
            raise TokenRefused from None
        except TelegramError as error:
            await _either(stopping, self._patience_with(error, 1))

    async def _poll_once(self, stopping: asyncio.Task[bool]) -> None:
        polling = asyncio.create_task(
            self._bot.get_updates(
                offset=self._confirmed.offset,
                limit=_BATCH,
                timeout=self._poll_seconds,
                allowed_updates=ALLOWED_UPDATES,
            )
        )
        await asyncio.wait({polling, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not polling.done():
            polling.cancel()
            with suppress(asyncio.CancelledError, TelegramError):
                await polling
            return
        self._news.clear()
        fresh = [update for update in polling.result() if self._confirmed.take(update.update_id)]
        for update in fresh:
            self._line_up(update)
        if not fresh and self._confirmed.waiting:
            # Telegram repeats what isn't confirmed at once: wait for a commit before asking again
            news = asyncio.create_task(self._news.wait())
            await asyncio.wait({news, stopping}, timeout=self._pause, return_when=asyncio.FIRST_COMPLETED)
            news.cancel()

    def _line_up(self, update: Update) -> None:
        chat = chat_of(update)
        if chat in self._lanes:
            self._lanes[chat].append(update)
            return
        self._lanes[chat] = deque([update])
        task = asyncio.create_task(self._work(chat))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _work(self, chat: str) -> None:
        lane = self._lanes[chat]
        try:
            while lane:
                await self._one(lane[0])
                lane.popleft()
        finally:
            del self._lanes[chat]

    async def _one(self, update: Update) -> None:
        def committed() -> None:
            self._confirmed.commit(update.update_id)
            self._news.set()

        try:
            await self._taker.take(update, committed, endless=True)
        except Exception:  # after the commit: what is left is the dispatcher's
            log.exception("update.failed", update=update.update_id, exc_info=False)

    async def _end(self) -> None:
        tasks = list(self._tasks)
        if tasks:
            await asyncio.wait(tasks, timeout=_GRACE_SECONDS)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._confirmed.offset is not None:
            with suppress(TelegramError):  # else they come again and are known as duplicates
                await self._bot.get_updates(offset=self._confirmed.offset, limit=1, timeout=0)

    def _patience_with(self, error: TelegramError, failures: int) -> float:
        log.warning("poll.failed", kind=type(error).__name__, failures=failures)
        if isinstance(error, RetryAfter):
            return seconds_of(error)
        if isinstance(error, Conflict):
            return self._pause * 5
        return min(self._pause * 2.0 ** min(failures - 1, 10), 30.0)


async def _either(stopping: asyncio.Task[bool], seconds: float) -> None:
    await asyncio.wait({stopping}, timeout=seconds)
