"""The door for a mail service that posts agencies' answers, signed after the Standard Webhooks specification."""

from __future__ import annotations

import base64
import binascii
import hmac
import json

from aiohttp import web

from actions.house import House
from actions.mailbox import take_mail
from referral.channels.inbound import read_mail
from referral.channels.webhook import signature
from referral.errors import MailUnreadable

_PATH = "/surel/masuk"
_AROUND = 4096  # what a JSON form has around a mail


def routes(house: House, secret: str | None) -> list[web.RouteDef]:
    """`POST /surel/masuk`: a mail as it is (`message/rfc822`), or as JSON `{"raw": base64}`. Without a secret: none."""
    if secret is None:
        return []

    async def take(request: web.Request) -> web.Response:
        json_form = request.content_type == "application/json"
        largest = house.limits.mail.largest
        body = await _read(request, largest * 4 // 3 + _AROUND if json_form else largest)
        if not _genuine(request, body, secret, house):
            return _answer(401, "signature")
        try:
            result = await take_mail(house, read_mail(_raw(body) if json_form else body))
        except MailUnreadable:
            return _answer(422, "unreadable")
        return _answer(200, result)

    return [web.post(_PATH, take)]


def _answer(status: int, result: str) -> web.Response:
    return web.json_response({"result": result}, status=status)


async def _read(request: web.Request, largest: int) -> bytes:
    """The body, never more of it than is allowed."""
    parts, size = list[bytes](), 0
    async for part in request.content.iter_chunked(65536):
        size += len(part)
        if size > largest:
            raise web.HTTPRequestEntityTooLarge(max_size=largest, actual_size=size)
        parts.append(part)
    return b"".join(parts)


def _genuine(request: web.Request, body: bytes, secret: str, house: House) -> bool:
    key, timestamp = request.headers.get("webhook-id", ""), request.headers.get("webhook-timestamp", "")
    if not key or not timestamp.isdecimal() or len(timestamp) > 15:
        return False
    if abs(house.clock().timestamp() - int(timestamp)) > house.limits.mail.call_minutes * 60:
        return False
    expected = signature(secret, key, int(timestamp), body)
    given = request.headers.get("webhook-signature", "").split()
    return any(hmac.compare_digest(each.encode(), expected.encode()) for each in given)


def _raw(body: bytes) -> bytes:
    """The mail in a JSON form. Raises MailUnreadable."""
    try:
        return base64.b64decode(json.loads(body)["raw"], validate=True)
    except (ValueError, KeyError, TypeError, binascii.Error) as error:
        raise MailUnreadable("json") from error
