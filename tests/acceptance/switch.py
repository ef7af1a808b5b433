"""A switch in the line between the bot and Rasa."""

from __future__ import annotations

import aiohttp
from aiohttp import web


class Switch:
    """Passes everything on to Rasa while `on`; otherwise the line is dead, as when Rasa's machine is."""

    def __init__(self, url: str) -> None:
        self.on = True
        self.url = ""
        self._rasa = url

    async def start(self) -> None:
        """Listen on a free port of loopback."""
        app = web.Application()
        app.router.add_route("*", "/{rest:.*}", self._pass)
        self._session = aiohttp.ClientSession()
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def _pass(self, request: web.Request) -> web.Response:
        if not self.on:
            assert request.transport is not None
            request.transport.abort()
            return web.Response(status=503)
        body = await request.read()
        headers = {"Content-Type": request.content_type}
        async with self._session.request(
            request.method, self._rasa + request.path_qs, data=body, headers=headers
        ) as answer:
            return web.Response(status=answer.status, body=await answer.read(), content_type=answer.content_type)

    async def close(self) -> None:
        """Listen no more."""
        await self._session.close()
        await self._runner.cleanup()
