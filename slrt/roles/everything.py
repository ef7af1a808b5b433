"""`slrt run`: database, Rasa, console, dispatcher and (with a token) the bot, on this machine."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

from nlu import server, training
from slrt.building import nlu_token, prepare_database, prepare_keys, project_root
from slrt.demo.population import ensure_sample_population
from slrt.errors import StartError
from slrt.roles.common import stop_on_signals
from slrt.settings import Settings
from slrt.supervisor import Role, Supervisor
from storage.database import Database

Tell = Callable[[str], None]
_NLU_READY_SECONDS = 180.0


async def run(settings: Settings, database_url: str, tell: Tell) -> None:
    """Start everything, say where to go, and run until asked to end. Raises StartError with one sentence."""
    stop = stop_on_signals()
    prepare_keys(settings)
    supervisor = Supervisor(settings.data_dir / "logs", tell)
    try:
        starting = asyncio.create_task(_start_all(settings, database_url, tell, supervisor))
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not starting.done():
            starting.cancel()  # asked to end before everything was ready
            await asyncio.gather(starting, return_exceptions=True)
            return
        stopping.cancel()
        starting.result()
        await supervisor.until(stop)
    finally:
        tell("Berhenti …")
        await supervisor.close()


async def _start_all(settings: Settings, database_url: str, tell: Tell, supervisor: Supervisor) -> None:
    await _prepare_database(settings, database_url, tell)
    names = ["console", "dispatcher"] + (["bot"] if settings.telegram_token else [])
    for name in names:
        supervisor.start(_role(settings, database_url, name))
    if not settings.nlu_urls:
        supervisor.start(await _nlu_role(settings, tell))
        names.append("nlu")
    for name in names:
        await supervisor.ready(name)
        tell(f"{name}: siap")
    _welcome(settings, tell)


async def _prepare_database(settings: Settings, database_url: str, tell: Tell) -> None:
    database = Database(database_url)
    try:
        tell("Basis data: menyiapkan tabel …")
        await prepare_database(database)
        if settings.demo:
            await ensure_sample_population(settings.data_dir, database, tell)
    finally:
        await database.close()


def _role(settings: Settings, database_url: str, name: str) -> Role:
    environment = {
        "SLRT_DATABASE_URL": database_url,
        "SLRT_KEYS_FILE": str(settings.keys_path.resolve()),
        "SLRT_NLU_TOKEN": nlu_token(settings),
        "PYTHONUNBUFFERED": "1",
    }
    return Role(name, (sys.executable, "-m", "slrt", name), environment)


async def _nlu_role(settings: Settings, tell: Tell) -> Role:
    python = settings.rasa_python if settings.rasa_python.is_absolute() else project_root() / settings.rasa_python
    if not python.exists():
        raise StartError(f"There is no Rasa at {python}. Run `make setup`, or set SLRT_RASA_PYTHON.")
    model: Path = await training.ensure_model(python, settings.data_dir, tell)
    token = nlu_token(settings)
    command, environment = server.command(python, model, settings.nlu_port, token)
    url = f"http://127.0.0.1:{settings.nlu_port}"
    return Role("nlu", tuple(command), environment, ready=lambda: server.wait_ready(url, token, _NLU_READY_SECONDS))


def _welcome(settings: Settings, tell: Tell) -> None:
    tell("")
    tell("SLRT siap. / Ready.")
    if settings.demo:
        tell(f"  Warga (resident):          {settings.web_url}/chat")
        tell(f"  Petugas (officer):         {settings.web_url}/")
        tell(f"  Instansi (agencies' mail): {settings.web_url}/contoh")
    else:
        tell(f"  Petugas (officer):         {settings.web_url}/")
    if not settings.telegram_token:
        tell("  Telegram: off (set SLRT_TELEGRAM_TOKEN to switch it on)")
    tell("  Ctrl-C ends it.")
    tell("")
