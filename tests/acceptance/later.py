"""The real dispatcher at another time: `python -m tests.acceptance.later 2026-12-24T09:00:00+00:00`.

The house's clock is a port; here it stands at that moment. Everything else is as in production.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime

from actions.house import House
from slrt.cli import app
from slrt.roles import dispatcher
from slrt.settings import Settings

MOMENT = datetime.fromisoformat(sys.argv[1])
_open = dispatcher.open_house


@asynccontextmanager
async def _at_that_time(settings: Settings, database_url: str, role: str) -> AsyncIterator[House]:
    async with _open(settings, database_url, role) as house:
        yield replace(house, clock=lambda: MOMENT)


dispatcher.open_house = _at_that_time  # type: ignore[assignment]
app(["dispatcher"])
