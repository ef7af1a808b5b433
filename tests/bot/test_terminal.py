"""The terminal chat: numbers press buttons, everything else is said."""

from __future__ import annotations

from collections.abc import Iterator

from actions.house import House
from actions.talk import Step
from bot.terminal import chat


async def test_a_talk(house: House, step: Step) -> None:
    said: Iterator[str | None] = iter(["anak saya sakit, tidak punya biaya", "3", "9", "", "/keluar"])
    written: list[str] = []

    async def read(_prompt: str) -> str | None:
        return next(said)

    await chat(house, step, read=read, write=written.append)
    talk = "\n".join(written)
    assert "Selamat datang" in talk
    assert "1. ✅ Biaya berobat" in talk
    assert "3. Sudah benar, lanjut" in talk
    assert "Sekarang berobat atau dirawat di mana?" in talk
    assert "belum mengerti jawabannya" in talk


async def test_it_goes_on_where_it_stood_and_ends_with_the_input(house: House, step: Step) -> None:
    written: list[str] = []

    async def ended(_prompt: str) -> str | None:
        return None

    await chat(house, step, read=ended, write=written.append)
    first = len(written)
    await chat(house, step, read=ended, write=written.append)
    assert first == 2
    assert len(written) == 3
