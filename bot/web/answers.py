"""Answers of the residents' pages, with the headers that all of them carry."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from templates import render

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex",
}


def page(template: str, status: int = 200, *, cache: str = "no-store", **values: Any) -> web.Response:
    """A page of `templates/bot/web`; nobody keeps a copy unless `cache` says so."""
    return web.Response(
        text=render(f"bot/web/{template}.html", **values),
        status=status,
        content_type="text/html",
        headers={**HEADERS, "Cache-Control": cache},
    )


def notice(kind: str, status: int) -> web.Response:
    """A page that only says something: link_invalid, link_expired, not_here, form_done …"""
    return page("notice", status, kind=kind)
