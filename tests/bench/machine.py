"""The machine: what it is, how busy it is, how fast its disk is, and how much memory our processes hold."""

from __future__ import annotations

import asyncio
import os
import platform
import re
import statistics
import time
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.figures import Table, ms

IDLE_LOAD = 2.5
_LONGEST_WAIT = 600.0
_LOOK_AGAIN = 10.0
_SYNCS = 60
_COUNTED = 5_000_000
_MIB = 1024 * 1024


def load() -> float:
    """How many processes wanted to run, on the average of the last minute."""
    return os.getloadavg()[0]


async def until_idle() -> float:
    """Wait until others need little of the machine, at most ten minutes; returns the load."""
    end = time.monotonic() + _LONGEST_WAIT
    while load() >= IDLE_LOAD and time.monotonic() < end:  # noqa: ASYNC110 - the kernel tells nobody
        await asyncio.sleep(_LOOK_AGAIN)
    return load()


class Pace:
    """How fast the processor is from time to time: rented ones change their pace without telling."""

    def __init__(self) -> None:
        self._seen: list[float] = []
        self.look()

    def look(self) -> None:
        """Look now."""
        total, started = 0, time.perf_counter()
        for number in range(_COUNTED):
            total += number
        self._seen.append(time.perf_counter() - started)

    def span(self) -> str:
        """The fastest and the slowest."""
        return f"{min(self._seen):.2f} to {max(self._seen):.2f} s"


class Others:
    """What share of the processors others than the measurement kept busy."""

    def __init__(self) -> None:
        self._busy, self._all = _processors()
        self._own = _own()

    def share(self, postmaster: int) -> str:
        """Since this object was made; to be asked when all processes but PostgreSQL have ended."""
        busy, whole = _processors()
        ours = _own() - self._own + sum(_ticks(pid) for pid in _family(postmaster))
        return f"{max(busy - self._busy - ours, 0.0) / (whole - self._all):.0%}"


def _processors() -> tuple[float, float]:
    """Ticks of all processors since the machine started: busy, and all."""
    user, nice, system, idle, wait, *rest = map(int, Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9])
    busy = user + nice + system + sum(rest)
    return float(busy), float(busy + idle + wait)


def _own() -> float:
    """Ticks of this process and of its children that have ended."""
    used = os.times()
    return sum(used[:4]) * os.sysconf("SC_CLK_TCK")


def _ticks(pid: int) -> int:
    """Ticks of a process and of its children that have ended."""
    return sum(max(_stat(pid, place), 0) for place in range(11, 15))


def describe(postgres: str, rasa: str, folder: Path, before: float) -> Table:
    """The environment of the figures; names no host, path or user."""
    table = Table("Where it was measured", ("part", "value"))
    cpu = _first(r"model name\s*:\s*(.+)", "/proc/cpuinfo") or platform.machine()
    memory = int(_first(r"MemTotal:\s*(\d+)", "/proc/meminfo") or 0) / 1024 / 1024
    table.add("processor", f"{cpu.strip()}, {os.cpu_count()} cores")
    table.add("memory", f"{memory:.0f} GB")
    table.add("kernel", f"{platform.system()} {'.'.join(platform.release().split('.')[:2])}")
    table.add("Python", platform.python_version())
    table.add("PostgreSQL", f"{postgres}, embedded, fsync on")
    table.add("Rasa", f"{rasa}, one process, one thread")
    table.add("writing 8 kB and fsync, median", f"{ms(_sync_seconds(folder))} ms")
    table.add("date", f"{datetime.now(UTC):%Y-%m-%d}")
    table.add("load of the machine before the run (1 minute)", f"{before:.2f}")
    return table


def _first(pattern: str, path: str) -> str | None:
    found = re.search(pattern, Path(path).read_text())
    return found[1] if found else None


def _sync_seconds(folder: Path) -> float:
    """What the disk under the database takes for one small durable write."""
    taken = []
    with (folder / "sync").open("wb", buffering=0) as file:
        for _ in range(_SYNCS):
            started = time.perf_counter()
            file.write(b"x" * 8192)
            os.fsync(file.fileno())
            taken.append(time.perf_counter() - started)
    return statistics.median(taken)


def resident(leader: int) -> int:
    """Resident memory (RSS) of a process and of those in its group, in bytes."""
    return sum(_kilobytes(pid, "status", "VmRSS") for pid in _pids() if _stat(pid, 2) == leader) * 1024


def proportional(parent: int) -> int:
    """Memory of a process and its children in bytes, what they share counted once (PSS)."""
    return sum(_kilobytes(pid, "smaps_rollup", "Pss") for pid in _family(parent)) * 1024


def _family(parent: int) -> list[int]:
    return [pid for pid in _pids() if pid == parent or _stat(pid, 1) == parent]


def mib(size: int) -> str:
    """Bytes as whole MiB."""
    return f"{size / _MIB:.0f}"


def _pids() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdecimal()]


def _stat(pid: int, place: int) -> int:
    """A number of /proc/PID/stat, counted from the state (1: parent, 2: process group); -1 when it is gone."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[place])
    except OSError:
        return -1


def _kilobytes(pid: int, file: str, name: str) -> int:
    try:
        found = re.search(rf"^{name}:\s*(\d+) kB", Path(f"/proc/{pid}/{file}").read_text(), re.MULTILINE)
    except OSError:
        return 0
    return int(found[1]) if found else 0
