"""The page with the offices' answers. It only shows: opening it changes nothing."""

from __future__ import annotations

from aiohttp import web

from actions.details import details_view
from actions.errors import LinkExpired, LinkInvalid
from actions.house import House
from bot.web.answers import notice, page


class DetailsPage:
    """`/l/{token}`."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def show(self, request: web.Request) -> web.Response:
        """How the ticket stands, or a clear page when the link is no longer good."""
        try:
            view = await details_view(self._house, request.match_info["token"])
        except LinkInvalid:
            return notice("details_invalid", 410)
        except LinkExpired:
            return notice("details_expired", 410)
        return page("details", ticket=view)
