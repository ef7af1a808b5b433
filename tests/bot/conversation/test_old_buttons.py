"""Buttons pressed once more: nothing is asked again without a word why."""

from __future__ import annotations

import pytest

from bot.conversation import make_step
from tests.bot.catalogue import small_catalogue
from tests.bot.desk import FakeDesk
from tests.bot.talker import Talker, meaning


@pytest.fixture
def talker() -> Talker:
    """Somebody who has just come."""
    catalogue = small_catalogue()
    return Talker(make_step(catalogue, demo=False), FakeDesk(catalogue))


async def test_the_button_of_a_page_that_stands_there_already_changes_nothing(talker: Talker) -> None:
    await talker.say("halo", meaning("greet"))
    await talker.tap("Pilih dari daftar")
    first = talker.buttons
    await talker.tap("Pilihan lainnya ▸")
    back = next(button for button in talker.buttons if button.label == "Pilihan lainnya ▸")
    assert [button.label for button in talker.buttons] != [button.label for button in first]
    await talker.press(back.data or "")
    assert "sudah lewat" not in talker.answer
    await talker.press(back.data or "")
    assert "sudah lewat" in talker.answer
    assert [button.label for button in talker.buttons] == [button.label for button in first]


async def test_the_button_for_a_photo_pressed_twice_says_that_it_has_not_come(talker: Talker) -> None:
    talker.desk.ask("document", "Foto KKS", "SLRT-1571-2611-00001")
    await talker.press("q:1:p")
    assert "belum sampai" not in talker.answer
    await talker.press("q:1:p")
    assert "Fotonya belum sampai" in talker.answer
    assert "Foto KKS" in talker.answer
