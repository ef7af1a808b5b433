"""What is measured: PostgreSQL with fsync on and an invented population, Rasa with the real model, a house."""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from actions.house import House
from nlu import server, training
from slrt.building import open_house
from slrt.demo.population import ensure_sample_population
from slrt.settings import Settings
from storage.database import Database
from storage.embedded import EmbeddedPostgres
from storage.schema import upgrade
from tests.acceptance.processes import ROOT, Process
from tests.acceptance.world import PUBLIC, free_port

TOKEN = "kunci-rasa-untuk-ukur"
RASA_PYTHON = ROOT / ".venv-rasa" / "bin" / "python"
DATA = ROOT / "data"
NLU_SECONDS = 180.0


def say(line: str) -> None:
    """Tell how far it is."""
    print(f"· {line}", flush=True)


def silent(line: str) -> None:
    """Take no notice."""


@dataclass(frozen=True)
class Bed:
    """A running PostgreSQL with a migrated database, from which fresh ones are copied."""

    folder: Path
    postgres: EmbeddedPostgres

    async def fresh(self, name: str) -> str:
        """The URL of a new database with all tables and the population."""
        control = await asyncpg.connect(self.postgres.url("postgres"))
        await control.execute(f'create database "{name}" template "slrt" strategy file_copy')
        await control.close()
        return self.postgres.url(name)

    async def version(self) -> str:
        """Of PostgreSQL."""
        control = await asyncpg.connect(self.postgres.url("postgres"))
        found = str(await control.fetchval("show server_version"))
        await control.close()
        return found.split()[0]

    @property
    def postmaster(self) -> int:
        """The process id of PostgreSQL."""
        return int((self.folder / "postgres" / "postmaster.pid").read_text().split()[0])

    @asynccontextmanager
    async def house(self, name: str, nlu_url: str) -> AsyncIterator[House]:
        """A house on a fresh database, with the sample contacts of the try-out."""
        url = await self.fresh(name)
        settings = Settings(data_dir=self.folder, public_url=PUBLIC, nlu_urls=(nlu_url,), nlu_token=TOKEN)
        async with open_house(settings, url, "bot") as house:
            yield house


@asynccontextmanager
async def a_bed() -> AsyncIterator[Bed]:
    """The database's folder lies below data/: the figures are those of the disk that the product would use."""
    DATA.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=DATA) as name:
        folder = Path(name)
        postgres = EmbeddedPostgres(folder)
        with postgres.running() as url:
            database = Database(url)
            await upgrade(database)
            await ensure_sample_population(folder, database, silent)
            await database.close()
            yield Bed(folder, postgres)


class Rasa:
    """Our Rasa, which can be started more than once."""

    def __init__(self, model: Path) -> None:
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        command, environment = server.command(RASA_PYTHON, model, self._port, TOKEN)
        self.process = Process("nlu", *command, environment=environment)

    async def start(self) -> float:
        """Start it; returns the seconds until it was ready."""
        started = time.perf_counter()
        await self.process.start(until_ready=False)
        await server.wait_ready(self.url, TOKEN, NLU_SECONDS)
        return time.perf_counter() - started


async def rasa_version() -> str:
    """Of the Rasa that is installed."""
    ask = "import importlib.metadata as m, json; print(json.dumps(m.version('rasa')))"
    asked = await asyncio.create_subprocess_exec(str(RASA_PYTHON), "-c", ask, stdout=asyncio.subprocess.PIPE)
    answer, _ = await asked.communicate()
    return str(json.loads(answer))


@asynccontextmanager
async def a_rasa() -> AsyncIterator[Rasa]:
    """Rasa with the model of this code; trained first where that was not done yet. Not started yet."""
    rasa = Rasa(await training.ensure_model(RASA_PYTHON, DATA, say))
    try:
        yield rasa
    finally:
        await rasa.process.kill()
