"""The whole product with everything around it: residents in Telegram, agencies, officers; all over real connections."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import yaml
from sqlalchemy import text

from actions.officers import add_officer
from referral.catalogue import load_catalogue
from slrt.building import open_house, prepare_database
from slrt.settings import Settings
from storage.database import Database
from storage.keys import keys, save_keys
from tests.acceptance.browser import Visitor
from tests.acceptance.processes import Process
from tests.acceptance.receivers import MailReceiver, WebhookReceiver
from tests.telegram_server import TelegramServer

PUBLIC = "https://slrt.example.go.id"
PASSWORD = "sandi-untuk-uji"
# nobody waits here for news to gather, nor for the morning
_NEWS_AT_ONCE = (
    "create function at_once() returns trigger language plpgsql as "
    "$$ begin new.due_at := statement_timestamp(); new.since := new.due_at; return new; end $$",
    "create trigger at_once before insert on delivery for each row when (new.kind = 'job.notify') "
    "execute function at_once()",
)
WEBHOOK_UNITS = ("dinkes", "disdik")


def free_port() -> int:
    """A port of loopback that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class World:
    """See the module. `process(name)` gives a role; `telegram`, `mail`, `hooks` the others' sides."""

    def __init__(self, folder: Path, database_url: str, nlu_urls: str, nlu_token: str) -> None:
        self.folder = folder
        self.database_url = database_url
        self.mail = MailReceiver()
        self.hooks = WebhookReceiver()
        self.telegram: TelegramServer
        self.port = free_port()
        self.processes: dict[str, Process] = {}
        self._stack = AsyncExitStack()
        self._nlu = {"SLRT_NLU_URLS": nlu_urls, "SLRT_NLU_TOKEN": nlu_token}
        self.extra: dict[str, str] = {}

    async def open(self, **telegram: Any) -> None:
        """Start the others' sides."""
        self.telegram = await self._stack.enter_async_context(await TelegramServer.start(**telegram))
        server = await self.mail.start()
        self._stack.callback(server.close)
        runner = await self.hooks.start()
        self._stack.push_async_callback(runner.cleanup)
        save_keys(keys(), self.folder / "keys.json")
        database = Database(self.database_url)
        await prepare_database(database)
        async with database.transaction() as session:
            for statement in _NEWS_AT_ONCE:
                await session.execute(text(statement))
        await database.close()
        self._write_contacts()

    def _write_contacts(self) -> None:
        units: dict[str, list[dict[str, str]]] = {}
        for unit in load_catalogue().units.values():
            if unit.internal:
                continue
            units[unit.code] = [{"email": f"{unit.code}@instansi.test"}]
            if unit.agency.startswith(WEBHOOK_UNITS):
                secret = f"rahasia-{unit.code}"
                self.hooks.secrets[unit.code] = secret
                units[unit.code] = [{"webhook": f"http://127.0.0.1:{self.hooks.port}/{unit.code}", "secret": secret}]
        (self.folder / "contacts.yml").write_text(yaml.safe_dump({"units": units}))

    @property
    def environment(self) -> dict[str, str]:
        """The settings of our processes."""
        return {
            "SLRT_DATA_DIR": str(self.folder),
            "SLRT_DATABASE_URL": self.database_url,
            "SLRT_KEYS_FILE": str(self.folder / "keys.json"),
            "SLRT_TELEGRAM_TOKEN": self.telegram.token,
            "SLRT_TELEGRAM_API_URL": self.telegram.url,
            "SLRT_HTTP_PORT": str(self.port),
            "SLRT_PUBLIC_URL": PUBLIC,
            "SLRT_SMTP_URL": f"smtp://127.0.0.1:{self.mail.port}",
            "SLRT_DEMO": "0",
            **self._nlu,
            **self.extra,
        }

    async def start(self, *names: str) -> None:
        """Start roles (console, dispatcher, bot) and wait until they are ready."""
        made = [Process(name, environment=self.environment) for name in names]
        for process in made:
            self.processes[process.name] = process
            self._stack.push_async_callback(process.kill)
        await asyncio.gather(*(process.start() for process in made))

    def on_close(self, end: Callable[[], Awaitable[object]]) -> None:
        """Have something ended with the world."""
        self._stack.push_async_callback(end)

    async def officer(self, login: str, role: str, **more: Any) -> Visitor:
        """Add an officer and log her in to the real console."""
        settings = Settings(**{name.removeprefix("SLRT_").lower(): value for name, value in self.environment.items()})
        async with open_house(settings, self.database_url, "test") as house:
            await add_officer(house, login=login, name=login.title(), role=role, password=PASSWORD, **more)
        visitor = await self.visitor()
        await visitor.log_in(login, PASSWORD)
        return visitor

    async def visitor(self) -> Visitor:
        """Someone with a browser and no log-in."""
        return await self._stack.enter_async_context(Visitor(f"http://127.0.0.1:{self.port}", PUBLIC))

    async def fetch(self, query: str, *arguments: Any) -> list[asyncpg.Record]:
        """Ask the database itself."""
        connection = await asyncpg.connect(self.database_url)
        try:
            return list(await connection.fetch(query, *arguments))
        finally:
            await connection.close()

    async def until(self, query: str) -> None:
        """Wait until a query finds something; asked again whenever the database had time to change."""
        connection = await asyncpg.connect(self.database_url)
        try:
            async with asyncio.timeout(120):
                while not await connection.fetch(query):
                    await connection.execute("select pg_sleep(0.05)")
        finally:
            await connection.close()

    async def close(self) -> None:
        """End everything."""
        await self._stack.aclose()


@asynccontextmanager
async def a_world(folder: Path, database_url: str, nlu_urls: str, nlu_token: str) -> AsyncIterator[World]:
    """A world for one test."""
    world = World(folder, database_url, nlu_urls, nlu_token)
    try:
        await world.open()
        yield world
    finally:
        await world.close()
