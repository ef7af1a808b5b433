"""The officer's worklist, and the agency officer's own."""

from __future__ import annotations

from aiohttp import web

from actions import due, mail_views, printing, stuck, worklist
from actions.views import SignedIn
from console.forms import read_form
from console.parts import HOUSE, page, redirect
from console.session import for_officers

_SHOWN = {"terbuka": "open", "lewat": "late", "selesai": "closed", "semua": "all"}


async def tickets(request: web.Request, signed: SignedIn) -> web.StreamResponse:
    """The tickets of the officer's area; an agency's officer is led to her own list."""
    if signed.officer.role == "agency":
        return redirect("/rujukan")
    chosen = request.query.get("tampil", "terbuka")
    if chosen not in _SHOWN:
        chosen = "terbuka"
    items = await worklist.worklist(request.app[HOUSE], signed.officer, _SHOWN[chosen])
    lanes = await stuck.stuck_lanes(request.app[HOUSE], signed.officer)
    to_print = await printing.print_count(request.app[HOUSE], signed.officer)
    mails = await mail_views.stray_count(request.app[HOUSE], signed.officer)
    return page(request, "worklist.html", items=items, chosen=chosen, stuck=lanes, to_print=to_print, mails=mails)


async def try_again(request: web.Request, signed: SignedIn) -> web.StreamResponse:
    """Let what is held for a receiver be tried again."""
    values = await read_form(request)
    await stuck.try_stuck_again(request.app[HOUSE], signed.officer, values.get("lane", ""))
    return redirect("/kerja")


async def referrals(request: web.Request, signed: SignedIn) -> web.StreamResponse:
    """The referrals that were sent to the officer's unit."""
    items = await worklist.agency_list(request.app[HOUSE], signed.officer)
    return page(request, "referrals.html", items=items)


async def late(request: web.Request, signed: SignedIn) -> web.StreamResponse:
    """What is overdue in the manager's area, by the desk whose turn it is."""
    return page(request, "late.html", desks=await due.late_by_desk(request.app[HOUSE], signed.officer))


ROUTES = (
    web.get("/lewat", for_officers(late)),
    web.get("/kerja", for_officers(tickets)),
    web.post("/kiriman/ulang", for_officers(try_again)),
    web.get("/rujukan", for_officers(referrals)),
)
