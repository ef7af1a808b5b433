"""The web application that officers and agencies use; other doors on the same server hand in their routes."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from aiohttp import web

from actions.house import House
from console.api import routes as api
from console.middleware import keep_catalogue, log_requests, refuse_foreign_forms, set_headers, show_errors
from console.pages import (
    agency,
    catalogue,
    catalogue_versions,
    door,
    files,
    letters,
    mail,
    requests,
    supervisor,
    telegram,
    ticket,
    tokens,
    worklist,
)
from console.parts import COOKIES, HOUSE, IS_LOCAL, STATIC, Cookies, prepare_templates

_LARGEST_BODY = 256 * 1024


def _nobody_is_local(_request: web.Request) -> bool:
    return False


def build(
    house: House,
    extra_routes: Iterable[web.RouteDef] = (),
    *,
    secure_cookies: bool,
    is_local: Callable[[web.Request], bool] = _nobody_is_local,
) -> web.Application:
    """The console with the routes of other doors beside it; `secure_cookies` where the public address is https.

    `is_local` tells whether a request comes from this machine: sample officers are let in nowhere else. Serve the
    application with `access_log=None`: aiohttp's own log would write down paths, and with them the tokens of links. The
    routes handed in share the headers, the error pages and the refusal of foreign forms; their forms need a token of
    their own where a stranger could not know the address.
    """
    app = web.Application(
        middlewares=[log_requests, keep_catalogue, show_errors, refuse_foreign_forms], client_max_size=_LARGEST_BODY
    )
    app[HOUSE] = house
    app[COOKIES] = Cookies(secure_cookies)
    app[IS_LOCAL] = is_local
    prepare_templates(app)
    app.on_response_prepare.append(set_headers)
    desks = (door, worklist, supervisor, catalogue_versions, catalogue, ticket, agency, files, letters, mail)
    for part in (*desks, requests, telegram, tokens, api):
        app.add_routes(part.ROUTES)
    app.router.add_static("/static/console", STATIC)
    app.add_routes(extra_routes)
    return app
