"""The page for a document that was asked for: opening spends nothing, files are known by what they are."""

from __future__ import annotations

import io

import aiohttp
import pytest

from actions.attachments import LARGEST
from actions.files import Upload, media_type_of
from actions.house import House
from actions.talk import Step
from bot.web import upload
from tests.bot.web.conftest import Browser
from tests.bot.writing import officer_asks, report

CHAT = "siti-siti-siti-siti-siti"
JPEG = b"\xff\xd8\xff\xe0" + b"x" * 100


@pytest.fixture
async def link(house: House, step: Step) -> str:
    """The path of a link as the chat was given it."""
    await report(house, step, CHAT)
    return await officer_asks(house, "SLRT-1571-2611-00001", "document", "Foto <kartu> KKS")


def sent(*files: tuple[str, bytes], field: str = "files") -> aiohttp.FormData:
    """A form with files as a browser sends it."""
    form = aiohttp.FormData()
    for name, content in files:
        form.add_field(field, io.BytesIO(content), filename=name, content_type="application/octet-stream")
    if not files:
        form.add_field(field, io.BytesIO(), filename="", content_type="application/octet-stream")
    return form


async def test_opening_never_spends_and_says_what_is_needed(browser: Browser, link: str) -> None:
    for _ in range(3):
        answer = await browser.get(link)
        page = await answer.text()
        assert answer.status == 200
        assert "Foto &lt;kartu&gt; KKS" in page
        assert 'enctype="multipart/form-data"' in page
        assert "<script" not in page
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"


async def test_sending_spends_the_link(browser: Browser, link: str) -> None:
    answer = await browser.post(link, data=sent(("kks.jpg", JPEG), ("surat.pdf", b"%PDF-1.4 x")))
    assert answer.status == 200
    assert "sudah sampai dengan aman" in await answer.text()
    for again in (await browser.get(link), await browser.post(link, data=sent(("kks.jpg", JPEG)))):
        assert again.status == 410
        assert "tidak bisa dipakai" in await again.text()


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ((), "Belum ada foto yang dipilih"),
        ((("virus.jpg", b"MZ\x90 not a picture"),), "hanya foto atau berkas PDF"),
        ((("kks.jpg", JPEG), ("page.html", b"<html>")), "hanya foto atau berkas PDF"),
        (tuple((f"{number}.jpg", JPEG) for number in range(6)), "Paling banyak lima"),
        ((("besar.jpg", b"\xff\xd8\xff" + b"x" * LARGEST),), "Paling besar 20 MB"),
    ],
    ids=["none", "disguised", "one of two", "too many", "too large"],
)
async def test_what_cannot_be_taken_is_said_and_the_link_stays_good(
    browser: Browser, link: str, files: tuple[tuple[str, bytes], ...], words: str
) -> None:
    answer = await browser.post(link, data=sent(*files))
    assert answer.status == 422
    assert words in await answer.text()
    assert (await browser.post(link, data=sent(("kks.jpg", JPEG)))).status == 200


async def test_a_form_without_files_is_no_trouble(browser: Browser, link: str) -> None:
    answer = await browser.post(link, data={"files": "text"})
    assert answer.status == 422
    assert (await browser.get(link)).status == 200


async def test_forged_links(browser: Browser) -> None:
    for answer in (await browser.get("/k/forged"), await browser.post("/k/forged", data=sent(("a.jpg", JPEG)))):
        assert answer.status == 410


async def test_trouble_leaves_the_link_good(browser: Browser, link: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object) -> None:
        raise RuntimeError("made to fail")

    monkeypatch.setattr(upload, "take_upload", fail)
    answer = await browser.post(link, data=sent(("kks.jpg", JPEG)))
    assert answer.status == 503
    assert "belum terkirim" in await answer.text()
    monkeypatch.undo()
    assert (await browser.post(link, data=sent(("kks.jpg", JPEG)))).status == 200


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (JPEG, "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n...", "image/png"),
        (b"RIFF0000WEBPVP8 ", "image/webp"),
        (b"\x00\x00\x00\x18ftypheic", "image/heic"),
        (b"%PDF-1.7", "application/pdf"),
        (b"<svg xmlns=", None),
        (b"", None),
    ],
)
def test_files_are_known_by_what_they_begin_with(content: bytes, kind: str | None) -> None:
    assert media_type_of(content) == kind
    assert Upload("x", kind or "", content).content == content
