"""Webhooks to a real HTTP server in the test's own process."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from referral.channels.webhook import WebhookSender, body_of, secret_bytes, signature
from referral.contacts import Channel, Contacts
from referral.ports import Parcel, Refused, TryAgain

NOW = datetime(2026, 11, 21, 3, tzinfo=UTC)
SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef").decode()
PARCEL = Parcel(1, "agency:a", "webhook", "referral-7-1-webhook", {"unit": "a", "body": {"type": "t", "nama": "é"}})


class Office:
    """An agency's server that answers as told."""

    def __init__(self) -> None:
        self.status = 204
        self.headers: dict[str, str] = {}
        self.seen: list[tuple[dict[str, str], bytes]] = []

    async def take(self, request: web.Request) -> web.Response:
        """Remember and answer."""
        self.seen.append(({name.lower(): value for name, value in request.headers.items()}, await request.read()))
        return web.Response(status=self.status, headers=self.headers)


@pytest.fixture
def office() -> Office:
    """The receiver."""
    return Office()


@pytest.fixture
async def sender(office: Office) -> AsyncIterator[WebhookSender]:
    """A sender whose unit `a` is the office."""
    application = web.Application()
    application.router.add_post("/in", office.take)
    async with TestServer(application) as server, aiohttp.ClientSession() as session:
        contacts = Contacts(
            {
                "a": (Channel("webhook", str(server.make_url("/in")), SECRET),),
                "down": (Channel("webhook", "http://127.0.0.1:1/", SECRET),),
                "mail": (Channel("email", "a@b"),),
            }
        )
        yield WebhookSender(contacts, session, lambda: NOW)


async def test_it_is_signed(sender: WebhookSender, office: Office) -> None:
    """The receiver can reckon the signature from what it got; the id and the bytes are the same at each try."""
    await sender.send(PARCEL)
    await sender.send(PARCEL)
    (headers, body), (_, second) = office.seen
    assert body == second
    assert json.loads(body) == PARCEL.payload["body"]
    assert headers["webhook-id"] == "referral-7-1-webhook"
    assert headers["webhook-timestamp"] == str(int(NOW.timestamp()))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(b"0123456789abcdef", signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"


def test_the_signature_of_the_specification() -> None:
    """The example that the Standard Webhooks libraries test against."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    found = signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert found == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert secret_bytes("just words of ours") == b"just words of ours"
    assert body_of({"b": 1, "a": "é"}) == '{"a":"é","b":1}'.encode()


@pytest.mark.parametrize("status", [200, 201, 202, 204])
async def test_taken(sender: WebhookSender, office: Office, status: int) -> None:
    """Any 2xx."""
    office.status = status
    await sender.send(PARCEL)


@pytest.mark.parametrize("status", [302, 400, 401, 404, 409, 429, 500, 503])
async def test_again(sender: WebhookSender, office: Office, status: int) -> None:
    """All else is tried again; a redirect is not followed."""
    office.status, office.headers = status, {"location": "/in"}
    with pytest.raises(TryAgain, match=str(status)) as caught:
        await sender.send(PARCEL)
    assert caught.value.after_seconds is None
    assert len(office.seen) == 1


async def test_no_more(sender: WebhookSender, office: Office) -> None:
    """410: a person must look at it."""
    office.status = 410
    with pytest.raises(Refused):
        await sender.send(PARCEL)


@pytest.mark.parametrize(
    ("patience", "seconds"),
    [
        ("120", 120.0),
        ("Sat, 21 Nov 2026 03:01:00 GMT", 60.0),
        ("Sat, 21 Nov 2020 03:01:00 GMT", 0.0),
        ("nanti", None),
        ("-5", None),
    ],
)
async def test_retry_after(sender: WebhookSender, office: Office, patience: str, seconds: Any) -> None:
    """The receiver's wish is passed on."""
    office.status, office.headers = 503, {"retry-after": patience}
    with pytest.raises(TryAgain) as caught:
        await sender.send(PARCEL)
    assert caught.value.after_seconds == seconds


async def test_down_or_unknown(sender: WebhookSender) -> None:
    """A server that is down is tried again; without an address it is held."""
    with pytest.raises(TryAgain, match="does not answer"):
        await sender.send(Parcel(1, "l", "webhook", "k", {"unit": "down", "body": {}}))
    for unit in ("mail", "nobody"):
        with pytest.raises(Refused, match="no webhook is known"):
            await sender.send(Parcel(1, "l", "webhook", "k", {"unit": unit, "body": {}}))
