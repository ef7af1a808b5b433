"""Our queue beside PgQueuer and procrastinate: one PostgreSQL, the same work, one after the other."""

from __future__ import annotations

import asyncio
import os
import signal
import statistics
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg

from referral.queue import NewDelivery, enqueue
from storage.database import Database
from storage.keys import keys, save_keys
from tests.acceptance.processes import Process
from tests.bench.bed import Bed, say
from tests.bench.figures import Table, at

ROWS = 20_000
FEW = 2_000  # of those that would take minutes
WORKERS = (1, 4, 16)
ROUNDS = {1: 3, 4: 1, 16: 1}
ASKED = 150
WARM = 10
FILLING = "x" * 480
LIMIT = 300.0
_ARCHIVE_ROUNDS = 3

_FILL = """
    insert into delivery (lane, ordered, kind, key, payload, urgent, state, attempts, due_at)
    select replace($1, '#', (n % 20)::text), false, 'bench', 'bench-' || n, $2, false, 'waiting', 0, now()
    from generate_series(1, $3::int) n
"""
_ARCHIVE = """
    insert into delivery_archive (id, created_at, lane, ordered, kind, key, urgent, state, attempts, due_at, done_at)
    select -n, now() - interval '90 days', 'agency:' || (n % 70), false, 'webhook', 'referral-' || n || '-1-webhook',
        false, 'done', 1, now() - interval '90 days', now() - interval '90 days'
    from generate_series(1, $1::int) n
"""
# the keys of the archive are made after its rows: sorted at once rather than found a place one by one
_KEYS = """
    select conname, pg_get_constraintdef(oid) as definition from pg_constraint
    where conrelid = 'delivery_archive'::regclass and contype in ('p', 'u')
"""


Write = Callable[[int], Awaitable[object]]


@dataclass(frozen=True)
class Rival:
    """A system: how it is filled, how one sees that it is empty, and how one job is written."""

    name: str
    system: str
    fill: Callable[[str, int], Awaitable[None]]
    left: str
    writer: Callable[[str], AbstractAsyncContextManager[Write]]
    rows: int = ROWS


async def measure(bed: Bed, archived: int) -> list[Table]:
    """Drains with 1, 4 and 16 workers, idle latency, and drains beside a full archive."""
    save_keys(keys(), bed.folder / "bench-keys.json")
    rivals = _rivals()
    drains: dict[tuple[str, int], list[float]] = {}
    for workers in WORKERS:
        for number in range(ROUNDS[workers]):
            for rival in rivals:
                rate = await _drain(bed, rival, workers, f"{rival.system}-{workers}-{number}")
                say(f"queue: {rival.name}, {workers} workers, round {number + 1}: {rate:,.0f} jobs a second")
                drains.setdefault((rival.name, workers), []).append(rate)
    table = Table(
        f"Queues side by side: jobs done a second, draining {ROWS:,}",
        ("queue", *(f"{count} worker{'s' * (count > 1)}" for count in WORKERS)),
        f"A worker is a process; the job does nothing; 500 bytes of payload. procrastinate: {FEW:,} jobs, ten at a "
        f"time. One worker: the middle one of {ROUNDS[1]} rounds in turn. Ours opens each payload (AES-GCM), the "
        "others keep theirs in clear. “Agencies”: twenty lanes with one delivery in flight each, each marked "
        "before the next leaves, as packaged; the first row has no such limit, as the others have none.",
    )
    for rival in rivals:
        rates = [statistics.median(drains[rival.name, workers]) for workers in WORKERS]
        table.add(rival.name, *(f"{rate:,.0f}" for rate in rates))
    return [table, await _idle(bed, rivals), await _beside_an_archive(bed, rivals[0], archived)]


def _rivals() -> list[Rival]:
    waits = "select exists (select from delivery where state = 'waiting')"
    return [
        Rival("ours", "ours", _fill_ours("job:bench"), waits, _ours),
        Rival("PgQueuer", "pgqueuer", _fill_pgqueuer, "select exists (select from pgqueuer)", _pgqueuer),
        Rival(
            "procrastinate",
            "procrastinate",
            _fill_procrastinate,
            "select exists (select from procrastinate_jobs where status in ('todo', 'doing'))",
            _procrastinate,
            FEW,
        ),
        Rival("ours, agencies", "ours", _fill_ours("agency:#"), waits, _ours),
    ]


async def _drain(bed: Bed, rival: Rival, workers: int, name: str) -> float:
    """Jobs a second in a fresh database, from the signal to begin until nothing is left."""
    url = await bed.fresh(f"{name}-{rival.name[-3:]}")
    await rival.fill(url, rival.rows)
    return await _until_empty(bed, rival, workers, url)


async def _until_empty(bed: Bed, rival: Rival, workers: int, url: str) -> float:
    control = await asyncpg.connect(url)
    await control.execute("vacuum analyze")
    await control.execute("checkpoint")
    async with _running(bed, rival, url, workers) as processes:
        started = time.perf_counter()
        _begin(processes)
        async with asyncio.timeout(LIMIT):
            while await control.fetchval(rival.left):
                await control.execute("select pg_sleep(0.05)")  # looking costs the database something, too
        taken = time.perf_counter() - started
    await control.close()
    return rival.rows / taken


@asynccontextmanager
async def _running(bed: Bed, rival: Rival, url: str, workers: int, **environment: str) -> AsyncIterator[list[Process]]:
    """The workers, ready to begin (`_begin`)."""
    known = {"BENCH_URL": url, "BENCH_KEYS": str(bed.folder / "bench-keys.json"), **environment}
    command = (sys.executable, "-m", "tests.bench.worker", rival.system)
    processes = [Process(f"{rival.system} {each}", *command, environment=known) for each in range(workers)]
    try:
        await asyncio.gather(*(process.start() for process in processes))
        yield processes
    finally:
        await asyncio.gather(*(process.kill() for process in processes))


def _fill_ours(lane: str) -> Callable[[str, int], Awaitable[None]]:
    async def fill(url: str, rows: int) -> None:
        control = await asyncpg.connect(url)
        payload = keys().seal(f'{{"n":0,"filling":"{FILLING}"}}'.encode(), "delivery.payload")
        await control.execute(_FILL, lane, payload, rows)
        await control.close()

    return fill


async def _fill_pgqueuer(url: str, rows: int) -> None:
    from pgqueuer.db import AsyncpgDriver
    from pgqueuer.queries import Queries

    control = await asyncpg.connect(url)
    queries = Queries(AsyncpgDriver(control))
    await queries.install()
    for _ in range(0, rows, 1000):
        await queries.enqueue(["bench"] * 1000, [f"{0:8}{FILLING}".encode()] * 1000, [0] * 1000)
    await control.close()


async def _fill_procrastinate(url: str, rows: int) -> None:
    async with _procrastinate_app(url) as app:
        await app.schema_manager.apply_schema_async()
        for _ in range(0, rows, 1000):
            await app.configure_task("bench").batch_defer_async(*[{"n": 0, "filling": FILLING}] * 1000)


@asynccontextmanager
async def _procrastinate_app(url: str) -> AsyncIterator[Any]:
    from procrastinate import App, PsycopgConnector

    app = App(connector=PsycopgConnector(conninfo=url, min_size=1, max_size=2))
    async with app.open_async():
        yield app


@asynccontextmanager
async def _ours(url: str) -> AsyncIterator[Write]:
    database = Database(url)

    async def write(number: int) -> None:
        new = NewDelivery("job:bench", False, "bench", f"late-{number}", {"n": number, "filling": FILLING})
        async with database.transaction() as session:
            await enqueue(session, new)

    yield write
    await database.close()


@asynccontextmanager
async def _pgqueuer(url: str) -> AsyncIterator[Write]:
    from pgqueuer.db import AsyncpgDriver
    from pgqueuer.queries import Queries

    connection = await asyncpg.connect(url)
    queries = Queries(AsyncpgDriver(connection))
    yield lambda number: queries.enqueue("bench", f"{number:8}{FILLING}".encode())
    await connection.close()


@asynccontextmanager
async def _procrastinate(url: str) -> AsyncIterator[Write]:
    async with _procrastinate_app(url) as app:
        yield lambda number: app.configure_task("bench").defer_async(n=number, filling=FILLING)


async def _idle(bed: Bed, rivals: list[Rival]) -> Table:
    table = Table(
        "Queues side by side: from enqueueing to the job, idle (ms)",
        ("queue", "jobs", "p50", "p95", "p99"),
        "One job after another with one worker that has nothing else to do, from the begin of the transaction that "
        "writes the row (its commit is within) until the job is reached in the worker's process.",
    )
    for rival in rivals[:3]:
        say(f"queue: {rival.name}, idle")
        url = await bed.fresh(f"{rival.system}-idle")
        await rival.fill(url, 0)
        async with _running(bed, rival, url, 1, BENCH_TELL="1") as processes, rival.writer(url) as write:
            _begin(processes)
            taken = [await _one(processes[0], write, number) for number in range(WARM + ASKED)][WARM:]
        table.add(rival.name, len(taken), *at(taken, 50, 95, 99))
    return table


def _begin(processes: list[Process]) -> None:
    for process in processes:
        os.kill(process.pid, signal.SIGUSR1)


async def _one(process: Process, write: Write, number: int) -> float:
    await asyncio.sleep(0.05)  # the worker has gone back to sleep
    started = time.monotonic()
    await write(number)
    mark = f"at {number} "
    async with asyncio.timeout(LIMIT):
        await process.said(mark)
    return float(process.output.split(mark)[1].split()[0]) - started


async def _beside_an_archive(bed: Bed, rival: Rival, archived: int) -> Table:
    table = Table(
        "Our queue beside a full archive",
        ("archived rows", "jobs a second, one worker", "enqueueing p50 (ms)", "enqueueing p95 (ms)"),
        f"Draining {ROWS:,} as above; enqueueing is one transaction, its commit within. The middle one of "
        f"{_ARCHIVE_ROUNDS} rounds in turn, each on its own database, of which one has the archive (filled at once, as "
        "an unlogged table: here it is only read).",
    )
    urls = {rows: await bed.fresh(f"archive-{rows}") for rows in (0, archived)}
    await _fill_archive(urls[archived], archived)
    rates: dict[int, list[float]] = {rows: [] for rows in urls}
    times: dict[int, list[float]] = {rows: [] for rows in urls}
    for number in range(_ARCHIVE_ROUNDS):
        for rows, url in urls.items():
            await _empty(url)
            await rival.fill(url, rival.rows)
            rates[rows].append(await _until_empty(bed, rival, 1, url))
            say(f"queue: {rows:,} archived, round {number + 1}: {rates[rows][-1]:,.0f} jobs a second")
            times[rows] += await _enqueue(url)
    for rows in urls:
        table.add(f"{rows:,}", f"{statistics.median(rates[rows]):,.0f}", *at(times[rows], 50, 95))
    return table


async def _fill_archive(url: str, rows: int) -> None:
    say(f"queue: {rows:,} rows are archived")
    control = await asyncpg.connect(url)
    keys_of = await control.fetch(_KEYS)
    await control.execute("set maintenance_work_mem = '512MB'")
    await control.execute("set session_replication_role = replica")  # they refer to nothing: no need to look after it
    await control.execute("alter table delivery_archive set unlogged")
    for key in keys_of:
        await control.execute(f'alter table delivery_archive drop constraint "{key["conname"]}"')
    await control.execute(_ARCHIVE, rows)
    for key in keys_of:
        await control.execute(f'alter table delivery_archive add constraint "{key["conname"]}" {key["definition"]}')
    await control.close()


async def _empty(url: str) -> None:
    control = await asyncpg.connect(url)
    await control.execute("truncate delivery")
    await control.close()


async def _enqueue(url: str) -> list[float]:
    times: list[float] = []
    async with _ours(url) as write:
        for number in range(WARM + ASKED // _ARCHIVE_ROUNDS):
            started = time.perf_counter()
            await write(number)
            times.append(time.perf_counter() - started)
    return times[WARM:]
