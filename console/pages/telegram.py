"""Telegram for agencies: managers link the units' groups, an agency's officer links her own account."""

from __future__ import annotations

from aiohttp import web

from actions import accounts, groups
from actions.errors import NotFound
from actions.views import SignedIn
from console.forms import read_form
from console.parts import HOUSE, page, redirect
from console.session import for_officers


async def group_list(request: web.Request, signed: SignedIn) -> web.StreamResponse:
    """`/grup`: which offices hear in Telegram, and the codes that can be typed now."""
    return page(request, "groups.html", groups=await groups.groups(request.app[HOUSE], signed.officer))


async def group_code(request: web.Request, signed: SignedIn) -> web.StreamResponse:
    """A fresh code for an office's group."""
    unit = (await read_form(request)).get("unit", "")
    await groups.make_group_code(request.app[HOUSE], signed.officer, unit)
    return redirect("/grup?kabar=group_code")


async def group_end(request: web.Request, signed: SignedIn) -> web.StreamResponse:
    """An office's group hears no more."""
    unit = (await read_form(request)).get("unit", "")
    try:
        await groups.end_group(request.app[HOUSE], signed.officer, unit)
    except NotFound:
        return redirect("/grup")  # it has been ended already
    return redirect("/grup?kabar=group_end")


async def account(request: web.Request, signed: SignedIn) -> web.StreamResponse:
    """`/akun`: an agency's officer sees whether her Telegram is linked, and the code to do so."""
    return page(request, "account.html", account=await accounts.account_view(request.app[HOUSE], signed.officer))


async def account_code(request: web.Request, signed: SignedIn) -> web.StreamResponse:
    """A fresh code for her account."""
    await read_form(request)
    await accounts.make_account_code(request.app[HOUSE], signed.officer)
    return redirect("/akun?kabar=account_code")


async def account_end(request: web.Request, signed: SignedIn) -> web.StreamResponse:
    """Her account counts no longer."""
    await read_form(request)
    await accounts.unlink_account(request.app[HOUSE], signed.officer)
    return redirect("/akun?kabar=account_end")


ROUTES = (
    web.get("/grup", for_officers(group_list)),
    web.post("/grup", for_officers(group_code)),
    web.post("/grup/putus", for_officers(group_end)),
    web.get("/akun", for_officers(account)),
    web.post("/akun/telegram", for_officers(account_code)),
    web.post("/akun/telegram/putus", for_officers(account_end)),
)
