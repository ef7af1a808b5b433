"""schemathesis against the served document: no 500 ever, and every answer is as the document says."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp.test_utils import TestServer

from actions.api_tokens import SCOPES, NewToken, issue_token
from actions.house import House, now
from console.app import build
from tests import soak
from tests.actions.world import World
from tests.console.api.conftest import UNIT, arrived

# a version that is over, a referral that was called back, bytes that are no picture: no schema can say so
_CONFIG = """
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "403", "404", "409", "410", "412", "415"]
"""


async def test_whatever_comes_no_answer_is_other_than_the_document_says(world: World, tmp_path: Path) -> None:
    house = _without_haste(world.house)
    token = await issue_token(house, None, NewToken("schemathesis", UNIT, SCOPES))
    ids = [(await arrived(world, chat=str(chat))).id for chat in range(soak.rounds(6, 40))]
    async with TestServer(build(house, secure_cookies=False)) as server:
        (tmp_path / "openapi.json").write_text(json.dumps(await _document(server, ids)))
        (tmp_path / "schemathesis.toml").write_text(_CONFIG)
        address = str(server.make_url("/api/v1"))
        done = await asyncio.create_subprocess_exec(
            *_command(address, token), cwd=tmp_path, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
        said, _ = await done.communicate()
    assert done.returncode == 0, said.decode()
    assert b"7 selected / 7 total" in said


def _without_haste(house: House) -> House:
    """The house as it is, in real time, for a client that may ask as often as it likes."""
    api = house.limits.api.model_copy(update={"per_minute": 6000, "burst": 1000})
    return replace(house, clock=now, limits=house.limits.model_copy(update={"api": api}))


def _command(address: str, token: str) -> list[str]:
    command = [str(Path(sys.executable).parent / "st"), "--config-file", "schemathesis.toml", "run", "openapi.json"]
    command += ["--url", address, "--header", f"Authorization: Bearer {token}", "--no-color", "--checks", "all"]
    command += ["--max-examples", str(soak.rounds(10, 200))]
    if soak.FULL:
        return [*command, "--phases", "examples,coverage,fuzzing,stateful"]
    return [*command, "--phases", "coverage,fuzzing", "--seed", "1", "--generation-deterministic"]


async def _document(server: TestServer, ids: list[int]) -> dict[str, Any]:
    """The served document; of all referrals that a path may name, those that are there, and one that is not."""
    async with aiohttp.ClientSession() as session, session.get(server.make_url("/api/v1/openapi.json")) as answer:
        assert answer.status == 200
        document: dict[str, Any] = await answer.json()
    for path in document["paths"].values():
        for operation in path.values():
            for parameter in operation["parameters"]:
                if parameter["name"] == "referral_id":
                    parameter["schema"]["enum"] = [*ids, ids[-1] + 1000]
    return document
