"""Time for tests: it moves only when it is told to."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta


class Clock:
    """A clock that only moves when it is told to; who naps moves it, unless the test holds the naps up.

    `naps` are the seconds that were asked for.
    """

    def __init__(self, moment: datetime) -> None:
        self.moment = moment
        self.naps: list[float] = []
        self.asleep = asyncio.Event()
        self._may_pass = asyncio.Event()
        self._may_pass.set()

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, **span: float) -> None:
        """Let time go by."""
        self.moment += timedelta(**span)

    async def nap(self, seconds: float) -> None:
        """Let so many seconds go by."""
        self.naps.append(seconds)
        self.asleep.set()
        await self._may_pass.wait()
        self.forward(seconds=seconds)

    def hold(self) -> None:
        """Let naps last until `release`."""
        self.asleep.clear()
        self._may_pass.clear()

    def release(self) -> None:
        """Let naps end."""
        self._may_pass.set()
