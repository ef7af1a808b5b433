"""The web pages: officers' console, agencies' answers, the identity form, and in the try-out chat and inbox."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import asdict

from aiohttp import web

from actions.house import House
from bot.web import routes as resident_routes
from console.app import build
from console.pages import inbound
from slrt.building import open_house, step_for
from slrt.demo import inbox
from slrt.demo.local import is_local
from slrt.demo.people import PASSWORD, ensure_samples
from slrt.errors import StartError
from slrt.roles.common import say_ready, stop_on_signals
from slrt.settings import Settings


async def run(settings: Settings, database_url: str) -> None:
    """Serve until the process is asked to end."""
    stop = stop_on_signals()
    async with open_house(settings, database_url, "console") as house, AsyncExitStack() as stack:
        extra = resident_routes(house, step_for(house))
        extra += inbound.routes(house, settings.mail_webhook_secret)
        if settings.demo:
            extra += await _sample_inbox(settings, house, stack)
        app = build(house, extra, secure_cookies=settings.web_url.startswith("https://"), is_local=is_local)
        runner = web.AppRunner(app, access_log=None, handle_signals=False)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        site = web.TCPSite(runner, settings.http_host, settings.http_port)
        try:
            await site.start()
        except OSError as error:
            raise StartError(
                f"Port {settings.http_port} on {settings.http_host} is taken; set SLRT_HTTP_PORT to another."
            ) from error
        say_ready(url=settings.web_url)
        await stop.wait()


async def _sample_inbox(settings: Settings, house: House, stack: AsyncExitStack) -> list[web.RouteDef]:
    samples = await ensure_samples(house)
    box = inbox.Inbox(settings.data_dir / "inbox")
    if settings.smtp_url is None:
        try:
            server = await inbox.serve_mail(box, settings.inbox_port)
        except OSError as error:
            raise StartError(
                f"Port {settings.inbox_port} for the sample inbox is taken; set SLRT_INBOX_PORT to another."
            ) from error
        stack.callback(server.close)
    return inbox.routes(box, house.contacts, [{**asdict(sample), "password": PASSWORD} for sample in samples])
