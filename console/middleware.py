"""What happens around every page: headers, foreign forms refused, errors told kindly, requests logged by ids."""

from __future__ import annotations

import secrets
import time
import traceback
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

import structlog
from aiohttp import web

from actions.errors import (
    ActionError,
    BehindLogIn,
    CalledBack,
    Changed,
    Incomplete,
    KeyReused,
    LinkExpired,
    LinkInvalid,
    NotAllowed,
    NotFound,
    NotNow,
    NotSafe,
    ScopeMissing,
    TokenUnknown,
    TooFast,
    TooManyAttempts,
)
from console.api import problems
from console.errors import (
    ConsoleError,
    FormForeign,
    KeyMissing,
    NotJson,
    SessionOver,
    TooLarge,
    TooLong,
    Unfit,
    WrongKind,
)
from console.parts import CLIENT, COOKIES, HOUSE, REQUEST_ID, SIGNED, page

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_log = structlog.get_logger("console")
_SAFE = {"GET", "HEAD", "OPTIONS"}
_STATIC = "/static/"
# of a path's parts only these may be logged: tokens open doors
_LOGGED_PARTS = {"number", "referral_id", "attachment_id", "file_id", "mail_id", "inquiry_id", "feedback_id"}

_STATUS: dict[type[Exception], int] = {
    NotFound: 404,
    NotAllowed: 403,
    NotNow: 409,
    NotSafe: 409,
    Incomplete: 422,
    LinkInvalid: 404,
    LinkExpired: 410,
    TooManyAttempts: 429,
    FormForeign: 403,
    SessionOver: 401,
    TooLong: 422,
    TokenUnknown: 401,
    ScopeMissing: 403,
    BehindLogIn: 403,
    CalledBack: 410,
    Changed: 412,
    KeyReused: 409,
    KeyMissing: 400,
    NotJson: 400,
    WrongKind: 415,
    TooLarge: 413,
    Unfit: 422,
    TooFast: 429,
}
_CODES = {404: "not_found", 405: "method", 413: "too_large"}

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
    "X-Robots-Tag": "noindex, nofollow",
}


async def set_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Guard every response; a handler that set a header itself keeps it."""
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    if request.app[COOKIES].secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    lasting = request.path.startswith(_STATIC) and response.status in (200, 206, 304)
    # a static file's address carries a version, so the copy in the browser may stay
    cached = "public, max-age=31536000, immutable" if "v" in request.query else "public, max-age=3600"
    response.headers.setdefault("Cache-Control", cached if lasting else "no-store")


@web.middleware
async def log_requests(request: web.Request, handler: Handler) -> web.StreamResponse:
    """One line per request: the route's pattern and ids, never a token, a name or a text."""
    request[REQUEST_ID] = secrets.token_hex(4)
    started = time.perf_counter()
    try:
        response = await handler(request)
    except web.HTTPException as redirect:
        _log_request(request, redirect.status, started)
        raise
    _log_request(request, response.status, started)
    return response


def _log_request(request: web.Request, status: int, started: float) -> None:
    signed, client = request.get(SIGNED), request.get(CLIENT)
    resource = request.match_info.route.resource
    _log.info(
        "http.request",
        id=request[REQUEST_ID],
        method=request.method,
        route=resource.canonical if resource else None,
        status=status,
        ms=round((time.perf_counter() - started) * 1000, 1),
        officer=signed.officer.id if signed else None,
        token=client.token_id if client else None,
        **{name: value for name, value in request.match_info.items() if name in _LOGGED_PARTS},
    )


@web.middleware
async def show_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Whatever goes wrong becomes a page in plain words; for software a problem+json."""
    try:
        return await handler(request)
    except (ActionError, ConsoleError) as error:
        return _error_page(request, _STATUS.get(type(error), 400), error.code, error)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        answer = _error_page(request, error.status, _CODES.get(error.status, "bad_request"))
        if "Allow" in error.headers:
            answer.headers["Allow"] = error.headers["Allow"]
        return answer
    except Exception as error:
        _log_trouble(request, error)
        return _error_page(request, 500, "trouble")


def _error_page(request: web.Request, status: int, code: str, error: Exception | None = None) -> web.Response:
    if request.path.startswith(problems.ROOT):
        return problems.problem(request, status, code, error)
    typed = error.typed if isinstance(error, SessionOver) else {}
    return page(request, "error.html", status=status, code=code, typed_words=typed, request_id=request[REQUEST_ID])


def _log_trouble(request: web.Request, error: Exception) -> None:
    # the message of an error may quote data (an SQL parameter): where it happened says enough
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    _log.error(
        "http.trouble",
        id=request[REQUEST_ID],
        error=type(error).__name__,
        where=[f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames],
    )


@web.middleware
async def refuse_foreign_forms(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse what another site's page sends here. Forms also carry tokens: older browsers don't say where they are."""
    if request.method not in _SAFE and _is_foreign(request):
        raise FormForeign
    return await handler(request)


@web.middleware
async def keep_catalogue(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Have the whole request see one version of the catalogue."""
    with request.app[HOUSE].shelf.still():
        return await handler(request)


def _is_foreign(request: web.Request) -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = request.headers.get("Origin")
    if origin is None or origin == "null":  # our own pages send "null" because of no-referrer; the token decides
        return False
    return urlsplit(origin).netloc not in (request.host, urlsplit(request.app[HOUSE].public_url).netloc)
