"""The front door: log-in, log-out, and where to go first."""

from __future__ import annotations

from aiohttp import web

from actions import officers
from actions.errors import TooManyAttempts
from actions.views import SignedIn
from console.forms import NOTHING_TYPED, Typed, read_form
from console.parts import COOKIES, HOUSE, IS_LOCAL, page, redirect
from console.session import check_token, for_officers, form_token, local_path, who, whose


async def front(request: web.Request) -> web.StreamResponse:
    """`/`: on to the work, or to the log-in."""
    signed = await who(request)
    if signed is None:
        return redirect("/masuk")
    return redirect("/rujukan" if signed.officer.role == "agency" else "/kerja")


async def login_page(request: web.Request) -> web.StreamResponse:
    """The log-in form."""
    onward = local_path(request.query.get("lanjut"))
    if await who(request):
        return redirect(onward)
    return _show(request, onward)


def _show(
    request: web.Request, onward: str, *, status: int = 200, code: str = "", typed: Typed = NOTHING_TYPED
) -> web.Response:
    token = form_token(request)
    values = {"onward": onward, "token": token, "code": code, "typed": typed, "local": request.app[IS_LOCAL](request)}
    response = page(request, "login.html", status=status, **values)
    cookies = request.app[COOKIES]
    cookies.set(response, cookies.form, token)
    return response


async def log_in(request: web.Request) -> web.StreamResponse:
    """Try a log-in. A wrong one says nothing about whether the name exists."""
    values = await read_form(request)
    cookies = request.app[COOKIES]
    check_token(values.get("token", ""), request.cookies.get(cookies.form, ""))
    onward = local_path(values.get("lanjut"))
    typed = Typed("masuk", {"login": values.get("login", "")}, "", "")
    try:
        session = await officers.log_in(request.app[HOUSE], values.get("login", ""), values.get("password", ""))
    except TooManyAttempts as problem:
        return _show(request, onward, status=429, code=problem.code, typed=typed)
    if session is not None and await whose(request, session) is None:
        await officers.log_out(request.app[HOUSE], session)
        session = None
    if session is None:
        return _show(request, onward, status=403, code="wrong_login", typed=typed)
    response = redirect(onward)
    cookies.set(response, cookies.session, session)
    cookies.drop(response, cookies.form)
    return response


async def log_out(request: web.Request, signed: SignedIn) -> web.StreamResponse:
    """End the log-in here and in the database."""
    cookies = request.app[COOKIES]
    await officers.log_out(request.app[HOUSE], request.cookies[cookies.session])
    response = redirect("/masuk?kabar=logged_out")
    cookies.drop(response, cookies.session)
    return response


async def health(_request: web.Request) -> web.StreamResponse:
    """`/sehat`: this process answers."""
    return web.json_response({"sehat": True})


ROUTES = (
    web.get("/", front),
    web.get("/masuk", login_page),
    web.post("/masuk", log_in),
    web.post("/keluar", for_officers(log_out)),
    web.get("/sehat", health),
)
