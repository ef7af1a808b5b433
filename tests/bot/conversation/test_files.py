"""Files that are too large for Telegram's bots: said kindly and at once, and nothing else is lost by it."""

from __future__ import annotations

import pytest

from actions.talk import FileRef, Incoming, Turned
from bot.conversation import make_step
from nlu.port import UNKNOWN
from tests.bot.catalogue import small_catalogue
from tests.bot.desk import FakeDesk
from tests.bot.talker import Talker, meaning

CATALOGUE = small_catalogue()
MEGABYTE = 1024 * 1024


@pytest.fixture
def talker() -> Talker:
    return Talker(make_step(CATALOGUE, demo=False), FakeDesk(CATALOGUE))


async def send(talker: Talker, megabytes: int, text: str = "", *, kind: str = "document", album: str = "") -> Turned:
    file = FileRef(kind, "ref", size=megabytes * MEGABYTE)
    incoming = Incoming(
        "telegram", "7", kind, text=text, message_id=90, file=file, album=album or None, more_may_come=True
    )
    return await talker.take(incoming, UNKNOWN if text else None)


async def test_twenty_megabytes_are_taken(talker: Talker) -> None:
    assert "terlalu besar" not in (await send(talker, 20)).replies[0].text


@pytest.mark.parametrize(("kind", "advice"), [("document", "fotonya saja"), ("voice", "ditulis saja")])
async def test_more_is_told_kindly_with_what_to_do(talker: Talker, kind: str, advice: str) -> None:
    said = "\n".join(reply.text for reply in (await send(talker, 21, kind=kind)).replies)
    assert "terlalu besar (lebih dari 20 MB)" in said
    assert advice in said
    assert "sudah kami terima" not in said


async def test_of_an_album_too_it_is_told_at_once(talker: Talker) -> None:
    assert "terlalu besar" in (await send(talker, 21, album="a")).replies[-1].text


async def test_its_caption_counts(talker: Talker) -> None:
    said = (await send(talker, 21, "begini ceritanya panjang sekali pak")).replies[-1].text
    assert "terlalu besar" in said
    assert talker.state["report"]["words"][0]["text"] == "begini ceritanya panjang sekali pak"


async def test_what_waits_is_answered_before_it(talker: Talker) -> None:
    await talker.say_more("anak saya sakit", meaning("report health_treatment"))
    said = "\n".join(reply.text for reply in (await send(talker, 21)).replies)
    assert said.index("Saya catat") < said.index("terlalu besar")
    assert not talker.waiting


async def test_the_open_question_goes_on(talker: Talker) -> None:
    await talker.say("anak saya sakit", meaning("report health_treatment"))
    said = (await send(talker, 21)).replies[-1]
    assert "terlalu besar" in said.text
    assert "Saya catat" in said.text
    assert said.buttons
