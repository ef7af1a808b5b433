"""Every conversation written down in tests/bot/dialogues is played through the engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.conversation import make_step
from tests.bot.catalogue import small_catalogue
from tests.bot.desk import FakeDesk
from tests.bot.talker import Talker, play

FOLDER = Path(__file__).parent.parent / "dialogues"
SCRIPTS = {path.stem: path.read_text("utf-8") for path in sorted(FOLDER.glob("*.txt"))}


@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS)
async def test_dialogue(script: str) -> None:
    catalogue = small_catalogue()
    await play(script, Talker(make_step(catalogue, demo=True), FakeDesk(catalogue)))
