"""Telegram calls us: the secret is checked, and 200 is said only after the turn was committed."""

from __future__ import annotations

import asyncio
import hmac
import json

import structlog
from aiohttp import web
from telegram import Bot, Update

from bot.errors import HouseUnreachable
from bot.telegram.translate import ALLOWED_UPDATES
from bot.telegram.turns import TurnTaker

log = structlog.get_logger()

_LARGEST = 1024 * 1024
_HEADER = "X-Telegram-Bot-Api-Secret-Token"
_CONNECTIONS = 40


async def announce(bot: Bot, url: str, secret: str) -> None:
    """Tell Telegram where to call."""
    await bot.set_webhook(url, allowed_updates=ALLOWED_UPDATES, secret_token=secret, max_connections=_CONNECTIONS)


class Webhook:
    """The door at which Telegram calls."""

    def __init__(self, bot: Bot, taker: TurnTaker, secret: str) -> None:
        self._bot = bot
        self._taker = taker
        self._secret = secret.encode()
        self._following: set[asyncio.Task[None]] = set()

    def app(self, path: str = "/") -> web.Application:
        """The web application with its one door."""
        app = web.Application(client_max_size=_LARGEST)
        app.router.add_post(path, self._take)
        app.on_cleanup.append(self._end)
        return app

    async def _take(self, request: web.Request) -> web.Response:
        shown = request.headers.get(_HEADER, "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(shown, self._secret):
            return web.Response(status=403)
        try:
            update = Update.de_json(json.loads(await request.text()), self._bot)
        except (ValueError, KeyError, TypeError, AttributeError):
            log.warning("webhook.unreadable")
            return web.Response(status=400)
        committed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        task = asyncio.create_task(self._follow(update, committed))
        self._following.add(task)
        task.add_done_callback(self._following.discard)
        try:
            await asyncio.shield(committed)
        except HouseUnreachable:
            return web.Response(status=503)  # Telegram calls again
        return web.Response(status=200)

    async def _follow(self, update: Update, committed: asyncio.Future[None]) -> None:
        def tell() -> None:
            if not committed.done():
                committed.set_result(None)

        try:
            await self._taker.take(update, tell, endless=False)
        except HouseUnreachable as error:
            if not committed.done():
                committed.set_exception(error)
        except Exception:
            log.exception("update.failed", update=update.update_id, exc_info=False)
        finally:
            if not committed.done():
                committed.set_exception(HouseUnreachable())

    async def _end(self, _app: web.Application) -> None:
        await asyncio.gather(*self._following, return_exceptions=True)
