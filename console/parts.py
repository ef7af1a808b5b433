"""What every page of the console is handed: the house, its cookies, and the one way to fill in a template."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp_jinja2
from aiohttp import web
from jinja2 import Environment

from actions.api_tokens import Client
from actions.house import House
from actions.views import SignedIn
from templates import environment

STATIC = Path(__file__).parent / "static"
WIB = ZoneInfo("Asia/Jakarta")


@dataclass(frozen=True)
class Cookies:
    """Names and flags of the console's cookies."""

    secure: bool

    @property
    def session(self) -> str:
        """The cookie that holds a log-in; the prefix binds it to this very host."""
        return "__Host-slrt" if self.secure else "slrt"

    @property
    def form(self) -> str:
        """The cookie that vouches for a form before anyone is logged in."""
        return "__Host-slrt-form" if self.secure else "slrt-form"

    def set(self, response: web.StreamResponse, name: str, value: str) -> None:
        """Set a cookie that scripts can't read and other sites can't send; it ends with the browser."""
        response.set_cookie(name, value, path="/", httponly=True, samesite="Lax", secure=self.secure)

    def drop(self, response: web.StreamResponse, name: str) -> None:
        """Take a cookie back."""
        response.del_cookie(name, path="/", httponly=True, samesite="Lax", secure=self.secure)


HOUSE = web.AppKey("house", House)
COOKIES = web.AppKey("cookies", Cookies)
VERSION = web.AppKey("version", str)
IS_LOCAL = web.AppKey[Callable[[web.Request], bool]]("is_local")
SIGNED = web.RequestKey("signed", SignedIn)
CLIENT = web.RequestKey("client", Client)
REQUEST_ID = web.RequestKey("request_id", str)


def prepare_templates(app: web.Application) -> None:
    """Hand the app the project's templates with the console's own filters."""
    shared = environment()
    pages: Environment = shared.overlay()
    pages.filters = {**shared.filters, "wib": wib, "days_from": days_from, "groupby_in_order": groupby_in_order}
    app[aiohttp_jinja2.APP_KEY] = pages
    content = b"".join(path.read_bytes() for path in sorted(STATIC.iterdir()))
    app[VERSION] = hashlib.sha256(content).hexdigest()[:12]


def wib(moment: datetime) -> datetime:
    """A moment in western Indonesian time."""
    return moment.astimezone(WIB)


def days_from(moment: datetime, start: datetime) -> int:
    """Calendar days in western Indonesian time from `start` to `moment`; negative when it is past."""
    day: date = wib(moment).date()
    return (day - wib(start).date()).days


def groupby_in_order(items: Iterable[Any], attribute: str) -> list[tuple[Any, list[Any]]]:
    """Neighbours that agree in an attribute, together, in their order."""
    return [(key, list(group)) for key, group in groupby(items, key=attrgetter(attribute))]


def page(request: web.Request, template: str, *, status: int = 200, **values: Any) -> web.Response:
    """Fill in a page. Every page knows the log-in, whether this is a try-out, and the present moment."""
    house = request.app[HOUSE]
    known: dict[str, Any] = {
        "signed": request.get(SIGNED),
        "demo": house.demo,
        "now": house.clock(),
        "version": request.app[VERSION],
        "news": request.query.get("kabar", ""),
    }
    return aiohttp_jinja2.render_template(f"console/{template}", request, {**known, **values}, status=status)


def redirect(location: str) -> web.Response:
    """Send the browser on after a form, so that reloading sends nothing twice."""
    return web.Response(status=303, headers={"Location": location})
