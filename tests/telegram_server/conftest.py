"""Fixtures for the server's own tests: a server, the real client, and two residents."""

from collections.abc import AsyncIterator

import pytest
from telegram import Bot

from tests.telegram_server import Clock, RateLimits, Resident, TelegramServer


def client(server: TelegramServer, token: str | None = None) -> Bot:
    """Return the real client, pointed at the server."""
    return Bot(token or server.token, base_url=f"{server.url}/bot", base_file_url=f"{server.url}/file/bot")


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
async def bot(server: TelegramServer) -> AsyncIterator[Bot]:
    """The real client."""
    async with client(server) as running:
        yield running


@pytest.fixture
async def ani(server: TelegramServer) -> Resident:
    """A resident who has begun a conversation."""
    resident = server.resident("Ani", language="id")
    await resident.start()
    return resident
