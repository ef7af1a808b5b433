"""The demo chat page: works by sending and reloading, for this machine alone, for nobody else's forms."""

from __future__ import annotations

import asyncio
import html
import re
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from actions.house import House
from actions.talk import Step
from bot.web import routes
from nlu.scripted import ScriptedUnderstander
from tests.bot.web.conftest import Browser
from tests.clock import Clock


async def look(browser: Browser) -> str:
    """The page as text."""
    answer = await browser.get("/chat")
    assert answer.status == 200
    return html.unescape(await answer.text())


def token(page: str) -> str:
    """The form's token."""
    found = re.search(r'name="token" value="(\w+)"', page)
    assert found
    return found[1]


async def send(browser: Browser, **fields: str) -> str:
    """Send the form with its token; the page after it."""
    page = await look(browser)
    answer = await browser.post("/chat", data={"token": token(page), **fields}, allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, "/chat#akhir")
    return await look(browser)


async def press(browser: Browser, label: str) -> str:
    """Press the button of this label."""
    found = re.findall(r'value="([^"]+)">' + re.escape(label) + "</button>", await look(browser))
    assert len(found) == 1, label
    return await send(browser, button=found[0])


async def test_the_page_comes_back_with_the_answer_to_what_was_told(browser: Browser, clock: Clock) -> None:
    page = await send(browser, text="anak saya sakit, tidak punya biaya")
    assert clock.naps == [1.5]
    assert "✅ Biaya berobat" in page


async def test_two_messages_at_once_are_one_complaint(browser: Browser, house: House, clock: Clock) -> None:
    key = token(await look(browser))
    clock.hold()
    first = asyncio.create_task(browser.post("/chat", data={"token": key, "text": "anak saya sakit, tidak punya"}))
    await clock.asleep.wait()
    second = asyncio.create_task(browser.post("/chat", data={"token": key, "text": "biaya"}))
    while len(clock.naps) < 2:
        clock.asleep.clear()
        await clock.asleep.wait()
    clock.release()
    await asyncio.gather(first, second)
    assert (await look(browser)).count("belum mengerti") == 1
    assert isinstance(house.understander, ScriptedUnderstander)
    assert house.understander.asked[-1] == "anak saya sakit, tidak punya\nbiaya"


async def test_a_whole_report_without_javascript(browser: Browser) -> None:
    page = await send(browser, text="anak saya sakit, tidak punya biaya")
    assert "✅ Biaya berobat" in page
    assert "UJI COBA" not in page.split("<main>")[1]
    page = await press(browser, "Sudah benar, lanjut")
    while "Tidak tahu</button>" in page:
        page = await press(browser, "Tidak tahu")
    page = await press(browser, "Lewati")
    assert "kelurahan" in page
    page = await send(browser, text="legok")
    assert "Legok" in page
    page = await press(browser, "Kirim laporan")
    assert "SLRT-1571-2611-00001" in page
    assert "Dinas Kesehatan" in page


async def test_ticking_redraws_the_checklist_in_place(browser: Browser) -> None:
    await send(browser, text="anak saya sakit, tidak punya biaya")
    page = await press(browser, "✅ Biaya berobat")
    assert page.count("▫️ Biaya berobat") >= 1
    assert "✅" not in page
    assert "Sudah benar, lanjut" not in page


async def test_what_is_written_is_shown_as_text(browser: Browser) -> None:
    await send(browser, text="<script>alert(1)</script>")
    answer = await browser.get("/chat")
    assert "<script>alert" not in await answer.text()


async def test_only_news_is_sent(browser: Browser) -> None:
    await send(browser, text="/mulai")
    lines = await (await browser.get("/chat/lines")).text()
    last = re.search(r'data-last="(\d+)"', lines)
    assert last
    assert (await browser.get("/chat/lines", params={"after": last[1]})).status == 204
    assert (await browser.get("/chat/lines", params={"after": "0"})).status == 200


async def test_the_cookie_is_the_chat(browser: Browser) -> None:
    answer = await browser.get("/chat")
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    await send(browser, text="/mulai")
    assert "Selamat datang" in await look(browser)
    browser.session.cookie_jar.clear()
    assert "Selamat datang" not in await look(browser)


async def test_foreign_forms_are_refused(browser: Browser) -> None:
    await look(browser)
    for fields in ({"text": "x"}, {"text": "x", "token": "0" * 64}):
        assert (await browser.post("/chat", data=fields)).status == 403
    browser.session.cookie_jar.clear()
    assert (await browser.post("/chat", data={"text": "x", "token": "0" * 64})).status == 403


@pytest.mark.parametrize(
    "headers", [{"X-Forwarded-For": "10.0.0.1"}, {"Forwarded": "for=10.0.0.1"}, {"Host": "slrt.example.go.id"}]
)
async def test_others_are_not_let_in(browser: Browser, headers: dict[str, str]) -> None:
    for path in ("/chat", "/chat/lines"):
        answer = await browser.get(path, headers=headers)
        assert answer.status == 403
        assert "hanya untuk uji coba" in await answer.text()


async def test_outside_the_demo_there_is_no_chat(house: House, step: Step) -> None:
    app = web.Application()
    app.add_routes(routes(replace(house, demo=False), step))
    made: TestClient[Any, Any]
    async with TestClient(TestServer(app)) as made:
        assert (await made.get("/chat")).status == 403
        assert (await made.get("/darurat")).status == 200


async def test_words_survive_a_turn_that_fails(browser: Browser, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise RuntimeError("made to fail")

    page = await look(browser)
    monkeypatch.setattr("bot.web.chat.take_turn", fail)
    await browser.post("/chat", data={"token": token(page), "text": "tolong saya"})
    page = await look(browser)
    assert "tolong saya" in page
    assert "ada gangguan di sistem kami" in page
    monkeypatch.setattr("bot.web.chat.give_up", fail)
    answer = await browser.post("/chat", data={"token": token(page), "text": "kata yang hampir hilang"})
    assert answer.status == 503
    assert "kata yang hampir hilang" in await answer.text()


async def test_the_nlu_may_be_down(browser: Browser, house: House) -> None:
    assert isinstance(house.understander, ScriptedUnderstander)
    house.understander.down = True
    page = await send(browser, text="anak saya sakit")
    assert "tidak ada yang hilang" in page
    assert ">Kesehatan</button>" in page


async def test_emergency_numbers_can_be_called(browser: Browser) -> None:
    answer = await browser.get("/darurat")
    page = await answer.text()
    for link in ('href="tel:112"', 'href="tel:110"', 'href="tel:129"', 'href="https://wa.me/628111129129"'):
        assert link in page
    assert "Set-Cookie" not in answer.headers


async def test_files_of_the_pages(browser: Browser) -> None:
    assert "bubble" in await (await browser.get("/warga/warga.css")).text()
    assert "scrollIntoView" in await (await browser.get("/warga/chat.js")).text()
    assert (await browser.get("/warga/../chat.py")).status == 404
