"""Taking one update's turn, however it came: with patience, with 'typing', and the answers sent right after."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import structlog
from telegram import Bot, Update
from telegram.constants import ChatAction
from telegram.error import TelegramError

from actions.chat import history
from actions.group_desk import Spoken
from actions.house import House
from actions.talk import Incoming, Step
from actions.turns import TurnResult, answer_waiting, give_up, take_turn
from bot.errors import HouseUnreachable
from bot.telegram.calm import Calm
from bot.telegram.desk import Desk
from bot.telegram.order import ChatOrder
from bot.telegram.translate import chat_of, translate

log = structlog.get_logger()

_FRAMES = 4

_CONCURRENT = 16  # turns at once; who waits to try again takes no room

DeliverNow = Callable[[Sequence[int]], Awaitable[object]]
"""Sends the rows that this process leased in a turn."""


def place_of(error: BaseException) -> list[str]:
    """Where it happened, as file:line; an exception's own words may quote a person."""
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    return [f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames]


class Turns(Protocol):
    """Where turns are taken."""

    async def take(self, incoming: Incoming) -> TurnResult:
        """Apply what came in."""

    async def give_up(self, incoming: Incoming) -> TurnResult:
        """Keep what could not be applied."""

    async def answer(self, conversation_id: int) -> TurnResult:
        """Answer what waits in a chat, unless it is too early."""

    async def nap(self, seconds: float) -> None:
        """Let time go by."""

    async def reachable(self) -> bool:
        """Whether the house can keep anything now."""


class HouseTurns:
    """Turns in the house."""

    def __init__(self, house: House, step: Step) -> None:
        self._house = house
        self._step = step

    async def take(self, incoming: Incoming) -> TurnResult:
        """See Turns."""
        return await take_turn(self._house, incoming, self._step, lease=True)

    async def give_up(self, incoming: Incoming) -> TurnResult:
        """See Turns."""
        return await give_up(self._house, incoming)

    async def answer(self, conversation_id: int) -> TurnResult:
        """See Turns."""
        return await answer_waiting(self._house, conversation_id, self._step, lease=True)

    async def nap(self, seconds: float) -> None:
        """See Turns."""
        await self._house.nap(seconds)

    async def reachable(self) -> bool:
        """See Turns: any question that the database answers will do."""
        try:
            await history(self._house, "probe", "")
        except Exception:
            return False
        return True


@dataclass(frozen=True)
class Patience:
    """How often a failing turn is tried, and how long is waited between (doubling up to the cap)."""

    tries: int = 5
    first_seconds: float = 0.5
    cap_seconds: float = 15.0

    def wait_after(self, failures: int) -> float:
        """Seconds to wait after so many failures."""
        return min(self.first_seconds * 2.0 ** min(failures, 20), self.cap_seconds)


class TurnTaker:
    """Takes the turn of an update and sends what comes of it."""

    def __init__(
        self,
        bot: Bot,
        turns: Turns,
        deliver_now: DeliverNow,
        patience: Patience | None = None,
        typing_after: float = 1.0,
        calm: Calm | None = None,
        desk: Desk | None = None,
    ) -> None:
        self._bot = bot
        self._turns = turns
        self._deliver_now = deliver_now
        self._patience = patience or Patience()
        self._typing_after = typing_after
        self._calm = calm
        self._desk = desk
        self._room = asyncio.Semaphore(_CONCURRENT)
        self._order = ChatOrder()
        self._listening: set[str] = set()
        self._later: set[asyncio.Task[None]] = set()

    async def take(self, update: Update, committed: Callable[[], None], *, endless: bool) -> None:
        """Take the turn after those before it in its chat, say when it is committed, then answer.

        While the house can't be reached an `endless` turn goes on trying; another raises HouseUnreachable.
        """
        if self._desk is not None and self._desk.wants(update):
            await self._at_desk(self._desk, update, committed, endless=endless)
            return
        incoming = translate(update)
        if incoming is None:
            committed()
            return
        async with self._order.turn(incoming.chat), self._typing(incoming.chat):
            async with self._calm.watching(incoming.chat) if self._calm else nullcontext():
                result = await self._persist(
                    update.update_id,
                    lambda: self._turns.take(incoming),
                    lambda: self._turns.give_up(incoming),
                    endless=endless,
                )
            committed()
            await self._answer_press(update)
            await self._deliver(result)
            if result.waits is not None and result.conversation_id is not None:
                self._listen(incoming.chat, result.conversation_id, result.waits)

    async def _at_desk(self, desk: Desk, update: Update, committed: Callable[[], None], *, endless: bool) -> None:
        """An agency's update: one that can't be digested is dropped, whoever pressed sees that nothing came of it."""

        async def dropped() -> Spoken:
            return Spoken()

        async with self._order.turn(chat_of(update)):
            spoken = await self._persist(update.update_id, lambda: desk.take(update), dropped, endless=endless)
            committed()
            await desk.answer(update, spoken)

    async def close(self) -> None:
        """Stop waiting for quiet: what waits is the dispatcher's now."""
        later = list(self._later)
        for task in later:
            task.cancel()
        await asyncio.gather(*later, return_exceptions=True)

    def _listen(self, chat: str, conversation_id: int, seconds: float) -> None:
        """Answer what waits as soon as the chat is quiet; once is enough for all that comes meanwhile."""
        if chat in self._listening:
            return
        self._listening.add(chat)
        task = asyncio.create_task(self._answer_when_quiet(chat, conversation_id, seconds))
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    async def _answer_when_quiet(self, chat: str, conversation_id: int, seconds: float) -> None:
        waits: float | None = seconds
        async with self._typing(chat):
            try:
                while waits is not None:
                    await self._turns.nap(waits)
                    waits = await self._answer(chat, conversation_id)
            except Exception as error:  # the queue has a job for it: the dispatcher tries again
                log.error("answer.left_to_dispatcher", kind=type(error).__name__, where=place_of(error))
                self._listening.discard(chat)

    async def _answer(self, chat: str, conversation_id: int) -> float | None:
        async with self._order.turn(chat):
            async with self._room:
                result = await self._turns.answer(conversation_id)
            if result.waits is None:
                self._listening.discard(chat)  # what comes from now on waits anew
            await self._deliver(result)
            return result.waits

    async def _persist[Made](
        self,
        update_id: int,
        take: Callable[[], Awaitable[Made]],
        give_up: Callable[[], Awaitable[Made]],
        *,
        endless: bool,
    ) -> Made:
        failures = pauses = 0
        while True:
            try:
                async with self._room:
                    return await take()
            except Exception as error:
                log.error("turn.failed", update=update_id, kind=type(error).__name__, where=place_of(error))
                if await self._turns.reachable():
                    failures += 1
                elif not endless:
                    raise HouseUnreachable from None
            if failures >= self._patience.tries:
                with suppress(Exception):
                    log.error("turn.given_up", update=update_id)
                    return await give_up()
            await asyncio.sleep(self._patience.wait_after(pauses))
            pauses += 1

    async def _deliver(self, result: TurnResult) -> None:
        if not result.delivery_ids:
            return
        try:
            await self._deliver_now(result.delivery_ids)
        except Exception:  # the rows stay in the queue; the dispatcher sends what is left
            log.warning("turn.answers_left_to_dispatcher", conversation=result.conversation_id)

    async def _answer_press(self, update: Update) -> None:
        if update.callback_query is None:
            return
        try:
            await self._bot.answer_callback_query(update.callback_query.id)
        except TelegramError:  # too old by now: the button has stopped turning by itself
            log.info("press.not_answered", update=update.update_id)

    @asynccontextmanager
    async def _typing(self, chat: str) -> AsyncIterator[None]:
        """Show that we write, from a second on."""
        task = asyncio.create_task(self._show_typing(chat))
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _show_typing(self, chat: str) -> None:
        await asyncio.sleep(self._typing_after)
        while True:
            with suppress(TelegramError):
                await self._bot.send_chat_action(chat, ChatAction.TYPING)
            await asyncio.sleep(4.5)  # Telegram shows it for five seconds
