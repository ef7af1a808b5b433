"""`python -m tests.bench [--write]`: measure, print the tables, and with `--write` put them into docs/benchmarks.md."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import sys
import time

import structlog

from nlu.rasa_client import RasaClient
from storage.keys import create_keys, install_keys
from tests.acceptance.processes import ROOT
from tests.bench import machine, parsing, queueing, rivals, roles, turns, understanding, whole
from tests.bench.bed import TOKEN, Bed, Rasa, a_bed, a_rasa, say
from tests.bench.figures import Table, replace_tables

_RASA_STARTS = 3
_PAGE = ROOT / "docs" / "benchmarks.md"


def main() -> None:
    """Entry."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--write", action="store_true", help="wait until the machine is idle; renew docs/benchmarks.md")
    parser.add_argument("--archived", type=int, default=200_000, help="rows of the full archive (issue: 10000000)")
    parser.add_argument("--queues", action="store_true", help="only the queues side by side; nothing is written")
    parser.add_argument("--stock", action="store_true", help="only ours beside stock Rasa; nothing is written")
    words = parser.parse_args()
    write = words.write and not (words.queues or words.stock)
    for name in [name for name in os.environ if name.startswith("SLRT_")]:
        del os.environ[name]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # ends what was started, as Ctrl-C does
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    install_keys(create_keys())
    if words.stock:
        tables = asyncio.run(understanding.measure())
    else:
        tables = asyncio.run(_queues(words.archived) if words.queues else _measure(words.archived, patient=write))
    text = "\n".join(table.markdown() for table in tables)
    print(f"\n{text}")
    if write:
        replace_tables(_PAGE, text)


async def _measure(archived: int, *, patient: bool) -> list[Table]:
    async with a_rasa() as rasa:
        load = await machine.until_idle() if patient else machine.load()
        began, others = time.perf_counter(), machine.Others()
        async with a_bed() as bed:
            where = machine.describe(await bed.version(), await rasa.version(), bed.folder, load)
            pace = machine.Pace()
            tables = [where, *await _all(bed, rasa, pace, archived)]
            where.add("what others kept busy of the processors during the run", others.share(bed.postmaster))
        where.add("counting to five million in Python, during the run", pace.span())
        where.add("the whole run", f"{time.perf_counter() - began:.0f} s")
        return tables


async def _queues(archived: int) -> list[Table]:
    async with a_bed() as bed:
        _cache_bytecode(bed)
        return await rivals.measure(bed, archived)


async def _all(bed: Bed, rasa: Rasa, pace: machine.Pace, archived: int) -> list[Table]:
    _cache_bytecode(bed)
    say("Rasa starts")
    starts: list[float] = []
    for _ in range(_RASA_STARTS):
        if starts:
            await rasa.process.stop()
        starts.append(await rasa.start())
        pace.look()
    say("turns")
    tables = await _turns(bed, rasa)
    pace.look()
    say("understanding")
    async with RasaClient((rasa.url,), token=TOKEN) as client:
        tables.append(await parsing.measure(client))
    pace.look()
    say("roles")
    started, memory = await roles.measure(bed, rasa, starts)
    pace.look()
    say("queue")
    queue = await queueing.measure(bed, rasa)
    pace.look()
    await rasa.process.stop()
    beside = await rivals.measure(bed, archived)
    pace.look()
    say("slrt run")
    run = await whole.measure(bed)
    pace.look()
    stock = await understanding.measure()
    pace.look()
    return [*tables, queue, *beside, started, run, memory, *stock]


def _cache_bytecode(bed: Bed) -> None:
    """Processes keep what they compile, as they do by default, but not in the folders of this machine."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(bed.folder / "bytecode")


async def _turns(bed: Bed, rasa: Rasa) -> list[Table]:
    async with bed.house("turns", rasa.url) as house, bed.house("scripted", rasa.url) as other:
        real, scripted = await turns.measure(house, other)
    return [turns.times(real, scripted), turns.shares(real), turns.statements(real)]


main()
