"""Referrals by signed webhook, after the Standard Webhooks specification."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp

from referral.contacts import Channel, Contacts
from referral.ports import Parcel, Refused, TryAgain

_LIMIT = aiohttp.ClientTimeout(total=20)
_PREFIX = "whsec_"


def now() -> datetime:
    """The present moment in UTC."""
    return datetime.now(UTC)


def secret_bytes(secret: str) -> bytes:
    """The key in a secret: `whsec_` and base64, or any other text as it stands."""
    if secret.startswith(_PREFIX):
        try:
            return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
        except binascii.Error:
            pass
    return secret.encode()


def signature(secret: str, key: str, timestamp: int, body: bytes) -> str:
    """The value of webhook-signature: what the receiver reckons again over `id.timestamp.body`."""
    signed = f"{key}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(secret_bytes(secret), signed, hashlib.sha256).digest()).decode()


def body_of(payload: Any) -> bytes:
    """The body: the same bytes at each try."""
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


class WebhookSender:
    """Sender of `webhook` parcels: payload {unit, body}; URL and secret come from the contacts at sending time."""

    def __init__(self, contacts: Contacts, session: aiohttp.ClientSession, clock: Callable[[], datetime] = now) -> None:
        self._contacts = contacts
        self._session = session
        self._clock = clock

    async def send(self, parcel: Parcel) -> None:
        """Post it. See `referral.ports.Sender`."""
        unit = str(parcel.payload["unit"])
        ways = [way for way in self._contacts.channels(unit) if way.kind == "webhook"]
        if not ways:
            raise Refused(f"no webhook is known for {unit}")
        try:
            status, patience = await self._post(ways[0], parcel)
        except (aiohttp.ClientError, OSError) as problem:
            raise TryAgain(f"the receiver does not answer ({type(problem).__name__})") from problem
        if 200 <= status < 300:
            return
        if status == 410:
            raise Refused("the receiver wants no more (410)")
        raise TryAgain(f"the receiver answered {status}", self._seconds(patience))

    async def _post(self, way: Channel, parcel: Parcel) -> tuple[int, str | None]:
        body = body_of(parcel.payload["body"])
        timestamp = int(self._clock().timestamp())
        headers = {
            "content-type": "application/json; charset=utf-8",
            "webhook-id": parcel.key,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signature(way.secret or "", parcel.key, timestamp, body),
        }
        # a redirect would carry the referral to an address that nobody entered
        request = self._session.post(way.address, data=body, headers=headers, timeout=_LIMIT, allow_redirects=False)
        async with request as response:
            return response.status, response.headers.get("retry-after")

    def _seconds(self, patience: str | None) -> float | None:
        """Retry-After as seconds: a number, or a date."""
        if patience is None:
            return None
        if patience.strip().isdecimal():
            return float(patience)
        try:
            moment = parsedate_to_datetime(patience)
        except ValueError:
            return None
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max((aware - self._clock()).total_seconds(), 0.0)
