"""`python -m tests.bench [--write] [--only PART,…]`: measure and print the tables of docs/benchmarks.md.

With `--write` they are put there. Parts, in their order: PARTS.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import sys
import time
from collections.abc import Sequence

import structlog

from nlu import training
from nlu.rasa_client import RasaClient
from storage.keys import create_keys, install_keys
from tests.acceptance.processes import ROOT
from tests.bench import assistant, machine, parsing, queueing, rivals, roles, turns, understanding, whole
from tests.bench.bed import DATA, RASA_PYTHON, TOKEN, Bed, Rasa, a_bed, a_rasa, rasa_version, say
from tests.bench.figures import Table, replace_tables

_RASA_STARTS = 3
_PAGE = ROOT / "docs" / "benchmarks.md"
_WITH_RASA = ("turns", "parsing", "queue", "assistant", "roles")
_WITHOUT = ("queues", "run", "understanding")
PARTS = (*_WITH_RASA, *_WITHOUT)


def main() -> None:
    """Entry."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--write", action="store_true", help="wait until the machine is idle; renew docs/benchmarks.md")
    parser.add_argument("--archived", type=int, default=200_000, help="rows of the full archive (issue: 10000000)")
    parser.add_argument("--only", type=_parts, default=PARTS, help=f"some of {','.join(PARTS)}")
    parser.add_argument("--queues", dest="only", action="store_const", const=("queues",), help="--only queues")
    parser.add_argument(
        "--stock", dest="only", action="store_const", const=("understanding",), help="--only understanding"
    )
    words = parser.parse_args()
    for name in [name for name in os.environ if name.startswith("SLRT_")]:
        del os.environ[name]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # ends what was started, as Ctrl-C does
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    install_keys(create_keys())
    text = "\n".join(
        table.markdown() for table in asyncio.run(_measure(words.only, words.archived, patient=words.write))
    )
    print(f"\n{text}")
    if words.write:
        replace_tables(_PAGE, text, keep_others=words.only != PARTS)


def _parts(words: str) -> tuple[str, ...]:
    wanted = words.split(",")
    if unknown := [word for word in wanted if word not in PARTS]:
        raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: there are {', '.join(PARTS)}")
    return tuple(part for part in PARTS if part in wanted)


async def _measure(parts: Sequence[str], archived: int, *, patient: bool) -> list[Table]:
    if set(parts) & set(_WITH_RASA):
        await training.ensure_model(RASA_PYTHON, DATA, say)  # not while it is measured
    load = await machine.until_idle() if patient else machine.load()
    began, others = time.perf_counter(), machine.Others()
    async with a_bed() as bed:
        _cache_bytecode(bed)
        where = machine.describe(await bed.version(), await rasa_version(), bed.folder, load)
        pace = machine.Pace()
        tables = [where]
        if with_rasa := [part for part in parts if part in _WITH_RASA]:
            async with a_rasa() as rasa:
                tables += await _beside_rasa(bed, rasa, pace, with_rasa)
        for part in parts:
            if part in _WITHOUT:
                say(part)
                tables += await _alone(bed, part, archived)
                pace.look()
        where.add("what others kept busy of the processors during the run", others.share(bed.postmaster))
    where.add("counting to five million in Python, during the run", pace.span())
    where.add("the whole run", f"{time.perf_counter() - began:.0f} s")
    return tables


async def _beside_rasa(bed: Bed, rasa: Rasa, pace: machine.Pace, parts: Sequence[str]) -> list[Table]:
    say("Rasa starts")
    starts = [await rasa.start()]
    while "roles" in parts and len(starts) < _RASA_STARTS:
        await rasa.process.stop()
        starts.append(await rasa.start())
    tables: list[Table] = []
    for part in parts:
        say(part)
        match part:
            case "turns":
                tables += await _turns(bed, rasa)
            case "parsing":
                async with RasaClient((rasa.url,), token=TOKEN) as client:
                    tables.append(await parsing.measure(client))
            case "queue":
                tables.append(await queueing.measure(bed, rasa))
            case "assistant":
                tables.append(await assistant.measure(bed, rasa))
            case "roles":
                tables += await roles.measure(bed, rasa, starts)
        pace.look()
    return tables


async def _alone(bed: Bed, part: str, archived: int) -> list[Table]:
    match part:
        case "queues":
            return await rivals.measure(bed, archived)
        case "run":
            return [await whole.measure(bed)]
        case _:
            return await understanding.measure()


def _cache_bytecode(bed: Bed) -> None:
    """Processes keep what they compile, as they do by default, but not in the folders of this machine."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(bed.folder / "bytecode")


async def _turns(bed: Bed, rasa: Rasa) -> list[Table]:
    async with bed.house("turns", rasa.url) as house, bed.house("scripted", rasa.url) as other:
        real, scripted = await turns.measure(house, other)
    return [turns.times(real, scripted), turns.shares(real), turns.statements(real)]


main()
