"""A stand-in for Telegram's servers, the real client, and turns that a test can make fail."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import pytest
from telegram import Bot

from actions.talk import Incoming
from actions.turns import TurnResult
from bot.telegram.client import make_bot
from tests.telegram_server import Clock, RateLimits, Resident, TelegramServer


@pytest.fixture(autouse=True)
def _timedelta(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the client report waiting times as it will from its next major version on."""
    monkeypatch.setenv("PTB_TIMEDELTA", "1")


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    """A server without rate limits, whose clock stands still."""
    async with await TelegramServer.start(clock=Clock(frozen=True), limits=RateLimits.none()) as running:
        yield running


@pytest.fixture
async def client(server: TelegramServer) -> AsyncIterator[Bot]:
    """The real client."""
    async with make_bot(server.token, server.url) as running:
        yield running


@pytest.fixture
async def ani(server: TelegramServer) -> Resident:
    """A resident who has begun a conversation."""
    return server.resident("Ani", language="id")


@dataclass
class FakeTurns:
    """Turns in memory: what was applied, in which order; some can be made to fail or to wait."""

    begun: list[str] = field(default_factory=list)
    applied: list[Incoming] = field(default_factory=list)
    given_up: list[Incoming] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)
    delivered: list[int] = field(default_factory=list)
    failures: dict[str, int] = field(default_factory=dict)
    gates: dict[str, asyncio.Event] = field(default_factory=dict)
    up: bool = True
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def texts(self) -> list[str | None]:
        """The texts of the applied turns."""
        return [incoming.text for incoming in self.applied]

    async def take(self, incoming: Incoming) -> TurnResult:
        """Apply, unless the test says otherwise."""
        text = incoming.text or ""
        self.begun.append(text)
        self.changed.set()
        if text in self.gates:
            await self.gates[text].wait()
        if not self.up or self.failures.get(text, 0) > 0:
            self.failures[text] = self.failures.get(text, 0) - 1
            self.changed.set()
            raise RuntimeError("made to fail")
        if incoming.update_id in self.seen:
            return TurnResult(duplicate=True)
        assert incoming.update_id is not None
        self.seen.add(incoming.update_id)
        self.applied.append(incoming)
        self.changed.set()
        return TurnResult(False, 1, (incoming.update_id,))

    async def answer(self, conversation_id: int) -> TurnResult:
        """Nothing waits here."""
        return TurnResult(False, conversation_id)

    async def nap(self, seconds: float) -> None:
        """Time goes by at once."""

    async def give_up(self, incoming: Incoming) -> TurnResult:
        """Note what was given up."""
        self.given_up.append(incoming)
        self.changed.set()
        return TurnResult(False, 1)

    async def reachable(self) -> bool:
        """Whether the test says so."""
        return self.up

    async def deliver(self, ids: Sequence[int]) -> None:
        """Note what was delivered at once."""
        self.delivered += ids
        self.changed.set()

    async def until(self, holds: object) -> None:
        """Wait until a condition holds, looking again at every change."""
        assert callable(holds)
        async with asyncio.timeout(10):
            while not holds():
                self.changed.clear()
                await self.changed.wait()


@pytest.fixture
def turns() -> FakeTurns:
    """Turns in memory."""
    return FakeTurns()
