"""Tokens of the agency API, for SLRT managers."""

from __future__ import annotations

from aiohttp import web

from actions import api_tokens
from actions.api_tokens import NewToken
from actions.errors import Incomplete, NotNow
from actions.views import SignedIn
from console.errors import TooLong
from console.forms import NOTHING_TYPED, Typed, check_lengths, read_form, typed_again
from console.parts import HOUSE, page, redirect
from console.session import for_officers

_SCOPE = "scope-"


async def tokens(request: web.Request, signed: SignedIn) -> web.StreamResponse:
    """`/token-instansi`: the tokens, and the form for a new one."""
    return await _show(request, signed)


async def _show(
    request: web.Request, signed: SignedIn, *, typed: Typed = NOTHING_TYPED, fresh: str | None = None
) -> web.Response:
    house = request.app[HOUSE]
    return page(
        request,
        "tokens.html",
        status={"": 200, "not_now": 409}.get(typed.code, 422),
        items=await api_tokens.list_tokens(house, signed.officer),
        units=api_tokens.token_units(house, signed.officer),
        scopes=api_tokens.SCOPES,
        typed=typed,
        fresh=fresh,
    )


async def issue(request: web.Request, signed: SignedIn) -> web.StreamResponse:
    """Make a token. It is shown on this one answer and never again, so there is no redirect."""
    values = await read_form(request)
    chosen = tuple(name.removeprefix(_SCOPE) for name in values if name.startswith(_SCOPE))
    new = NewToken(values.get("name", ""), values.get("unit", ""), chosen)
    try:
        check_lengths(values)
        fresh = await api_tokens.issue_token(request.app[HOUSE], signed.officer, new)
    except (Incomplete, TooLong) as problem:
        return await _show(request, signed, typed=typed_again("token", values, problem))
    return await _show(request, signed, fresh=fresh)


async def revoke(request: web.Request, signed: SignedIn) -> web.StreamResponse:
    """End a token."""
    values = await read_form(request)
    try:
        await api_tokens.revoke_token(request.app[HOUSE], signed.officer, int(request.match_info["token_id"]))
    except NotNow as problem:
        return await _show(request, signed, typed=typed_again("revoke", values, problem))
    return redirect("/token-instansi?kabar=token_revoked")


ROUTES = (
    web.get("/token-instansi", for_officers(tokens)),
    web.post("/token-instansi", for_officers(issue)),
    web.post(r"/token-instansi/{token_id:\d{1,15}}/cabut", for_officers(revoke)),
)
