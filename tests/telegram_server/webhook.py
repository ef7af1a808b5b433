"""Delivering updates to a webhook: in order per chat, again until a 2xx."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import aiohttp

from .clock import Clock
from .errors import bad_request
from .links import UnreachableLink, WrongLink, check_link
from .signals import Signal
from .updates import Update, UpdateQueue

PORTS = frozenset({80, 88, 443, 8443})
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_SECRET = re.compile(r"[A-Za-z0-9_-]{0,256}")
type _Feeds = dict[int, asyncio.Task[None]]


@dataclass
class WebhookSettings:
    """What setWebhook said."""

    url: str = ""
    secret: str = ""
    max_connections: int = 40
    last_error: str = ""
    last_error_date: float = 0.0


@dataclass
class Webhook:
    """The webhook and the tasks that feed it."""

    clock: Clock
    signal: Signal
    queue: UpdateQueue
    backoff: float = 0.05
    settings: WebhookSettings = field(default_factory=WebhookSettings)
    routes: dict[str, str] = field(default_factory=dict)
    _pump: asyncio.Task[None] | None = None
    _session: aiohttp.ClientSession | None = None

    @property
    def active(self) -> bool:
        """Whether updates go to a webhook."""
        return bool(self.settings.url)

    def check(self, url: str, secret: str) -> None:
        """Refuse what Telegram refuses, but for plain HTTP to this machine.

        Raises:
            ApiError: As setWebhook does.
        """
        if len(secret) > 256:
            raise bad_request("secret token is too long")
        if not _SECRET.fullmatch(secret):
            raise bad_request("secret token contains unallowed characters")
        try:
            parts = urlsplit(url if "://" in url else f"https://{url}")
            port = parts.port or (443 if parts.scheme == "https" else 80)
        except ValueError as error:
            raise bad_request("invalid webhook URL specified") from error
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise bad_request("invalid webhook URL specified")
        if parts.hostname in _LOOPBACK:
            return
        self._check_public(parts.scheme, parts.hostname, port)

    @staticmethod
    def _check_public(scheme: str, host: str, port: int) -> None:
        if scheme != "https":
            raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
        if port not in PORTS:
            raise bad_request("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
        try:
            check_link(f"https://{host}/")
        except WrongLink as error:
            raise bad_request("bad webhook: Failed to resolve host: Name or service not known") from error
        except UnreachableLink as error:
            raise bad_request(f"bad webhook: IP address {host} is reserved") from error

    async def start(self, settings: WebhookSettings) -> None:
        """Begin delivering."""
        await self.stop()
        self.settings = settings
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60))
        self._pump = asyncio.create_task(self._run(self._session))

    async def stop(self) -> None:
        """Stop delivering; what was not delivered stays queued."""
        self.settings = WebhookSettings()
        if self._pump is not None:
            self._pump.cancel()
            with suppress(asyncio.CancelledError):
                await self._pump
        if self._session is not None:
            await self._session.close()
        self._pump = self._session = None

    async def _run(self, session: aiohttp.ClientSession) -> None:
        slots = asyncio.Semaphore(self.settings.max_connections)
        busy: _Feeds = {}
        try:
            while True:
                await self.signal.until(lambda: any(one.chat_id not in busy for one in self.queue.pending), None)
                for chat_id in {one.chat_id for one in self.queue.pending} - busy.keys():
                    busy[chat_id] = asyncio.create_task(self._feed(session, slots, busy, chat_id))
        finally:
            tasks = list(busy.values())
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _feed(self, session: aiohttp.ClientSession, slots: asyncio.Semaphore, busy: _Feeds, chat_id: int) -> None:
        delay = self.backoff
        while update := next((one for one in self.queue.pending if one.chat_id == chat_id), None):
            async with slots:
                error = await self._post(session, update)
            if error is None:
                self.queue.remove(update)
                delay = self.backoff
            else:
                self.settings.last_error, self.settings.last_error_date = error, self.clock.now()
            self.signal.notify()
            if error is not None:
                await asyncio.sleep(delay)
                delay = min(delay * 2, 1.0)
        del busy[chat_id]

    async def _post(self, session: aiohttp.ClientSession, update: Update) -> str | None:
        headers = {"X-Telegram-Bot-Api-Secret-Token": self.settings.secret} if self.settings.secret else {}
        try:
            async with session.post(self._target(), json=update.json(), headers=headers) as answer:
                await answer.read()
                if answer.status // 100 == 2:
                    return None
                return f"Wrong response from the webhook: {answer.status} {answer.reason}"
        except aiohttp.ClientConnectorError:
            return "Connection refused"
        except (aiohttp.ClientError, ConnectionError):
            return "Webhook connection closed"
        except TimeoutError:
            return "Read timeout expired"

    def _target(self) -> str:
        url = self.settings.url
        public = max((prefix for prefix in self.routes if url.startswith(prefix)), key=len, default=None)
        return url if public is None else self.routes[public] + url[len(public) :]
