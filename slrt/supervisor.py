"""`slrt run`: the database and all roles on one machine, each a process of its own, started again when it stops."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from slrt.errors import RoleStopped, StartError
from slrt.settings import inherited

READY = "role.ready"
# a role that ends with this code has said in one sentence what is wrong; trying again would not help
GAVE_UP = 78
_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 30.0
_STOP_SECONDS = 20.0


@dataclass(frozen=True)
class Role:
    """A process to keep running. It is ready when it prints `READY`, or when `ready` (if given) returns."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    ready: Callable[[], object] | None = None


class Supervisor:
    """Starts roles, notes when each is ready, starts those again that stop, and ends them all together."""

    def __init__(self, log_folder: Path, tell: Callable[[str], None]) -> None:
        """`tell` gets one line for people whenever something changes."""
        self._logs = log_folder
        self._tell = tell
        self._ready: dict[str, asyncio.Event] = {}
        self._seen: set[str] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self._failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        log_folder.mkdir(parents=True, exist_ok=True)

    def start(self, role: Role) -> None:
        """Start a role and keep it running."""
        self._ready[role.name] = asyncio.Event()
        self._tasks.append(asyncio.create_task(self._keep(role)))

    async def ready(self, name: str) -> None:
        """Wait until a role is ready. Raises the StartError of a role that gave up."""
        await self._unless_failed(self._ready[name])

    async def until(self, stop: asyncio.Event) -> None:
        """Run until `stop`, or raise the StartError of a role that gave up."""
        await self._unless_failed(stop)

    async def close(self) -> None:
        """Ask all roles to end, and wait for them."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._failed.done():
            self._failed.exception()

    async def _unless_failed(self, event: asyncio.Event) -> None:
        waiting: asyncio.Future[Any] = asyncio.ensure_future(event.wait())
        both: list[asyncio.Future[Any]] = [waiting, self._failed]
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if self._failed.done():
            self._failed.result()

    async def _keep(self, role: Role) -> None:
        pause = _FIRST_PAUSE
        while True:
            started = asyncio.get_running_loop().time()
            code = await self._run_once(role)
            self._ready[role.name].clear()
            if code == GAVE_UP:
                if not self._failed.done():
                    self._failed.set_exception(_last_words(self._log(role), role.name))
                return
            lived = asyncio.get_running_loop().time() - started
            pause = _FIRST_PAUSE if lived > _LONGEST_PAUSE else min(pause * 2, _LONGEST_PAUSE)
            self._tell(f"{role.name}: berhenti (kode {code}), dijalankan lagi dalam {pause:.0f} detik")
            await asyncio.sleep(pause)

    def _log(self, role: Role) -> Path:
        return self._logs / f"{role.name}.log"

    async def _run_once(self, role: Role) -> int:
        # the kernel ends a role whose supervisor was killed, so that none is left running unseen
        guarded = ("setpriv", "--pdeathsig", "TERM", *role.command) if sys.platform == "linux" else role.command
        process = await asyncio.create_subprocess_exec(
            *guarded,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={**inherited(), **role.environment},
            start_new_session=True,  # Ctrl-C is for the supervisor, which then asks the roles
        )
        watching = asyncio.create_task(self._watch(role)) if role.ready else None
        try:
            await self._copy_log(role, process)
            return await process.wait()
        except asyncio.CancelledError:
            await _end(process)
            raise
        finally:
            if watching:
                watching.cancel()

    async def _watch(self, role: Role) -> None:
        assert role.ready is not None
        try:
            outcome = role.ready()
            if asyncio.iscoroutine(outcome):
                await outcome
        except Exception as error:
            # at the first start someone waits for it; later the others go on without it
            self._tell(f"{role.name}: {error}")
            if role.name not in self._seen and not self._failed.done():
                self._failed.set_exception(StartError(f"{error} Its last words are in {self._log(role)}."))
            return
        self._seen.add(role.name)
        self._ready[role.name].set()

    async def _copy_log(self, role: Role, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        with self._log(role).open("ab") as log:
            while chunk := await process.stdout.read(65536):
                log.write(chunk)
                log.flush()
                if READY.encode() in chunk:
                    self._ready[role.name].set()


async def _end(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), _STOP_SECONDS)
    except TimeoutError:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


def _last_words(log: Path, name: str) -> StartError:
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    said = lines[-1] if lines else ""
    return StartError(said) if said else RoleStopped(name, str(log))
