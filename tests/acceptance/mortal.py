"""The real bot with a fate: `python -m tests.acceptance.mortal before:3` dies by signal 9 at its third commit.

`before` is after everything was written and before the commit is asked for; `after` is right after PostgreSQL said that
it is committed. Commits are counted from the moment when the bot is ready.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncSession

from slrt.cli import app
from slrt.roles import bot
from storage.database import Database

WHEN, _, COUNT = sys.argv[1].partition(":")
_real = Database.transaction
_say_ready = bot.say_ready
_left = -1


def _ready(**ids: object) -> None:
    global _left
    _left = int(COUNT)
    _say_ready(**ids)


@asynccontextmanager
async def _fatal(self: Database) -> AsyncIterator[AsyncSession]:
    global _left
    async with _real(self) as session:
        yield session
        _left -= 1
        mine = _left  # turns of other chats count on meanwhile
        if mine == 0 and WHEN == "before":
            await session.flush()
            os.kill(os.getpid(), signal.SIGKILL)
    if mine == 0 and WHEN == "after":
        os.kill(os.getpid(), signal.SIGKILL)


Database.transaction = _fatal  # type: ignore[method-assign]
bot.say_ready = _ready
app(["bot"])
