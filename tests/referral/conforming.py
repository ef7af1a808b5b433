"""A dispatcher as a process of its own: `python -m tests.referral.conforming NAME` tells of each delivery."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from referral.dispatcher import Dispatcher
from referral.ports import Parcel
from slrt.supervisor import READY
from storage.database import Database
from storage.keys import install_keys, load_keys
from tests.referral.test_dispatcher import policy


class Sender:
    """Takes a moment for each."""

    async def send(self, parcel: Parcel) -> None:
        """Say when it began and ended, by the machine's own clock."""
        begun = time.monotonic()
        await asyncio.sleep(random.uniform(0, 0.02))
        print("sent", parcel.lane, parcel.key, begun, time.monotonic(), flush=True)


class Nothing:
    """Nothing follows."""

    def follows(self, parcel: Parcel, result: str) -> bool:
        """Never."""
        return False

    async def received(self, session: AsyncSession, receipts: Mapping[int, int]) -> None:
        """Never called."""

    async def __call__(self, session: AsyncSession, parcel: Parcel, result: str) -> None:
        """Never called."""


async def main(name: str) -> None:
    """Deliver until asked to end."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    database = Database(os.environ["QUEUE_TEST_URL"], pool_size=4)
    rules = policy(chat=3, agency=3).model_copy(update={"grace_seconds": 5})
    dispatcher = Dispatcher(database, {"test": Sender()}, Nothing(), name, rules)
    print(READY, flush=True)
    await dispatcher.run(stop)
    await database.close()


install_keys(load_keys(Path(os.environ["QUEUE_TEST_KEYS"])))
asyncio.run(main(sys.argv[1]))
