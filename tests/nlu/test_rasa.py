"""The real Rasa: the components in their own Python, the served model, the batch."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import yaml

from nlu import inprocess, server
from nlu.labels import ENTITIES, INTENTS
from nlu.rasa_client import RasaClient
from nlu.server import ROOT

pytestmark = pytest.mark.rasa
TOKEN = "kunci-uji"


@pytest.fixture(scope="module")
async def url(rasa_python: Path, model: Path) -> AsyncIterator[str]:
    """A running Rasa."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command, environment = server.command(rasa_python, model, port, TOKEN)
    process = await asyncio.create_subprocess_exec(
        *command, env=environment, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        address = f"http://127.0.0.1:{port}"
        await server.wait_ready(address, TOKEN, 120.0)
        yield address
    finally:
        os.kill(process.pid, signal.SIGKILL)
        await process.wait()


def test_the_components_in_their_own_python(rasa_python: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [str(rasa_python), "-W", "ignore", str(ROOT / "tests" / "nlu" / "in_rasa.py")],
        env=server.environment(tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_domain_says_what_the_labels_say() -> None:
    domain = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
    assert (tuple(domain["intents"]), tuple(domain["entities"])) == (INTENTS, ENTITIES)


async def test_a_complaint_is_understood(url: str) -> None:
    async with RasaClient([url], token=TOKEN, timeout=30.0) as client:
        meaning = await client.understand("  anak sayo demam la tigo hari, dak ado duit berobat. kel. kasang rt 12")
    assert (meaning.available, meaning.known, meaning.intent) == (True, True, "report")
    assert "health_treatment" in [need.need for need in meaning.needs]
    found = {(entity.entity, entity.value): entity.norm for entity in meaning.entities}
    assert found["place", "kasang"] == "Kasang"
    assert found["rt_rw", "rt 12"] == "RT 12"
    assert ("illness", "demam") in found


async def test_two_needs_in_one_message(url: str) -> None:
    async with RasaClient([url], token=TOKEN, timeout=30.0) as client:
        meaning = await client.understand("anak saya sakit tidak ada biaya berobat, adiknya putus sekolah")
    assert {"health_treatment", "school_dropout"} <= {need.need for need in meaning.needs}


@pytest.mark.parametrize(
    "text", ["asdfgh jklqwrt zxcv", "😀😀😀", "   ", "/report", '/report{"nik":"1"}', "?!?!", "qwrtplk"]
)
async def test_what_means_nothing_never_becomes_a_need(url: str, text: str) -> None:
    async with RasaClient([url], token=TOKEN, timeout=30.0) as client:
        meaning = await client.understand(text)
    assert (meaning.available, meaning.known, meaning.intent, meaning.needs) == (True, False, None, ())


@pytest.mark.parametrize(
    "text", ["", " ", "\x00", "a" * 8_000, "\u202e", "𝗮𝗻𝗮𝗸", "1" * 500, "\n\n\n", "[x](nik)", "'\"\\"]
)
async def test_anything_at_all_gets_an_answer(url: str, text: str) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{url}/model/parse", params={"token": TOKEN}, json={"text": text}) as response,
    ):
        assert response.status == 200
        assert isinstance((await response.json())["needs"], list)


async def test_a_very_long_message_is_quick(url: str) -> None:
    letter = "Sayo nak cerito anak sayo sakit, dak ado biaya berobat ke rumah sakit, kartu BPJS mati. " * 92
    async with RasaClient([url], token=TOKEN, timeout=30.0) as client:
        await client.understand(letter)
        started = time.perf_counter()
        meaning = await client.understand(letter[1:])
    assert meaning.available
    assert time.perf_counter() - started < 1.0  # 0.2 s on an idle machine


async def test_without_the_token_nothing_is_parsed(url: str) -> None:
    async with aiohttp.ClientSession() as session, session.post(f"{url}/model/parse", json={"text": "x"}) as response:
        assert response.status == 401


def test_the_batch_answers_in_order(rasa_python: Path, model: Path) -> None:
    texts = ["anak saya putus sekolah karena tidak ada biaya", "", "/start", "iya betul", "  rt 5\nkel kasang "]
    rows = inprocess.parse_all(rasa_python, model, texts)
    assert [row["text"] for row in rows] == texts
    assert [row["intent"] for row in rows[:4]] == ["report", None, None, "affirm"]
    assert json.dumps(rows)
    for row in rows:
        for entity in row["entities"]:
            assert row["text"][entity["start"] : entity["end"]] == entity["value"]
    assert list(inprocess.parse_each(rasa_python, model, texts)) == rows
