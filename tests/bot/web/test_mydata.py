"""The page with the copy: opening it spends nothing, the button gives the ZIP once."""

from __future__ import annotations

import io
import zipfile

import pytest

from actions.chat import history
from actions.house import House
from actions.talk import Incoming, Step
from actions.turns import take_turn
from tests.bot.web.conftest import Browser
from tests.bot.web.forms import CHAT


@pytest.fixture
async def copy_link(house: House, step: Step) -> str:
    """The path that the chat gives for the copy."""
    for words in ("saya mau cek desil", "/data", "unduh semua data"):
        await take_turn(house, Incoming("web", CHAT, "text", text=words), step, lease=False)
    lines = await history(house, "web", CHAT)
    urls = [button.url for line in lines for row in line.buttons for button in row if "/d/" in (button.url or "")]
    return str(urls[-1]).removeprefix(house.public_url)


async def test_the_copy_is_given_once(browser: Browser, copy_link: str) -> None:
    for _ in range(2):
        shown = await browser.get(copy_link)
        assert shown.status == 200
        assert "Unduh sekarang" in await shown.text()
        assert shown.headers["Cache-Control"] == "no-store"
    answer = await browser.post(copy_link)
    assert answer.status == 200
    assert "data-saya-slrt.zip" in answer.headers["Content-Disposition"]
    archive = zipfile.ZipFile(io.BytesIO(await answer.read()))
    assert "saya mau cek desil" in archive.read("BACA-SAYA.txt").decode()
    for again in (await browser.get(copy_link), await browser.post(copy_link)):
        assert again.status == 410
        assert "sudah tidak bisa dipakai" in await again.text()


async def test_other_links_open_nothing(browser: Browser, link: str) -> None:
    token = link.rsplit("/", 1)[1]
    for path in (f"/d/{token}", "/d/forged"):
        assert (await browser.get(path)).status == 410
        assert (await browser.post(path)).status == 410
    assert (await browser.get(link)).status == 200
