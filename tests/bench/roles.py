"""The roles as real processes: how long each takes to be ready, and what memory it holds, at first and after work."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Sequence

from tests.acceptance.world import World
from tests.bench.bed import TOKEN, Bed, Rasa
from tests.bench.figures import Table
from tests.bench.machine import mib, proportional, resident
from tests.bench.stories import STORIES, Action, Say, people
from tests.bench.stories import Resident as Teller
from tests.telegram_server import RateLimits, Resident
from tests.telegram_server.messages import ChatMessage

_STARTS = 4
_TURNS = 300
_PAGES = 100
_TOGETHER = 12
_LIMIT = 60.0
NAMES = ("console", "dispatcher", "bot")


async def a_world(bed: Bed, rasa: Rasa, name: str) -> World:
    """Telegram, mail server and agencies on a fresh database; no role runs yet. To be closed."""
    folder = bed.folder / name
    folder.mkdir()
    world = World(folder, await bed.fresh(name), rasa.url, TOKEN)
    await world.open(limits=RateLimits.none())
    return world


async def measure(bed: Bed, rasa: Rasa, nlu_starts: Sequence[float]) -> tuple[Table, Table]:
    """Start each role several times, then let residents talk and an officer look at pages."""
    world = await a_world(bed, rasa, "roles")
    try:
        starts = {name: [await _start(world, name) for _ in range(_STARTS)] for name in NAMES}
        processes = {**world.processes, "nlu": rasa.process}
        first = {name: resident(process.pid) for name, process in processes.items()}
        turns = await _talk(world)
        await _look(world)
        later = {name: resident(process.pid) for name, process in processes.items()}
        return _starts({**starts, "nlu": nlu_starts}), _memory(first, later, turns, proportional(bed.postmaster))
    finally:
        await world.close()


async def _start(world: World, name: str) -> float:
    """Seconds until a role is ready; one that runs from before is stopped first."""
    if name in world.processes:
        await world.processes[name].stop()
    started = time.perf_counter()
    await world.start(name)
    return time.perf_counter() - started


async def _talk(world: World) -> int:
    """Residents tell their stories in Telegram, some at a time, until there were enough turns. Returns how many."""
    stories = [(number, STORIES[number % len(STORIES)]) for number in range(100)]
    told = 0
    persons = list(people(len(stories)))

    async def tell() -> None:
        nonlocal told
        while told < _TURNS and stories:
            number, story = stories.pop(0)
            took = await _tell(world.telegram.resident(f"Warga{number}"), Teller(story, persons[number]))
            told += took  # read after the waiting: others tell meanwhile

    async with asyncio.TaskGroup() as group:
        for _ in range(_TOGETHER):
            group.create_task(tell())
    return told


async def _tell(resident: Resident, teller: Teller) -> int:
    turns = 0
    action: Action | None = teller.begin()
    while not teller.content:
        if isinstance(action, Say):
            await resident.say(action.text)
        elif action is not None:
            await resident.tap(action.label)
        turns += action is not None
        shown: ChatMessage = await resident.expect(lambda message: bool(message.text), timeout=_LIMIT)
        action = teller.answer(shown.text, shown.labels)
    return turns


async def _look(world: World) -> None:
    """An officer opens her worklist again and again."""
    officer = await world.officer("kantor", "manager", region_code="15.71")
    for _ in range(_PAGES):
        assert (await officer.open("/kerja?tampil=semua")).status == 200


def _starts(starts: dict[str, Sequence[float]]) -> Table:
    table = Table(
        "From the start of a process until it does its work (seconds)",
        ("role", "first", "later, median", "later, slowest"),
        "One after another; the database runs already, the model is trained and on disk. A first start after an "
        "installation compiles Python's modules; the console does so for the roles after it too.",
    )
    for name, taken in starts.items():
        table.add(name, f"{taken[0]:.1f}", f"{statistics.median(taken[1:]):.1f}", f"{max(taken[1:]):.1f}")
    return table


def _memory(first: dict[str, int], later: dict[str, int], turns: int, postgres: int) -> Table:
    table = Table(
        "Memory (MiB)",
        ("role", "when ready", "after work"),
        f"Resident memory of each process. Work: {turns} turns of residents in Telegram, {_TOGETHER} at the same time, "
        f"with all deliveries that followed, then {_PAGES} pages of an officer's worklist. PostgreSQL: all its "
        "processes, memory that they share counted once.",
    )
    for name, size in first.items():
        table.add(name, mib(size), mib(later[name]))
    table.add("PostgreSQL", "", mib(postgres))
    table.add("together", "", mib(sum(later.values()) + postgres))
    return table
