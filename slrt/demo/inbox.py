"""The sample inbox: a real mail server and webhook receiver on loopback, and a page that shows what arrived."""

from __future__ import annotations

import asyncio
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

from aiohttp import web
from aiosmtpd.smtp import SMTP, Envelope, Session

from referral.channels.webhook import signature
from referral.contacts import Contacts
from registry.generator import SAMPLE_PERSONS
from slrt.demo.local import is_local
from templates import render

_LINK = re.compile(r"https?://\S+")
_SHOWN = 100


@dataclass(frozen=True)
class Received:
    """One thing that a sample agency received; `to` is the unit or the mail address."""

    at: str
    way: str
    to: str
    subject: str
    text: str
    links: tuple[str, ...]


class Inbox:
    """Keeps what was received as files in `folder`, one each, newest last."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def keep(self, way: str, to: str, subject: str, text: str) -> None:
        """Keep one thing."""
        now = datetime.now(UTC)
        links = tuple(link.rstrip('".,') for link in _LINK.findall(text))
        item = Received(now.isoformat(timespec="seconds"), way, to, subject, text, links)
        path = self._folder / f"{now:%Y%m%dT%H%M%S%f}.json"
        path.write_text(json.dumps(asdict(item), ensure_ascii=False))

    def items(self) -> list[Received]:
        """What was received, newest first."""
        newest = sorted(self._folder.glob("*.json"), reverse=True)[:_SHOWN]
        return [Received(**json.loads(path.read_text())) for path in newest]

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        """Called by the mail server for each mail."""
        content = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content).encode()
        mail = message_from_bytes(content, policy=policy.default)
        body = mail.get_body(("plain",))
        text = body.get_content() if body else ""
        await asyncio.to_thread(self.keep, "email", ", ".join(envelope.rcpt_tos), str(mail["subject"] or ""), text)
        return "250 OK"


def genuine(headers: Mapping[str, str], body: bytes, secret: str) -> bool:
    """Whether a webhook is signed with our secret, as a receiver should check it."""
    key, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not timestamp.isdecimal():
        return False
    return hmac.compare_digest(signature(secret, key, int(timestamp), body), headers.get("webhook-signature", ""))


async def serve_mail(inbox: Inbox, port: int) -> asyncio.Server:
    """Start the mail server on loopback."""
    loop = asyncio.get_running_loop()
    return await loop.create_server(lambda: SMTP(inbox, enable_SMTPUTF8=True, loop=loop), "127.0.0.1", port)


def routes(inbox: Inbox, contacts: Contacts, log_ins: list[dict[str, Any]]) -> list[web.RouteDef]:
    """`/contoh` (the page) and the sample agencies' webhooks, for this machine alone."""

    async def page(request: web.Request) -> web.Response:
        if not is_local(request):
            raise web.HTTPNotFound
        items = await asyncio.to_thread(inbox.items)
        return web.Response(
            text=render("demo/inbox.html", items=items, log_ins=log_ins, people=SAMPLE_PERSONS),
            content_type="text/html",
        )

    async def webhook(request: web.Request) -> web.Response:
        unit = request.match_info["unit"]
        body = await request.read()
        secret = next((c.secret for c in contacts.channels(unit) if c.kind == "webhook"), None)
        if not is_local(request) or secret is None or not genuine(request.headers, body, secret):
            raise web.HTTPUnauthorized
        data = json.loads(body)
        text = json.dumps(data, ensure_ascii=False, indent=1)
        await asyncio.to_thread(inbox.keep, "webhook", unit, str(data["type"]), text)
        return web.Response(status=204)

    return [web.get("/contoh", page), web.post("/contoh/webhook/{unit}", webhook)]
