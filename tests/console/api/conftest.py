"""The agency API on the real application, the real actions and a real database."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from io import BytesIO
from typing import Any

import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer

from actions.api_tokens import SCOPES, NewToken, issue_token
from actions.house import House
from console.app import build
from storage.models import Referral
from tests.actions.conftest import catalogue, gazetteer, house, understander
from tests.actions.world import World

__all__ = ["catalogue", "gazetteer", "house", "understander"]

UNIT = "dinsos-kota-jambi"  # it has a webhook too


@dataclass
class Api:
    """An agency's software, so to say."""

    client: TestClient[Any, Any]
    world: World
    token: str
    _keys: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def other(self, token: str) -> Api:
        """The same with another token."""
        return replace(self, token=token)

    async def get(self, path: str, status: int = 200, **headers: str) -> Any:
        """Read something."""
        return await self._json(await self.ask("GET", path, headers=headers), status)

    async def post(self, path: str, body: Any, status: int = 200, *, key: str | None = None, **headers: str) -> Any:
        """Do something."""
        headers = {"Idempotency-Key": key or f"test-key-{next(self._keys)}", **headers}
        kind: dict[str, Any] = {"data": BytesIO(body)} if isinstance(body, bytes) else {"json": body}
        return await self._json(await self.ask("POST", path, headers=headers, **kind), status)

    async def ask(
        self, method: str, path: str, *, headers: dict[str, str] | None = None, **more: Any
    ) -> ClientResponse:
        """The bare answer."""
        sent = {"Authorization": f"Bearer {self.token}", **(headers or {})}
        return await self.client.request(method, f"/api/v1{path}", headers=sent, **more)

    async def step(self, referral: Referral, status: int = 200, **body: Any) -> Any:
        """Take a step."""
        return await self.post(f"/referrals/{referral.id}/steps", body, status)

    @staticmethod
    async def _json(answer: ClientResponse, status: int) -> Any:
        told = await answer.json(content_type=None)
        assert answer.status == status, told
        if status >= 400:
            assert answer.content_type == "application/problem+json"
            assert told["status"] == status
        return told


@pytest.fixture
async def world(house: House) -> World:
    """The house with hands."""
    return World(house)


@pytest.fixture
async def api(world: World) -> AsyncIterator[Api]:
    """The software of the social office, with all rights."""
    token = await issue_token(world.house, None, NewToken("Aplikasi Dinsos", UNIT, SCOPES))
    async with TestClient(TestServer(build(world.house, secure_cookies=False))) as client:
        yield Api(client, world, token)


async def arrived(world: World, need: str = "food_aid", **draft: Any) -> Referral:
    """A referral that has reached its unit."""
    line = await world.open(need, **draft)
    return await world.sent(line.number, need)
