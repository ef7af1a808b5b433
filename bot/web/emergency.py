"""The public page of emergency numbers, with links that a phone can call."""

from __future__ import annotations

from aiohttp import web

from actions.house import House
from bot.web.answers import page


class EmergencyPage:
    """`/darurat`: for everybody, without cookies and without a trace."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def show(self, _request: web.Request) -> web.Response:
        """All numbers of the catalogue."""
        catalogue = self._house.catalogue
        numbers = catalogue.emergency(catalogue.numbers.fitting, None)
        return page("emergency", cache="max-age=300", numbers=numbers)
