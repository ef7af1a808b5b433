"""Who is logged in, and proof that a form came from our own page."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Awaitable, Callable
from functools import wraps
from urllib.parse import quote, urlsplit

from aiohttp import web

from actions import officers
from actions.views import SignedIn
from console.errors import FormForeign, SessionOver
from console.forms import own_words, read_form
from console.parts import COOKIES, HOUSE, IS_LOCAL, SIGNED, redirect

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
OfficerHandler = Callable[[web.Request, SignedIn], Awaitable[web.StreamResponse]]

_READING = {"GET", "HEAD"}


async def who(request: web.Request) -> SignedIn | None:
    """The log-in of this request, if there is one that still holds."""
    token = request.cookies.get(request.app[COOKIES].session)
    signed = await whose(request, token) if token else None
    if signed is not None:
        request[SIGNED] = signed
    return signed


async def whose(request: web.Request, token: str) -> SignedIn | None:
    """The log-in of a session's token. Sample officers, whose passwords all know, are let in on this machine alone."""
    signed = await officers.signed_in(request.app[HOUSE], token)
    if signed is not None and signed.officer.sample and not request.app[IS_LOCAL](request):
        return None
    return signed


def for_officers(handler: OfficerHandler) -> Handler:
    """A page behind log-in. Others are led to the log-in page; a form must carry the log-in's own token."""

    @wraps(handler)
    async def guarded(request: web.Request) -> web.StreamResponse:
        signed = await who(request)
        if request.method in _READING:
            return await handler(request, signed) if signed else redirect(f"/masuk?lanjut={quote(request.path_qs)}")
        values = await read_form(request)
        if signed is None:
            raise SessionOver(own_words(values))
        check_token(values.get("csrf", ""), signed.csrf)
        return await handler(request, signed)

    return guarded


def check_token(given: str, expected: str) -> None:
    """Raise FormForeign unless the token is the expected one."""
    if not expected or not hmac.compare_digest(given.encode(), expected.encode()):
        raise FormForeign


def form_token(request: web.Request) -> str:
    """The token for a form before log-in: the one in the browser's cookie, or a fresh one."""
    return request.cookies.get(request.app[COOKIES].form) or secrets.token_urlsafe(24)


def local_path(target: str | None) -> str:
    """A path of this site to go on to; whatever leads elsewhere becomes the front door."""
    safe = target is not None and target.startswith("/") and not target.startswith(("//", "/\\"))
    if not safe or target is None or any(ord(character) < 32 or character == "\\" for character in target):
        return "/"
    parts = urlsplit(target)
    return "/" if parts.scheme or parts.netloc else target
