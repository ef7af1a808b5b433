"""The stock assistant as it is run: trained by `rasa train`, served by `rasa run`, its actions by `rasa_sdk`."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import yaml

from nlu import server
from nlu.export import as_yaml
from nlu.messages import load, without_contradictions
from tests.acceptance.processes import Process
from tests.acceptance.world import free_port
from tests.bench.bed import RASA_PYTHON, TOKEN

HERE = Path(__file__).parent
_EVERY = 6  # of the training messages: what is measured is time, not understanding
_READY_SECONDS = 300.0
_SDK_READY = "Action endpoint is up and running"


@dataclass(frozen=True)
class Assistant:
    """A running assistant; `say` is one turn over its REST channel."""

    url: str
    session: aiohttp.ClientSession

    async def say(self, sender: str, text: str) -> str:
        """What it answers, all its messages in one text."""
        body = {"sender": sender, "message": text}
        async with self.session.post(f"{self.url}/webhooks/rest/webhook", json=body) as response:
            response.raise_for_status()
            return "\n".join(message.get("text", "") for message in await response.json())


async def train(folder: Path) -> Path:
    """Train it on our messages, with one label each; returns the model."""
    data = folder / "training"
    data.mkdir()
    (data / "nlu.yml").write_text(as_yaml(without_contradictions(load())[::_EVERY]), encoding="utf-8")
    shutil.copy(HERE / "rules.yml", data)
    config = Path(shutil.copy(HERE / "config.yml", folder))  # Rasa rewrites the file that it is given
    command = [str(RASA_PYTHON), "-W", "ignore", "-m", "rasa", "train", "--data", str(data), "--config", str(config)]
    command += ["--domain", str(HERE / "domain.yml"), "--out", str(folder), "--fixed-model-name", "assistant"]
    environment = {**server.environment(folder), "LOG_LEVEL": "ERROR", "OMP_NUM_THREADS": "2"}
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, env=environment, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    _, errors = await process.communicate()
    assert process.returncode == 0, errors.decode(errors="replace")[-2000:]
    return folder / "assistant.tar.gz"


@asynccontextmanager
async def running(model: Path, database_url: str) -> AsyncIterator[Assistant]:
    """The assistant with its action server; conversations (tracker store) and reports in that PostgreSQL."""
    folder, port, actions_port = model.parent, free_port(), free_port()
    endpoints = {
        "tracker_store": {"type": "SQL", "dialect": "postgresql", "url": database_url},
        "action_endpoint": {"url": f"http://127.0.0.1:{actions_port}/webhook"},
    }
    (folder / "endpoints.yml").write_text(yaml.safe_dump(endpoints))
    (folder / "credentials.yml").write_text("rest:\n")
    command, environment = server.command(RASA_PYTHON, model, port, TOKEN)
    command[command.index("nlu.launcher")] = "rasa"
    command[command.index("--endpoints") + 1] = str(folder / "endpoints.yml")
    command += ["--credentials", str(folder / "credentials.yml")]
    bare = {**environment, "PYTHONPATH": str(HERE), "BENCH_URL": database_url, "LOG_LEVEL": "INFO"}
    action_command = (str(RASA_PYTHON), "-m", "rasa_sdk", "--actions", "action_server", "--port", str(actions_port))
    actions = Process("actions", *action_command, environment=bare, mark=_SDK_READY)
    rasa = Process("rasa", *command, environment=environment)
    try:
        await asyncio.gather(actions.start(), rasa.start(until_ready=False))
        url = f"http://127.0.0.1:{port}"
        await server.wait_ready(url, TOKEN, _READY_SECONDS)
        async with aiohttp.ClientSession() as session:
            yield Assistant(url, session)
    finally:
        await asyncio.gather(actions.kill(), rasa.kill())
