"""Which addresses Telegram accepts behind a button or a link."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

_SCHEME = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*:(?!\d)")
_APP_SCHEMES = frozenset({"tg", "ton", "tonsite"})


class WrongLink(ValueError):
    """The address is refused before it reaches Telegram's own checks; the text says why."""


class UnreachableLink(ValueError):
    """The address is well formed, but leads to this machine or a private network."""


def check_link(url: str) -> None:
    """Check an address as Telegram does.

    Raises:
        WrongLink: If the scheme or the host is not acceptable.
        UnreachableLink: If the host is loopback or private.
    """
    text = url.strip()
    if not text or any(char.isspace() for char in text):
        raise WrongLink("Wrong HTTP URL")
    scheme = _SCHEME.match(text)
    if scheme and scheme.group()[:-1].lower() in _APP_SCHEMES:
        return
    if scheme and scheme.group()[:-1].lower() not in {"http", "https"}:
        raise WrongLink("Unsupported URL protocol")
    parts = _split(text if scheme else f"http://{text}")
    host = (parts.hostname or "").rstrip(".")
    if not host or ("." not in host and ":" not in host):
        raise WrongLink("Wrong HTTP URL")
    if host.endswith(".localhost") or _is_private(host):
        raise UnreachableLink(url)


def _split(text: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError as error:
        raise WrongLink("Wrong HTTP URL") from error
    return parts


def _is_private(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return not address.is_global


def is_acceptable(url: str) -> bool:
    """Return whether Telegram would make a link of this address in a text."""
    try:
        check_link(url)
    except WrongLink:
        return False
    except UnreachableLink:
        return True
    return True
