"""Knowing when the bot has said everything that it had to say to a chat."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from sqlalchemy import text

from storage.database import Database
from storage.keys import keys
from tests.acceptance.world import World
from tests.telegram_server import Resident

PAUSE = 0.1  # between two looks at the database, for all who wait together
# what comes later by intention (a reminder, a notice held over night) is nothing that a chat waits for now
_BUSY = text(
    "select c.chat_hash from conversation c where c.waiting is not null or exists ("
    "select 1 from delivery d where d.lane = 'chat:' || c.id and d.state = 'waiting' and d.due_at < now() + '1 minute')"
)


def chat_hash(resident: Resident) -> bytes:
    """The key under which the house keeps this resident's chat."""
    return keys().fingerprint_of(f"telegram:{resident.id}", "chat")


class Stillness:
    """Looks for all who wait; `of(resident)` returns when nothing of that chat is on its way."""

    def __init__(self, world: World, database: Database) -> None:
        self._world = world
        self._database = database
        self._busy: set[bytes] = set()
        self._begun = self._ended = 0
        self._looked = asyncio.Condition()
        self._asked = asyncio.Event()
        self._looking = asyncio.create_task(self._look())

    async def of(self, resident: Resident, limit: float) -> None:
        """Wait until the bot has taken and answered everything that this resident did."""
        mine = chat_hash(resident)
        async with asyncio.timeout(limit), self._looked:
            while True:
                taken = not any(update.chat_id == resident.id for update in self._world.telegram.pending_updates)
                before = self._begun  # a look that has begun may have seen what was before
                while self._ended <= before:
                    self._asked.set()
                    await self._looked.wait()
                if taken and mine not in self._busy:
                    return

    async def _look(self) -> None:
        while True:
            await self._asked.wait()
            self._asked.clear()
            self._begun += 1
            look = self._begun
            async with self._database.transaction() as session:
                busy = {bytes(row) for row in await session.scalars(_BUSY)}
            async with self._looked:
                self._busy, self._ended = busy, look
                self._looked.notify_all()
            await asyncio.sleep(PAUSE)

    async def end(self) -> None:
        """Look no more."""
        self._looking.cancel()
        with suppress(asyncio.CancelledError):
            await self._looking
