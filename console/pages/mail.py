"""What came in by mail: an office's files, that it was seen, and mails that belong to no referral."""

from __future__ import annotations

from aiohttp import web

from actions import mail_desk, mail_views
from actions.views import SignedIn
from console.forms import read_form
from console.pages.files import stranger_file
from console.parts import HOUSE, page, redirect
from console.session import for_officers


async def file(request: web.Request, signed: SignedIn) -> web.StreamResponse:
    """A file that came with a mail."""
    wanted = int(request.match_info["file_id"])
    return stranger_file(*await mail_views.mail_file(request.app[HOUSE], signed.officer, wanted))


async def seen(request: web.Request, signed: SignedIn) -> web.StreamResponse:
    """The officer has read a referral's mails."""
    await read_form(request)
    number, referral_id = request.match_info["number"], int(request.match_info["referral_id"])
    await mail_desk.mark_mail_seen(request.app[HOUSE], signed.officer, number, referral_id)
    return redirect(f"/tiket/{number}?kabar=mail_seen#rujukan-{referral_id}")


async def strays(request: web.Request, signed: SignedIn) -> web.StreamResponse:
    """Mails of agencies that belong to no referral."""
    items = await mail_views.stray_mails(request.app[HOUSE], signed.officer)
    return page(request, "mails.html", items=items)


async def stray_seen(request: web.Request, signed: SignedIn) -> web.StreamResponse:
    """A manager has seen to one of them."""
    await read_form(request)
    await mail_desk.stray_seen(request.app[HOUSE], signed.officer, int(request.match_info["mail_id"]))
    return redirect("/surel?kabar=mail_seen")


ROUTES = (
    web.get("/surel", for_officers(strays)),
    web.post(r"/surel/{mail_id:\d{1,15}}", for_officers(stray_seen)),
    web.get(r"/surel/berkas/{file_id:\d{1,15}}", for_officers(file)),
    web.post(r"/tiket/{number:[A-Za-z0-9-]{1,40}}/rujukan/{referral_id:\d{1,15}}/surel", for_officers(seen)),
)
