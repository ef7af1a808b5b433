"""A stock Rasa: trained by Rasa's own command, served by Rasa's own server, asked over HTTP."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from nlu import server
from nlu.export import as_yaml
from nlu.messages import LabelledMessage
from tests.acceptance.processes import Process
from tests.acceptance.world import free_port
from tests.bench.bed import RASA_PYTHON, TOKEN
from tests.bench.machine import resident

HERE = Path(__file__).parent
_READY_SECONDS = 300.0
TRAIN_SECONDS = 1200.0
"""Twice what DIET was seen to need on two cores."""

_URGENT = "urgent"


@dataclass(frozen=True)
class Cost:
    """Seconds of training and until ready, resident bytes when ready and after work, seconds of each parse."""

    training: float
    ready: float
    memory: int
    parses: tuple[float, ...]


def label_of(message: LabelledMessage) -> str:
    """The one label that says all that ours says of a message: stock pipelines know one label a message."""
    return "+".join([message.intent, *sorted(message.needs), *([_URGENT] if message.urgent else [])])


def answer_of(parsed: dict[str, Any]) -> dict[str, Any]:
    """What a stock pipeline found, in the form of ``slrt nlu parse``."""
    name, confidence = parsed["intent"]["name"] or "", float(parsed["intent"]["confidence"])
    intent, *rest = name.split("+")
    needs = [{"need": need, "confidence": confidence} for need in rest if need != _URGENT]
    return {
        "intent": intent,
        "confidence": confidence,
        "needs": needs,
        "urgent": _URGENT in rest,
        "entities": [{"entity": found["entity"], "value": found["value"]} for found in parsed["entities"]],
    }


async def train(name: str, messages: Sequence[LabelledMessage], folder: Path) -> tuple[Path, float]:
    """Train the pipeline *name* on *messages* with ``rasa train nlu``; returns the model and the seconds it took.

    Raises TimeoutError after ``TRAIN_SECONDS``.
    """
    (folder / "train.yml").write_text(as_yaml(messages, label_of), encoding="utf-8")
    config = Path(shutil.copy(HERE / f"{name}.yml", folder))  # Rasa rewrites the file that it is given
    command = [str(RASA_PYTHON), "-W", "ignore", "-m", "rasa", "train", "nlu", "--nlu", str(folder / "train.yml")]
    command += ["--config", str(config), "--out", str(folder), "--fixed-model-name", name]
    environment = {**server.environment(folder), "LOG_LEVEL": "ERROR", "OMP_NUM_THREADS": "2"}
    started = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, env=environment, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(TRAIN_SECONDS):
            _, errors = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, errors.decode(errors="replace")[-2000:]
    return folder / f"{name}.tar.gz", time.perf_counter() - started


async def ask(
    model: Path, trained: float, texts: Sequence[str], *, ours: bool = False
) -> tuple[Cost, list[dict[str, Any]]]:
    """Serve *model*, ask it about *texts* one after another; returns what that cost and the answers."""
    port = free_port()
    command, environment = server.command(RASA_PYTHON, model, port, TOKEN)
    if not ours:
        command[command.index("nlu.launcher")] = "rasa"
    process, url = Process("nlu", *command, environment=environment), f"http://127.0.0.1:{port}"
    started = time.perf_counter()
    await process.start(until_ready=False)
    try:
        await server.wait_ready(url, TOKEN, _READY_SECONDS)
        ready = time.perf_counter() - started
        async with aiohttp.ClientSession() as session:
            for text in texts[:20]:
                await _parse(session, url, text)
            asked = [await _parse(session, url, text) for text in texts]
        cost = Cost(trained, ready, resident(process.pid), tuple(seconds for _, seconds in asked))
        return cost, [parsed for parsed, _ in asked]
    finally:
        await process.kill()


async def _parse(session: aiohttp.ClientSession, url: str, text: str) -> tuple[dict[str, Any], float]:
    started = time.perf_counter()
    async with session.post(f"{url}/model/parse", params={"token": TOKEN}, json={"text": text}) as response:
        response.raise_for_status()
        parsed: dict[str, Any] = await response.json()
    return parsed, time.perf_counter() - started
