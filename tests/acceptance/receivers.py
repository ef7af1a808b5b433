"""The agencies' side: a real mail server and a real web server that keep what they get."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, cast

from aiohttp import web
from aiosmtpd.smtp import SMTP, Envelope, Session

from slrt.demo.inbox import genuine


@dataclass(frozen=True)
class Mail:
    """A mail as it arrived."""

    to: str
    subject: str
    text: str
    html: str
    raw: str


class Waiting:
    """Lets a test wait for something to become true whenever something arrived."""

    def __init__(self) -> None:
        self._news = asyncio.Condition()

    async def tell(self) -> None:
        """Something arrived."""
        async with self._news:
            self._news.notify_all()

    async def until(self, ready: Callable[[], bool], limit: float = 60.0) -> None:
        """Wait for `ready`; the limit only ends a test that hangs."""
        async with self._news:
            await asyncio.wait_for(self._news.wait_for(ready), limit)


class MailReceiver(Waiting):
    """A mail server for all agencies."""

    def __init__(self) -> None:
        super().__init__()
        self.mails: list[Mail] = []
        self.port = 0

    async def start(self) -> asyncio.Server:
        """Listen on a free port of loopback."""
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: SMTP(self, enable_SMTPUTF8=True, loop=loop), "127.0.0.1", self.port)
        self.port = server.sockets[0].getsockname()[1]
        return server

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        """Called by the mail server for each mail."""
        content = cast(bytes, envelope.content)
        mail = cast(EmailMessage, message_from_bytes(content, policy=policy.default))
        plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
        assert plain is not None
        assert html is not None
        self.mails.append(
            Mail(envelope.rcpt_tos[0], str(mail["subject"]), plain.get_content(), html.get_content(), content.decode())
        )
        await self.tell()
        return "250 OK"

    def to(self, unit: str) -> list[Mail]:
        """The mails that a unit got."""
        return [mail for mail in self.mails if mail.to.startswith(f"{unit}@")]


class WebhookReceiver(Waiting):
    """A web server for the agencies with webhooks; `down` makes it answer 503. It honours keys.

    Units that are `gone` want no more (410).
    """

    def __init__(self) -> None:
        super().__init__()
        self.secrets: dict[str, str] = {}
        self.calls: list[tuple[str, str, dict[str, Any]]] = []
        self.applied: dict[str, tuple[str, dict[str, Any]]] = {}
        self.forged = 0
        self.down = False
        self.gone: set[str] = set()
        self.port = 0

    async def start(self) -> web.AppRunner:
        """Listen on a free port of loopback."""
        app = web.Application()
        app.router.add_post("/{unit}", self._take)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", self.port)
        await site.start()
        self.port = runner.addresses[0][1]
        return runner

    async def _take(self, request: web.Request) -> web.Response:
        unit, body = request.match_info["unit"], await request.read()
        if not genuine(request.headers, body, self.secrets[unit]):
            self.forged += 1
            return web.Response(status=401)
        if unit in self.gone:
            return web.Response(status=410)
        key, data = request.headers["webhook-id"], json.loads(body)
        self.calls.append((unit, key, data))
        if not self.down:
            self.applied.setdefault(key, (unit, data))
        await self.tell()
        return web.Response(status=503 if self.down else 204)

    def to(self, unit: str) -> list[dict[str, Any]]:
        """What a unit applied, each key once."""
        return [data for to, data in self.applied.values() if to == unit]

    def asking(self, unit: str) -> list[dict[str, Any]]:
        """What asks something of a unit: news for its software alone carries no link."""
        return [data for data in self.to(unit) if "link" in data["data"]]
