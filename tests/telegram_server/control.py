"""The residents' API over HTTP, for a server in a process of its own.

``POST /control/residents/{name}/{action}`` and ``POST /control/server/{action}`` take the Python method's arguments
as a JSON object and answer ``{"ok": true, "result": ...}``. A message is named by its id, bytes are in base64.
"""

from __future__ import annotations

import base64
import inspect
import json
from typing import Any

from aiohttp import web

from .call import CallbackQuery, LoggedRequest
from .messages import ChatMessage
from .resident import Resident, Tap
from .server import TelegramServer

_RESIDENT = frozenset(
    {"start", "say", "send_photo", "send_document", "send_voice", "send_contact", "send_location", "edit", "delete",
     "block", "unblock", "deactivate", "tap", "expect", "read_all", "until_gone", "transcript", "messages", "keyboard",
     "typing", "unread"}
)  # fmt: skip
_SERVER = frozenset(
    {"drop_next", "fail_next", "clear_faults", "flood", "route_webhook", "requests", "calls", "polling"}
)


class Control:
    """The control endpoint of one server."""

    def __init__(self, server: TelegramServer) -> None:
        self._server = server

    async def resident(self, request: web.Request) -> web.Response:
        """Have a resident do or tell something."""
        resident = self._server.resident(request.match_info["name"])
        return await self._answer(resident, _RESIDENT, request)

    async def server(self, request: web.Request) -> web.Response:
        """Do something to the server."""
        if request.match_info["action"] == "advance":
            return await self._answer(self._server.clock, frozenset({"advance"}), request)
        return await self._answer(self._server, _SERVER, request)

    async def _answer(self, target: object, known: frozenset[str], request: web.Request) -> web.Response:
        action = request.match_info["action"]
        if action not in known:
            return web.json_response({"ok": False, "error": f"there is no {action}"}, status=404)
        found = getattr(target, action)
        try:
            arguments = self._arguments(await request.text(), target)
            result = found(**arguments) if callable(found) else found
            if inspect.isawaitable(result):
                result = await result
        except (AssertionError, TypeError, ValueError) as error:
            return web.json_response({"ok": False, "error": str(error)}, status=400)
        return web.json_response({"ok": True, "result": _plain(result)})

    def _arguments(self, body: str, target: object) -> dict[str, Any]:
        arguments: dict[str, Any] = json.loads(body or "{}")
        for name, value in arguments.items():
            if name == "data":
                arguments[name] = base64.b64decode(value)
            elif name in {"message", "reply_to"} and isinstance(target, Resident):
                arguments[name] = target.find(value)
            elif name in {"chat", "resident"}:
                arguments[name] = self._server.resident(value)
        return arguments


def _plain(value: object) -> object:
    match value:
        case ChatMessage():
            shown: dict[str, object] = {"text": value.text, "labels": value.labels, "links": value.links}
            return shown | {"id": value.id, "from_bot": value.from_bot, "deleted": value.deleted}
        case Tap():
            sent = None if value.sent is None else value.sent.id
            return {"label": value.button.label, "url": value.url, "sent": sent, "query": _plain(value.query)}
        case CallbackQuery():
            return {"id": value.id, "answered": value.answered, "text": value.text}
        case LoggedRequest():
            logged: dict[str, object] = {"method": value.method, "params": value.params, "time": value.time}
            return logged | {"status": value.status, "description": value.description, "fault": value.fault}
        case list():
            return [_plain(one) for one in value]
    return value


def add_control(app: web.Application, server: TelegramServer) -> None:
    """Add the control endpoint to a server's application."""
    control = Control(server)
    app.router.add_post("/control/residents/{name}/{action}", control.resident)
    app.router.add_post("/control/server/{action}", control.server)
