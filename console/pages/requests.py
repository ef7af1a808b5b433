"""Requests of residents about their own data, for managers."""

from __future__ import annotations

from aiohttp import web

from actions import requests
from actions.views import SignedIn
from console.forms import read_form
from console.parts import HOUSE, page, redirect
from console.session import for_officers


async def shown(request: web.Request, signed: SignedIn) -> web.StreamResponse:
    """What is asked and not done yet."""
    items = await requests.open_requests(request.app[HOUSE], signed.officer)
    return page(request, "requests.html", items=items)


async def handed_over(request: web.Request, signed: SignedIn) -> web.StreamResponse:
    """The copy was given to the resident at the office."""
    await read_form(request)
    await requests.hand_over(request.app[HOUSE], signed.officer, int(request.match_info["request_id"]))
    return redirect("/permintaan-data")


ROUTES = (
    web.get("/permintaan-data", for_officers(shown)),
    web.post(r"/permintaan-data/{request_id:\d{1,15}}", for_officers(handed_over)),
)
