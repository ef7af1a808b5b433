"""Many referrals at once, and twenty agencies with webhooks, some of them ill."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import asyncpg
from aiohttp import web
from sqlalchemy.exc import DBAPIError

from actions.dispatch import dispatch
from actions.house import House
from slrt.building import open_house
from slrt.demo.inbox import genuine
from slrt.settings import Settings
from storage.models import Conversation, Referral, Ticket, TicketNeed
from tests.acceptance.receivers import Waiting
from tests.acceptance.world import World
from tests.soak import rounds

NEED = "food_aid"
BATCH = rounds(10, 100)


class Agencies(Waiting):
    """Web servers of agencies. They honour keys: what has one that they know is not applied again."""

    def __init__(self, units: Sequence[str]) -> None:
        super().__init__()
        self.units = list(units)
        self.seconds: dict[str, float] = {}
        self.dead: set[str] = set()
        self.moody: set[str] = set()
        self.applied: dict[str, tuple[str, Any]] = {}
        self.arrivals: list[tuple[str, str, datetime]] = []
        self.calls = 0
        self.forged = 0
        self.contradictions = 0
        self._gates: dict[str, asyncio.Event] = {}
        self._asked: dict[str, int] = {}
        self._port = 0

    async def start(self) -> web.AppRunner:
        """Listen on a free port of loopback."""
        app = web.Application()
        app.router.add_post("/{unit}", self._take)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self._port = runner.addresses[0][1]
        return runner

    def contacts(self) -> dict[str, Any]:
        """The contents of contacts.yml."""
        base = f"http://127.0.0.1:{self._port}"
        return {"units": {unit: [{"webhook": f"{base}/{unit}", "secret": self.secret(unit)}] for unit in self.units}}

    def secret(self, unit: str) -> str:
        """The secret that signs."""
        return f"rahasia-untuk-{unit}"

    def hold(self, unit: str) -> None:
        """Let a unit take no more until `let_go`."""
        self._gates[unit] = asyncio.Event()

    def let_go(self, unit: str) -> None:
        """Let it answer."""
        self._gates[unit].set()

    def of(self, unit: str) -> list[str]:
        """The keys that a unit applied."""
        return [key for key, (to, _) in self.applied.items() if to == unit]

    async def _take(self, request: web.Request) -> web.Response:
        unit, body, key = request.match_info["unit"], await request.read(), request.headers["webhook-id"]
        self.calls += 1
        if not genuine(request.headers, body, self.secret(unit)):
            self.forged += 1
            return web.Response(status=401)
        if unit in self.dead:
            assert request.transport is not None
            request.transport.abort()
            return web.Response(status=503)
        arrived = datetime.now(UTC)
        if unit in self._gates:
            await self._gates[unit].wait()
        await asyncio.sleep(self.seconds.get(unit, 0))
        self._asked[unit] = self._asked.get(unit, 0) + 1
        # half of its failures come before it has taken the thing, half after
        asked = self._asked[unit]
        fails = unit in self.moody and asked % 2 == 1
        if not (fails and asked % 4 == 1):
            data = json.loads(body)
            if key not in self.applied:
                self.arrivals.append((unit, key, arrived))
            self.contradictions += self.applied.setdefault(key, (unit, data)) != (unit, data)
            await self.tell()
        return web.Response(status=500 if fails else 204)


async def refer(world: World, units: Sequence[str], count: int, *, pause: float = 0.0, patience: float) -> None:
    """Approved referrals in turn to these units, each with its delivery, as the product writes them."""
    settings = Settings(**{name.removeprefix("SLRT_").lower(): value for name, value in world.environment.items()})
    begin = 0
    while begin < count:
        with suppress(OSError, DBAPIError, asyncpg.PostgresError, asyncpg.InterfaceError):
            async with asyncio.timeout(patience), open_house(settings, world.database_url, "test") as house:
                while begin < count:
                    await _batch(house, units, begin, min(BATCH, count - begin))
                    begin += BATCH
                    await asyncio.sleep(pause)
        await asyncio.sleep(0.2)


async def _batch(house: House, units: Sequence[str], begin: int, count: int) -> None:
    async with house.database.transaction() as session:
        chat = Conversation(channel="web", chat_hash=f"{begin}-{house.clock()}".encode(), chat="x")
        session.add(chat)
        await session.flush()
        for number in range(begin, begin + count):
            unit = house.catalogue.units[units[number % len(units)]]
            ticket = Ticket(
                number=f"SLRT-CHAOS-{chat.id}-{number}",
                conversation_id=chat.id,
                state="in_progress",
                complaint="butuh bantuan",
                urgent=number % 10 == 0,
                understood=True,
                lookup_outcome="not_asked",
            )
            session.add(ticket)
            await session.flush()
            session.add(TicketNeed(ticket_id=ticket.id, need=NEED, source="nlu", restricted=False, answers={}))
            referral = Referral(
                ticket_id=ticket.id,
                need=NEED,
                agency=unit.agency,
                unit=unit.code,
                state="approved",
                urgent=number % 10 == 0,
                restricted=False,
            )
            session.add(referral)
            await session.flush()
            await dispatch(session, house, ticket, referral)
