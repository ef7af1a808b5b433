"""Whether a request comes from this very machine: the try-out's doors answer to nobody else."""

from __future__ import annotations

import ipaddress

from aiohttp import web

_NAMES = {"localhost", "127.0.0.1", "::1"}
_PROXY_HEADERS = ("X-Forwarded-For", "X-Real-IP", "Forwarded")


def is_local(request: web.Request) -> bool:
    """True for a browser on this machine: loopback peer, loopback name, and no proxy in between."""
    try:
        peer = ipaddress.ip_address(request.remote or "")
    except ValueError:
        return False
    host = request.url.host or ""
    return peer.is_loopback and host in _NAMES and not any(name in request.headers for name in _PROXY_HEADERS)
