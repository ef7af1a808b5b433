"""Photos with the identity form: what they are is read from their content; they reach the ticket's officers sealed."""

from __future__ import annotations

from io import BytesIO

import aiohttp
import pytest
from sqlalchemy import select, text

from actions.chat import history
from actions.house import House
from actions.talk import Incoming, Step
from actions.turns import take_turn
from bot.web.uploads import media_type_of
from storage.models import Attachment, Message
from tests.bot.web.conftest import Browser
from tests.bot.web.forms import CHAT, GOOD, said

JPEG = b"\xff\xd8\xff\xe0" + b"foto ktp" * 100
PNG = b"\x89PNG\r\n\x1a\n" + b"foto kk" * 100
HEIC = b"\x00\x00\x00\x18ftypheic" + b"x" * 100
PDF = b"%PDF-1.7\n" + b"x" * 100
MEGABYTE = 1024 * 1024


def form(values: dict[str, str], **files: bytes) -> aiohttp.FormData:
    """The form as a browser sends it: a file that was not chosen is an empty part."""
    sent = aiohttp.FormData()
    for name, value in values.items():
        sent.add_field(name, value)
    for name in ("ktp_photo", "kk_photo"):
        sent.add_field(name, BytesIO(files.get(name, b"")), filename="IMG_1.exe" if name in files else "")
    return sent


async def kept(house: House) -> list[Attachment]:
    async with house.database.transaction() as session:
        return list((await session.scalars(select(Attachment).order_by(Attachment.id))).all())


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (JPEG, "image/jpeg"),
        (PNG, "image/png"),
        (HEIC, "image/heic"),
        (PDF, "application/pdf"),
        (b"<html><script>", None),
        (b"MZ\x90\x00", None),
        (b"\x00\x00\x00\x18ftypmp42", None),
        (b"", None),
    ],
)
def test_the_content_says_what_it_is(content: bytes, media_type: str | None) -> None:
    assert media_type_of(content) == media_type


async def test_photos_are_kept_sealed_with_the_form(browser: Browser, link: str, house: House) -> None:
    answer = await browser.post(link, data=form(GOOD, ktp_photo=JPEG, kk_photo=PDF))
    assert answer.status == 200
    rows = await kept(house)
    assert [(row.kind, row.file_name, row.media_type, row.content, row.state) for row in rows] == [
        ("ktp", "KTP.jpg", "image/jpeg", JPEG, "kept"),
        ("kk", "KK.pdf", "application/pdf", PDF, "kept"),
    ]
    async with house.database.transaction() as session:
        raw = (await session.execute(text("select content from attachment order by id"))).scalars().all()
        (message,) = (await session.scalars(select(Message).where(Message.kind == "form"))).all()
    assert b"foto ktp" not in raw[0]
    assert {row.message_id for row in rows} == {message.id}
    assert "Data dari formulir sudah kami terima" in await said(house)


async def test_a_photo_alone_is_enough(browser: Browser, link: str, house: House) -> None:
    empty = dict.fromkeys(GOOD, "")
    answer = await browser.post(link, data=form(empty, kk_photo=HEIC))
    assert answer.status == 200
    assert "sudah kami terima dengan aman" in await answer.text()
    assert [row.media_type for row in await kept(house)] == ["image/heic"]
    assert "kelurahan" in (await said(house)).lower()


@pytest.mark.parametrize(
    ("photo", "words"),
    [
        (b"\xff\xd8\xff" + b"x" * (10 * MEGABYTE), "Foto KTP terlalu besar. Paling besar 10 MB"),
        (b"#!/bin/sh", "Foto KTP tidak bisa dibuka"),
    ],
)
async def test_what_is_wrong_with_a_photo_is_said(
    browser: Browser, link: str, house: House, photo: bytes, words: str
) -> None:
    answer = await browser.post(link, data=form(GOOD, ktp_photo=photo, kk_photo=PNG))
    page = await answer.text()
    assert answer.status == 422
    assert words in page
    assert "Fotonya perlu dipilih lagi" in page
    assert 'value="Siti  Aminah"' in page
    assert not await kept(house)
    assert (await browser.post(link, data=form(GOOD, ktp_photo=JPEG))).status == 200


async def test_ten_megabytes_are_taken(browser: Browser, link: str, house: House) -> None:
    photo = JPEG + b"x" * (10 * MEGABYTE - len(JPEG))
    assert (await browser.post(link, data=form(GOOD, ktp_photo=photo))).status == 200
    assert [row.size for row in await kept(house)] == [10 * MEGABYTE]


async def test_more_than_all_photos_together_is_refused(browser: Browser, link: str, house: House) -> None:
    try:
        answer = await browser.post(link, data=form(GOOD, ktp_photo=JPEG + b"x" * (45 * MEGABYTE)))
        assert answer.status == 413
    except aiohttp.ClientConnectionError:
        pass  # the server hung up while we were still sending
    assert not await kept(house)
    assert (await browser.get(link)).status == 200


async def test_a_form_for_nothing_keeps_no_photo(browser: Browser, link: str, house: House, step: Step) -> None:
    for words in ("/batal", "/batal"):
        await take_turn(house, Incoming("web", CHAT, "text", text=words), step, lease=False)
    assert (await browser.post(link, data=form(GOOD, ktp_photo=JPEG))).status == 200
    assert not await kept(house)
    lines = await history(house, "web", CHAT)
    assert any("tidak kami simpan" in (line.text or "") for line in lines)
