"""The few files that the residents' pages need beside themselves."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from aiohttp import web

_FOLDER = Path(__file__).parent / "static"
_TYPES = {"warga.css": "text/css", "chat.js": "text/javascript"}


async def serve(request: web.Request) -> web.Response:
    """One of our files."""
    name = request.match_info["name"]
    if name not in _TYPES:
        raise web.HTTPNotFound
    return web.Response(
        text=_read(name),
        content_type=_TYPES[name],
        headers={"Cache-Control": "max-age=300", "X-Content-Type-Options": "nosniff"},
    )


@cache
def _read(name: str) -> str:
    return (_FOLDER / name).read_text("utf-8")
