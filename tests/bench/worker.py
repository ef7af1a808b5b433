"""One worker of a queue as a process: `python -m tests.bench.worker SYSTEM`. It begins at SIGUSR1, ends at SIGTERM.

Each system with the settings that its documentation recommends for throughput. The job does nothing, or with BENCH_TELL
says when it was reached.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import asyncpg
import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from referral.dispatcher import Dispatcher
from referral.policy import Family, load_policy
from referral.ports import Parcel
from slrt.supervisor import READY
from storage.database import Database
from storage.keys import install_keys, load_keys

BATCH = 500
PLACES = 2 * BATCH
CONCURRENCY = 10
TELL = "BENCH_TELL" in os.environ
URL = os.environ["BENCH_URL"]


def reached(number: object) -> None:
    """The job."""
    if TELL:
        print(f"at {number} {time.monotonic()}", flush=True)


class _Sender:
    async def send(self, parcel: Parcel) -> None:
        """The job."""
        reached(parcel.payload["n"])


class _Nothing:
    def follows(self, parcel: Parcel, result: str) -> bool:
        """Nothing follows: the others' jobs have no consequences in their transaction either."""
        return False

    async def received(self, session: AsyncSession, receipts: Mapping[int, int]) -> None:
        """Never called."""

    async def __call__(self, session: AsyncSession, parcel: Parcel, result: str) -> None:
        """Never called."""


async def ours(begin: asyncio.Event, stop: asyncio.Event) -> None:
    """Our dispatcher; jobs without a lane's limit as many at once as the others take, agencies as packaged."""
    install_keys(load_keys(Path(os.environ["BENCH_KEYS"])))
    rules = load_policy()
    families = {**rules.families, "job": Family(places=PLACES, in_flight=None)}
    database = Database(URL)
    name = f"worker:{os.getpid()}"
    policy = rules.model_copy(update={"families": families, "grace_seconds": 0})
    dispatcher = Dispatcher(database, {"bench": _Sender()}, _Nothing(), name, policy)
    async with database.transaction():
        print(READY, flush=True)
    await begin.wait()
    await dispatcher.run(stop)
    await database.close()


async def pgqueuer(begin: asyncio.Event, stop: asyncio.Event) -> None:
    """PgQueuer over a pool of asyncpg connections, with a large batch."""
    from pgqueuer import PgQueuer
    from pgqueuer.db import AsyncpgPoolDriver
    from pgqueuer.models import Job

    async with asyncpg.create_pool(URL, min_size=4, max_size=8) as pool:
        queue = PgQueuer(AsyncpgPoolDriver(pool))

        @queue.entrypoint("bench")
        async def job(each: Job) -> None:
            reached((each.payload or b"")[:8].decode().strip())

        print(READY, flush=True)
        await begin.wait()
        running = asyncio.create_task(queue.run(batch_size=BATCH))
        await stop.wait()
        queue.shutdown.set()
        await asyncio.wait({running}, timeout=10)


async def procrastinate(begin: asyncio.Event, stop: asyncio.Event) -> None:
    """procrastinate with several jobs at once."""
    from procrastinate import App, PsycopgConnector

    app = App(connector=PsycopgConnector(conninfo=URL, min_size=4, max_size=CONCURRENCY + 4))

    @app.task(name="bench")
    async def job(n: int, filling: str) -> None:
        reached(n)

    async with app.open_async():
        print(READY, flush=True)
        await begin.wait()
        work = app.run_worker_async(concurrency=CONCURRENCY, install_signal_handlers=False)
        running = asyncio.create_task(work)
        await stop.wait()
        running.cancel()
        await asyncio.wait({running}, timeout=10)


SYSTEMS = {"ours": ours, "pgqueuer": pgqueuer, "procrastinate": procrastinate}


async def main(system: str) -> None:
    """Run the worker."""
    begin, stop = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGUSR1, begin.set)
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    await SYSTEMS[system](begin, stop)


if __name__ == "__main__":
    logging.basicConfig(level=logging.ERROR)
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING), cache_logger_on_first_use=True
    )
    asyncio.run(main(sys.argv[1]))
