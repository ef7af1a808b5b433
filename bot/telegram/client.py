"""Making the client of Telegram's Bot API, or of a server that speaks it."""

from __future__ import annotations

import logging

from telegram import Bot
from telegram.request import HTTPXRequest

_READ_SECONDS = 20.0
_CONNECT_SECONDS = 10.0
_CONNECTIONS = 64


def make_bot(token: str, api_url: str) -> Bot:
    """The client for a token; calls go to `{api_url}/bot{token}/…`, files to `{api_url}/file/bot{token}/…`."""
    logging.getLogger("httpx").setLevel(logging.WARNING)  # its lines hold the address, and so the token
    return Bot(
        token,
        base_url=f"{api_url}/bot",
        base_file_url=f"{api_url}/file/bot",
        request=_request(_CONNECTIONS),
        get_updates_request=_request(1),
    )


def _request(connections: int) -> HTTPXRequest:
    return HTTPXRequest(
        connection_pool_size=connections,
        read_timeout=_READ_SECONDS,
        write_timeout=_READ_SECONDS,
        connect_timeout=_CONNECT_SECONDS,
        pool_timeout=_CONNECT_SECONDS,
    )
