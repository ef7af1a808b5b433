"""Our real processes, started, killed and waited for."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

from slrt.supervisor import READY

ROOT = Path(__file__).parent.parent.parent


class Process:
    """One process of ours and everything it printed."""

    def __init__(self, name: str, *command: str, environment: Mapping[str, str], mark: str = READY) -> None:
        """`mark` is what it prints when it is ready."""
        self.name = name
        self._command = command
        self._mark = mark
        self._environment = environment
        self._ready = asyncio.Event()
        self._printed = asyncio.Event()
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self.output = ""
        self._begun = 0

    async def start(self, *, until_ready: bool = True) -> None:
        """Start it, and wait until it says that it is ready."""
        # without compiled modules every start of a process would take seconds more
        left_out = ("SLRT_", "PYTHONDONTWRITEBYTECODE")
        clean = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
        self._ready.clear()
        self._begun = len(self.output)
        self._process = await asyncio.create_subprocess_exec(
            *(self._command or (sys.executable, "-m", "slrt", self.name)),
            cwd=self._environment.get("SLRT_TEST_FOLDER", str(ROOT)),
            env={**clean, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **self._environment},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
        self._reading = asyncio.create_task(self._read(self._process))
        if until_ready:
            await self.ready()

    async def ready(self, limit: float = 120.0) -> None:
        """Wait until it is ready; shows what it printed when it ends before."""
        assert self._process is not None
        waiting = asyncio.create_task(self._ready.wait())
        ending = asyncio.create_task(self._process.wait())
        await asyncio.wait({waiting, ending}, return_when=asyncio.FIRST_COMPLETED, timeout=limit)
        waiting.cancel()
        ending.cancel()
        assert self._ready.is_set(), f"{self.name} did not become ready:\n{self.output[-4000:]}"

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        while chunk := await process.stdout.read(65536):
            self.output += chunk.decode(errors="replace")
            self._printed.set()
            if self._mark in self.output[self._begun :]:
                self._ready.set()

    async def said(self, words: str) -> None:
        """Wait until it has printed a whole line that holds these words."""
        while "\n" not in self.output.partition(words)[2]:
            self._printed.clear()
            await self._printed.wait()

    async def kill(self) -> None:
        """Signal 9, at once."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> int:
        """Ask it to end; returns its exit code."""
        return await self._end(signal.SIGTERM)

    async def ended(self) -> int:
        """Wait until it ends by itself; returns its exit code."""
        assert self._process is not None
        assert self._reading is not None
        code = await self._process.wait()
        await self._reading
        return code

    async def _end(self, how: signal.Signals) -> int:
        if self._process is None:
            return 0
        if self._process.returncode is None:
            os.killpg(self._process.pid, how)
        return await self.ended()

    @property
    def pid(self) -> int:
        """The process id."""
        assert self._process is not None
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.returncode is None
