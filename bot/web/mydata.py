"""The page behind `/data`: a copy of what is kept, fetched once. Opening spends nothing, pressing the button does."""

from __future__ import annotations

from aiohttp import web

from actions.errors import LinkExpired, LinkInvalid
from actions.export import export
from actions.forms import EXPORT, form_open
from actions.house import House
from bot.web.answers import HEADERS, notice, page


class ExportPage:
    """`/d/{token}`."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def show(self, request: web.Request) -> web.Response:
        """The button, or a clear page when the link is no longer good."""
        try:
            await form_open(self._house, request.match_info["token"], EXPORT)
        except LinkInvalid:
            return notice("export_invalid", 410)
        except LinkExpired:
            return notice("export_expired", 410)
        return page("export")

    async def take(self, request: web.Request) -> web.Response:
        """The copy, as a file that is saved."""
        try:
            content = await export(self._house, request.match_info["token"])
        except LinkInvalid:
            return notice("export_invalid", 410)
        except LinkExpired:
            return notice("export_expired", 410)
        return web.Response(
            body=content,
            content_type="application/zip",
            headers={
                **HEADERS,
                "Cache-Control": "no-store",
                "Content-Disposition": 'attachment; filename="data-saya-slrt.zip"',
            },
        )
