"""`slrt run`, all roles with the embedded database: from the command to the line that says where to go."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

from storage.embedded import EmbeddedPostgres
from tests.acceptance.processes import ROOT
from tests.acceptance.world import free_port
from tests.bench.bed import DATA, Bed
from tests.bench.figures import Table
from tests.telegram_server import TelegramServer

_READY = "SLRT siap"
_TRAINING = "melatih"
_LIMIT = 120.0
_STOP_LIMIT = 45.0


async def measure(bed: Bed) -> Table:
    """A first start in an empty data folder that has the model already, then two more."""
    folder = bed.folder / "whole"
    folder.mkdir()
    (folder / "models").symlink_to(DATA.resolve() / "models")
    table = Table(
        "`slrt run`: from the command until all roles are ready (seconds)",
        ("start", "seconds"),
        "With the embedded database and all four roles, bot too. The model is trained and on disk.",
    )
    async with await TelegramServer.start() as telegram:
        environment = _environment(folder, telegram)
        table.add("first: makes database, tables, keys and sample data", f"{await _run(environment):.1f}")
        table.add("second", f"{await _run(environment):.1f}")
        table.add("third", f"{await _run(environment):.1f}")
    return table


def _environment(folder: Path, telegram: TelegramServer) -> dict[str, str]:
    ports = {f"SLRT_{name}_PORT": str(free_port()) for name in ("HTTP", "INBOX", "NLU")}
    return {
        **os.environ,
        **ports,
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "SLRT_DATA_DIR": str(folder),
        "SLRT_RASA_PYTHON": str(ROOT / ".venv-rasa" / "bin" / "python"),
        "SLRT_TELEGRAM_TOKEN": telegram.token,
        "SLRT_TELEGRAM_API_URL": telegram.url,
    }


async def _run(environment: dict[str, str]) -> float:
    """Start it, wait until it is ready, and end it. Returns the seconds until it was ready."""
    started = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "slrt", "run"),
        cwd=environment["SLRT_DATA_DIR"],
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout is not None
    said: list[str] = []
    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(_LIMIT):
                async for line in process.stdout:
                    said.append(line.decode(errors="replace"))
                    if _READY in said[-1]:
                        taken = time.perf_counter() - started
                        assert not any(_TRAINING in one for one in said), "the sources of the model changed meanwhile"
                        return taken
        raise AssertionError("slrt run did not become ready:\n" + "".join(said[-20:]))
    finally:
        await _end(process, Path(environment["SLRT_DATA_DIR"]))


async def _end(process: asyncio.subprocess.Process, folder: Path) -> None:
    """Ask it to end; if it does not, kill it (its roles go with it) and stop its database."""
    if process.returncode is None:
        process.send_signal(signal.SIGTERM)
    try:
        await asyncio.wait_for(process.communicate(), _STOP_LIMIT)
    except TimeoutError:
        process.kill()
        await process.wait()
        if EmbeddedPostgres(folder).is_running():
            EmbeddedPostgres(folder).stop()
