"""The real Rasa for all acceptance tests, and a world of its own for each."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from nlu import server, training
from tests.acceptance.processes import ROOT, Process
from tests.acceptance.world import World, a_world, free_port

TOKEN = "kunci-rasa-untuk-uji"
RASA_PYTHON = ROOT / ".venv-rasa" / "bin" / "python"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of these run the real processes."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.acceptance)


@pytest.fixture(scope="session")
async def rasa() -> AsyncIterator[str]:
    """A running Rasa with the trained model; trains it first where that was not done yet. Gives its URL."""
    model = await training.ensure_model(RASA_PYTHON, ROOT / "data", print)
    port = free_port()
    command, environment = server.command(RASA_PYTHON, model, port, TOKEN)
    process = Process("nlu", *command, environment=environment)
    await process.start(until_ready=False)
    url = f"http://127.0.0.1:{port}"
    await server.wait_ready(url, TOKEN, 180.0)
    yield url
    await process.kill()


@pytest.fixture
async def world(rasa: str, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    """The others' sides, ready; the test starts our roles."""
    for name in [name for name in os.environ if name.startswith("SLRT_")]:
        monkeypatch.delenv(name)
    async with a_world(tmp_path, database_url, rasa, TOKEN) as made:
        yield made
