"""The web application that officers and agencies use; other doors on the same server hand in their routes."""

from __future__ import annotations

from collections.abc import Iterable

from aiohttp import web

from actions.house import House
from console.middleware import log_requests, refuse_foreign_forms, set_headers, show_errors
from console.pages import agency, door, files, ticket, worklist
from console.parts import COOKIES, HOUSE, STATIC, VERSION, Cookies, prepare_templates

__all__ = ["COOKIES", "HOUSE", "VERSION", "build"]

_LARGEST_BODY = 256 * 1024


def build(house: House, extra_routes: Iterable[web.RouteDef] = (), *, secure_cookies: bool) -> web.Application:
    """The console with the routes of other doors beside it; `secure_cookies` where the public address is https.

    Serve it with `access_log=None`: aiohttp's own log would write down paths, and with them the tokens of links. The
    routes handed in share the headers, the error pages and the refusal of foreign forms; their forms need a token of
    their own where a stranger could not know the address.
    """
    app = web.Application(middlewares=[log_requests, show_errors, refuse_foreign_forms], client_max_size=_LARGEST_BODY)
    app[HOUSE] = house
    app[COOKIES] = Cookies(secure_cookies)
    prepare_templates(app)
    app.on_response_prepare.append(set_headers)
    for part in (door, worklist, ticket, agency, files):
        app.add_routes(part.ROUTES)
    app.router.add_static("/static/console", STATIC)
    app.add_routes(extra_routes)
    return app
