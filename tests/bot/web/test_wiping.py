"""A restricted report on the chat page: its code is shown once, and the page forgets the report when asked."""

from __future__ import annotations

import re

from tests.bot.web.conftest import Browser
from tests.bot.web.test_chat import look, press, send


async def test_the_page_shows_the_code_once_and_then_nothing(browser: Browser) -> None:
    await send(browser, text="laki sayo mukul sayo tiap malam")
    await press(browser, "Jangan hubungi saya")
    page = await press(browser, "Kirim sekarang juga")
    found = re.search(r"Kode pengaman: (\w+ \d\d)", page)
    assert found
    page = await send(browser, text=found[1])
    assert "Kekerasan" in page
    assert found[1] not in page
    assert "<p>…</p>" not in page
    page = await press(browser, "Hapus percakapan ini")
    assert "Kalau perlu bantuan, tulis saja di sini." in page
    for word in ("mukul", "ekerasan", "SLRT-15", "telepon dulu", "Hapus percakapan", "Kode pengaman", "<p>…</p>"):
        assert word not in page, word
    assert await look(browser) == page
