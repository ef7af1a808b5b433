"""The client against a small Rasa of our own: answers, mischief, silence, several servers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nlu.answers import LONGEST_TEXT, question_of
from nlu.errors import ServerNotReady
from nlu.port import UNAVAILABLE, UNKNOWN, Entity, NeedGuess, Understander, Understanding
from nlu.rasa_client import RasaClient
from nlu.scripted import ScriptedUnderstander
from nlu.server import wait_ready

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
TOKEN = "rahasia"


def answer(**changes: Any) -> dict[str, Any]:
    return {
        "intent": {"name": "report", "confidence": 0.9},
        "needs": [{"need": "food_aid", "confidence": 0.8, "sure": True}],
        "candidates": [{"need": "cash_aid", "confidence": 0.2, "sure": False}],
        "urgent": True,
        "known": True,
        "entities": [{"entity": "family_member", "value": "anak", "start": 0, "end": 4, "norm": None}],
    } | changes


@asynccontextmanager
async def server(handler: Handler) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_post("/model/parse", handler)
    app.router.add_get("/status", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def saying(data: Any, seen: list[str] | None = None) -> Handler:
    async def handler(request: web.Request) -> web.Response:
        assert request.query["token"] == TOKEN
        if seen is not None:
            seen.append((await request.json())["text"])
        return web.json_response(data)

    return handler


async def ask(handler: Handler, text: str, timeout: float = 2.0) -> Understanding:
    async with server(handler) as url, RasaClient([url], token=TOKEN, timeout=timeout) as client:
        return await client.understand(text)


async def test_an_answer_is_understood() -> None:
    assert await ask(saying(answer()), "anak lapar") == Understanding(
        intent="report",
        confidence=0.9,
        needs=(NeedGuess("food_aid", 0.8, True),),
        candidates=(NeedGuess("cash_aid", 0.2, False),),
        urgent=True,
        entities=(Entity("family_member", "anak", 0, 4, None),),
        available=True,
        known=True,
    )


async def test_offsets_are_those_of_the_message_as_it_came() -> None:
    seen: list[str] = []
    understanding = await ask(saying(answer(), seen), "  / anak lapar \n")
    assert seen == ["anak lapar"]
    assert understanding.entities == (Entity("family_member", "anak", 4, 8, None),)


async def test_what_is_not_known_has_no_intent() -> None:
    understanding = await ask(saying(answer(known=False, needs=[])), "hmm")
    assert (understanding.intent, understanding.known, understanding.available) == (None, False, True)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   \n",
        "😀👍",
        "...?!",
        "/",
        "//",
        "/start",
        '/report{"nik":"1"}',
        "/report {}",
        "/a@bot",
        "/x{\n}",
        "\u200b",
    ],
)
async def test_nothing_is_asked_about_what_says_nothing(text: str) -> None:
    seen: list[str] = []
    assert await ask(saying(answer(), seen), text) == UNKNOWN
    assert seen == []


@pytest.mark.parametrize(
    "data",
    [
        [],
        None,
        "x",
        {},
        {"intent": None},
        answer(needs=None),
        answer(entities=[{}]),
        answer(needs=[{"need": "food_aid"}]),
    ],
)
async def test_a_broken_answer_is_unavailable(data: Any) -> None:
    assert await ask(saying(data), "anak lapar") == UNAVAILABLE


async def test_labels_and_spans_that_we_do_not_have_are_dropped() -> None:
    rows = [
        {"entity": "planet", "value": "x", "start": 0, "end": 1},
        {"entity": "nik", "value": "x", "start": 50, "end": 60},
        {"entity": "nik", "value": "x", "start": 3, "end": 3},
    ]
    needs = [{"need": "jet", "confidence": 1.0, "sure": True}]
    understanding = await ask(saying(answer(entities=rows, needs=needs)), "anak lapar")
    assert (understanding.entities, understanding.needs) == ((), ())


async def test_an_error_of_the_server_is_unavailable() -> None:
    async def handler(request: web.Request) -> web.Response:
        return web.Response(status=500)

    assert await ask(handler, "anak lapar") == UNAVAILABLE


async def test_a_silent_server_is_left_in_time() -> None:
    async def handler(request: web.Request) -> web.Response:
        await asyncio.sleep(5)
        return web.json_response(answer())

    started = asyncio.get_running_loop().time()
    assert await ask(handler, "anak lapar", timeout=0.2) == UNAVAILABLE
    assert asyncio.get_running_loop().time() - started < 2


async def test_a_server_that_is_not_there_is_unavailable() -> None:
    async with RasaClient(["http://127.0.0.1:9"], token=TOKEN) as client:
        assert await client.understand("anak lapar") == UNAVAILABLE


async def test_a_server_that_is_down_is_skipped_for_a_while() -> None:
    now = 0.0
    seen: list[str] = []
    async with server(saying(answer(), seen)) as url:
        urls = ["http://127.0.0.1:9", url]
        async with RasaClient(urls, token=TOKEN, pause=5.0, clock=lambda: now) as client:
            for _ in range(4):
                assert (await client.understand("anak lapar")).available
            assert client._skipped_until == [5.0, 0.0]
            now = 6.0
            assert (await client.understand("anak lapar")).available
            assert client._skipped_until[0] == 11.0
    assert len(seen) == 5


async def test_servers_take_turns() -> None:
    first: list[str] = []
    second: list[str] = []
    async with (
        server(saying(answer(), first)) as a,
        server(saying(answer(), second)) as b,
        RasaClient([a, b], token=TOKEN) as client,
    ):
        for _ in range(4):
            await client.understand("anak lapar")
    assert (len(first), len(second)) == (2, 2)


async def test_logs_carry_no_words_of_the_message(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, logger="nlu"):
        await ask(saying({}), "kata rahasia sekali")
    assert caplog.records
    assert "kata" not in caplog.text


@given(st.text(max_size=400))
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_a_question_lies_on_the_message(text: str) -> None:
    question = question_of(text)
    if question is not None:
        readable = text.encode("utf-8", "replace").decode("utf-8")
        assert readable[question.offset : question.offset + len(question.text)] == question.text
        assert question.text == question.text.strip()
        assert not question.text.startswith("/")


def test_a_long_message_is_cut() -> None:
    question = question_of("anak " * 10_000)
    assert question is not None
    assert len(question.text) <= LONGEST_TEXT


async def test_any_text_at_all_gets_an_answer() -> None:
    async with server(saying(answer())) as url, RasaClient([url], token=TOKEN) as client:
        for text in ("\ud800 anak", "\x00anak", "a" * 20_000, "İstanbul", "𝗮𝗻𝗮𝗸 lapar"):
            assert (await client.understand(text)).available


async def test_the_scripted_one_plays_its_part() -> None:
    understood = UNKNOWN
    fake = ScriptedUnderstander({"halo": understood})
    assert isinstance(fake, Understander)
    assert await fake.understand("halo") is understood
    assert await fake.understand("lain") == UNKNOWN
    fake.down = True
    assert await fake.understand("halo") == UNAVAILABLE
    assert fake.asked == ["halo", "lain", "halo"]
    assert await ScriptedUnderstander(lambda text: understood).understand("x") is understood


async def test_a_server_without_a_model_is_not_ready() -> None:
    async with server(saying({"model_file": None})) as url:
        with pytest.raises(ServerNotReady):
            await wait_ready(url, TOKEN, 0.4)
    async with server(saying({"model_file": "nlu.tar.gz"})) as url:
        await wait_ready(url, TOKEN, 2.0)
