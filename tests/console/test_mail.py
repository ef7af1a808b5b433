"""What officers see of agencies' mails, and the door through which a mail service brings them."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from actions.limits import load_limits
from actions.views import SignedIn
from console.app import build
from console.pages import inbound
from referral.channels.inbound import InboundMail
from referral.channels.webhook import signature
from tests.console import samples
from tests.console.conftest import Actions

Enter = Callable[[SignedIn], SignedIn]
SECRET = "rahasia-surat-masuk"
MAIL = b"From: layanan@disdik.example\r\nTo: slrt@x\r\nMessage-ID: <1@disdik>\r\nSubject: Re\r\n\r\nTERIMA\r\n"


async def test_a_referrals_mails_stand_on_its_card(client: TestClient, enter: Enter) -> None:
    enter(samples.signed())
    page = await (await client.get(f"/tiket/{samples.NUMBER}")).text()
    for words in (
        "Balasan instansi",
        "Sudah dicatat: diterima",
        "Dari pengirim yang tidak dikenal",
        "Surel kami kembali",
    ):
        assert words in page
    assert "Mohon &lt;b&gt;rapor&lt;/b&gt; terakhirnya." in page
    assert 'href="/surel/berkas/7"' in page
    assert 'href="/surel/berkas/8"' not in page  # it was not kept
    assert "surel belum sampai" in page  # why the next channel was taken
    assert f'action="/tiket/{samples.NUMBER}/rujukan/13/surel"' in page


async def test_mails_are_marked_as_read(client: TestClient, actions: Actions, enter: Enter) -> None:
    signed = enter(samples.signed())
    path = f"/tiket/{samples.NUMBER}/rujukan/13/surel"
    answer = await client.post(path, data={"csrf": signed.csrf}, allow_redirects=False)
    assert answer.status == 303
    assert actions.called("mark_mail_seen") == [(signed.officer, samples.NUMBER, 13)]


async def test_a_strangers_file_can_do_no_harm(client: TestClient, actions: Actions, enter: Enter) -> None:
    enter(samples.signed())
    actions.results["mail_file"] = ("text/html", 'a"b.html', b"<script>")
    answer = await client.get("/surel/berkas/7")
    assert answer.content_type == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["Content-Security-Policy"]


async def test_managers_read_mails_that_belong_to_no_referral(
    client: TestClient, actions: Actions, enter: Enter
) -> None:
    actions.results |= {"stray_count": 1, "stray_mails": samples.STRAYS}
    signed = enter(samples.signed("manager"))
    assert "1 surel dari instansi menunggu dibaca" in await (await client.get("/kerja")).text()
    page = await (await client.get("/surel")).text()
    assert "Kuota beasiswa" in page
    await client.post("/surel/9", data={"csrf": signed.csrf}, allow_redirects=False)
    assert actions.called("stray_seen") == [(signed.officer, 9)]


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[InboundMail]:
    """What came through the door."""
    mails: list[InboundMail] = []

    async def take(_house: Any, mail: InboundMail) -> str:
        mails.append(mail)
        return "taken"

    monkeypatch.setattr(inbound, "take_mail", take)
    return mails


@pytest.fixture
async def door(house: Any, actions: Actions, taken: list[InboundMail]) -> AsyncIterator[TestClient]:
    """The application with the door."""
    house.limits = load_limits()
    async with TestClient(TestServer(build(house, inbound.routes(house, SECRET), secure_cookies=False))) as client:
        yield client


def signed_call(body: bytes, *, secret: str = SECRET, late: timedelta = timedelta()) -> dict[str, str]:
    """The headers of a call."""
    moment = int((samples.NOW - late).timestamp())
    value = f"v1,bm8= {signature(secret, 'msg_1', moment, body)}"
    return {"webhook-id": "msg_1", "webhook-timestamp": str(moment), "webhook-signature": value}


async def test_a_mail_as_it_is_or_in_json(door: TestClient, taken: list[InboundMail]) -> None:
    form = json.dumps({"raw": base64.b64encode(MAIL).decode()}).encode()
    for body, kind in ((MAIL, "message/rfc822"), (form, "application/json")):
        answer = await door.post("/surel/masuk", data=body, headers={"content-type": kind, **signed_call(body)})
        assert (answer.status, await answer.json()) == (200, {"result": "taken"})
    assert [(mail.sender, mail.text) for mail in taken] == [("layanan@disdik.example", "TERIMA")] * 2


@pytest.mark.parametrize(
    "headers",
    [
        {},
        signed_call(MAIL, secret="rahasia-orang-lain"),
        signed_call(MAIL, late=timedelta(minutes=6)),
        signed_call(MAIL, late=timedelta(minutes=-6)),
        signed_call(MAIL + b"x"),
        {**signed_call(MAIL), "webhook-timestamp": "soon"},
        {**signed_call(MAIL), "webhook-id": "msg_2"},
    ],
)
async def test_only_our_mail_service_brings_mails(
    door: TestClient, taken: list[InboundMail], headers: dict[str, str]
) -> None:
    answer = await door.post("/surel/masuk", data=MAIL, headers={"content-type": "message/rfc822", **headers})
    assert answer.status == 401
    assert taken == []


@pytest.mark.parametrize("body", [b"{}", b"[]", b'{"raw": 5}', b'{"raw": "???"}', b"{"])
async def test_what_is_no_mail_is_told(door: TestClient, taken: list[InboundMail], body: bytes) -> None:
    headers = {"content-type": "application/json", **signed_call(body)}
    assert (await door.post("/surel/masuk", data=body, headers=headers)).status == 422
    assert taken == []


async def test_a_mail_that_is_too_large_is_not_read_to_its_end(
    door: TestClient, house: Any, taken: list[InboundMail], monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = load_limits()
    small = limits.model_copy(update={"mail": limits.mail.model_copy(update={"largest_mb": 1})})
    monkeypatch.setattr(house, "limits", small)
    body = MAIL + b"x" * 1024 * 1024
    headers = {"content-type": "message/rfc822", **signed_call(body)}
    answer = await door.post("/surel/masuk", data=io.BytesIO(body), headers=headers)
    assert answer.status == 413
    assert taken == []


async def test_without_a_secret_there_is_no_door(house: Any) -> None:
    assert inbound.routes(house, None) == []
