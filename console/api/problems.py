"""What went wrong, as problem+json (RFC 9457) with a title and a sentence in plain Indonesian."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from aiohttp import web

from actions.errors import BehindLogIn, Incomplete, NotNow, ScopeMissing, TokenUnknown, TooFast
from console.api.models import Mistake, Problem, as_json
from console.errors import Unfit
from templates import environment

ROOT = "/api/"
MEDIA_TYPE = "application/problem+json"


@cache
def words() -> Any:
    """The API's words for people, by name (`templates/api/words.txt`)."""
    return environment().get_template("api/words.txt").module


def kind_of(code: str) -> str:
    """The problem's `type`."""
    return f"urn:slrt:problem:{code.replace('_', '-')}"


def problem(request: web.Request, status: int, code: str, error: Exception | None = None) -> web.Response:
    """The answer that tells of a problem; `error` may say more."""
    title, detail = words().PROBLEMS[code]
    body = Problem(type=kind_of(code), title=title, status=status, detail=detail, instance=request.path, **_more(error))
    told = {name: value for name, value in as_json(body).items() if value is not None}
    return web.Response(
        status=status,
        body=json.dumps(told, ensure_ascii=False).encode(),
        content_type=MEDIA_TYPE,
        headers=_headers(error),
    )


def _more(error: Exception | None) -> Mapping[str, Any]:
    match error:
        case Unfit():
            return {"errors": [Mistake(at=at, type=kind) for at, kind in error.mistakes]}
        case Incomplete() if error.args:
            return {"errors": [Mistake(at=str(error.args[0]), type="missing")]}
        case BehindLogIn():
            return {"link": str(error.args[0])}
        case ScopeMissing():
            return {"scope": str(error.args[0])}
        case NotNow() if error.illegal is not None:
            return {"state": error.illegal.state}
    return {}


def _headers(error: Exception | None) -> dict[str, str]:
    match error:
        case TokenUnknown():
            return {"WWW-Authenticate": 'Bearer realm="slrt"'}
        case TooFast():
            return {"Retry-After": str(error.seconds)}
    return {}
