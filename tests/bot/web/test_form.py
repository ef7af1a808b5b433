"""The identity form: opening never spends the link, sending does; nothing typed is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from actions.house import House
from actions.talk import Step
from bot.web import routes
from tests.bot.web.conftest import Browser
from tests.bot.web.forms import GOOD, said


async def test_opening_never_spends(browser: Browser, link: str) -> None:
    for _ in range(3):
        answer = await browser.get(link)
        assert answer.status == 200
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


async def test_sending_goes_on_with_the_conversation_and_spends(browser: Browser, link: str, house: House) -> None:
    answer = await browser.post(link, data=GOOD)
    assert answer.status == 200
    assert "kembali ke obrolan" in await answer.text()
    assert "Data dari formulir sudah kami terima" in await said(house)
    for again in (await browser.get(link), await browser.post(link, data=GOOD)):
        assert again.status == 410
        assert "sudah tidak bisa dipakai" in await again.text()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"nik": "157102440590900"}, "NIK ada 16 angka, ini baru 15"),
        ({"nik": "15710244059090031"}, "NIK ada 16 angka, ini ada 17"),
        ({"nik": "satu"}, "hanya berisi angka"),
        ({"nik": ""}, "masih kosong"),
        ({"name": " "}, "masih kosong"),
        ({"kk": "12"}, "Nomor KK ada 16 angka, ini baru 2"),
    ],
)
async def test_what_is_wrong_is_said_and_nothing_is_lost(
    browser: Browser, link: str, wrong: dict[str, str], words: str
) -> None:
    sent = GOOD | wrong
    answer = await browser.post(link, data=sent)
    page = await answer.text()
    assert answer.status == 422
    assert words in page
    for value in sent.values():
        assert f'value="{value.strip()}"' in page
    assert (await browser.get(link)).status == 200


async def test_forged_links(browser: Browser) -> None:
    for answer in (await browser.get("/f/forged"), await browser.post("/f/forged", data=GOOD)):
        assert answer.status == 410
        assert "1571" not in await answer.text()


async def test_old_links(house: House, step: Step, link: str) -> None:
    later = replace(house, clock=lambda: house.clock() + timedelta(hours=1))
    app = web.Application()
    app.add_routes(routes(later, step))
    made: TestClient[Any, Any]
    async with TestClient(TestServer(app)) as made:
        for answer in (await made.get(link), await made.post(link, data=GOOD)):
            assert answer.status == 410
            assert "Waktunya sudah habis" in await answer.text()


async def test_trouble_keeps_what_was_typed(browser: Browser, link: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise RuntimeError("made to fail")

    monkeypatch.setattr("bot.web.form.take_turn", fail)
    answer = await browser.post(link, data=GOOD)
    assert answer.status == 503
    assert 'value="Siti  Aminah"' in await answer.text()
    monkeypatch.undo()
    assert (await browser.post(link, data=GOOD)).status == 200
