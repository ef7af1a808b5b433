"""The SLRT manager's own list: what residents say went wrong, and what nobody has answered."""

from __future__ import annotations

from aiohttp import web

from actions import supervision
from actions.errors import NotNow
from actions.views import SignedIn
from console.forms import check_lengths, read_form
from console.parts import HOUSE, page, redirect
from console.session import for_officers


async def supervisor(request: web.Request, signed: SignedIn) -> web.StreamResponse:
    """The lists; for managers alone."""
    return await _show(request, signed)


async def _show(request: web.Request, signed: SignedIn, *, status: int = 200, problem: str = "") -> web.Response:
    view = await supervision.supervisor_view(request.app[HOUSE], signed.officer)
    return page(request, "supervisor.html", status=status, view=view, problem=problem)


async def handle(request: web.Request, signed: SignedIn) -> web.StreamResponse:
    """A manager has seen to what a resident said."""
    values = await read_form(request)
    check_lengths(values)
    note = values.get("note", "").strip() or None
    try:
        await supervision.handle(request.app[HOUSE], signed.officer, int(request.match_info["feedback_id"]), note)
    except NotNow as problem:
        return await _show(request, signed, status=409, problem=problem.code)
    return redirect("/penyelia?kabar=handle")


ROUTES = (
    web.get("/penyelia", for_officers(supervisor)),
    web.post(r"/penyelia/{feedback_id:\d{1,15}}", for_officers(handle)),
)
