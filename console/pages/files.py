"""Files that residents and agencies sent."""

from __future__ import annotations

from urllib.parse import quote

from aiohttp import web

from actions import attachments
from actions.views import SignedIn
from console.parts import HOUSE
from console.session import for_officers

# shown in the browser; everything else is only ever saved
_SHOWN = frozenset({"image/jpeg", "image/png", "image/webp", "audio/ogg", "audio/mpeg"})


async def attachment(request: web.Request, signed: SignedIn) -> web.StreamResponse:
    """A file of a ticket. It comes from a stranger: nothing in it may run, and only pictures and sound open here."""
    wanted = int(request.match_info["attachment_id"])
    return stranger_file(*await attachments.attachment(request.app[HOUSE], signed.officer, wanted))


async def agency_file(request: web.Request, signed: SignedIn) -> web.StreamResponse:
    """A file that an agency sent."""
    wanted = int(request.match_info["file_id"])
    return stranger_file(*await attachments.agency_file(request.app[HOUSE], signed.officer, wanted))


def stranger_file(media_type: str, name: str, content: bytes) -> web.Response:
    """A file that somebody sent, as an answer in which nothing of it can do harm."""
    shown = media_type in _SHOWN
    return web.Response(
        body=content,
        content_type=media_type if shown else "application/octet-stream",
        headers={
            "Content-Disposition": f"{'inline' if shown else 'attachment'}; filename*=UTF-8''{quote(name, safe='')}",
            "Content-Security-Policy": "default-src 'none'; sandbox",
        },
    )


ROUTES = (
    web.get(r"/berkas/{attachment_id:\d{1,15}}", for_officers(attachment)),
    web.get(r"/berkas-instansi/{file_id:\d{1,15}}", for_officers(agency_file)),
)
