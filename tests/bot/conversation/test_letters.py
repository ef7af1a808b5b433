"""A letter that an app cuts into parts is read as a whole, unless danger words stand in it."""

from __future__ import annotations

import pytest

from bot.conversation import make_step
from tests.bot.catalogue import small_catalogue
from tests.bot.desk import FakeDesk
from tests.bot.talker import Talker, meaning

CATALOGUE = small_catalogue()
PART = "Sejak suami saya sakit kami hidup dari upah mencuci. " * 70
URGENT = meaning("report health_treatment !")


@pytest.fixture
def talker() -> Talker:
    return Talker(make_step(CATALOGUE, demo=False), FakeDesk(CATALOGUE))


async def test_a_first_part_that_the_nlu_alone_takes_for_urgent_waits_and_is_answered_with_the_rest(
    talker: Talker,
) -> None:
    assert (await talker.say_more(PART, URGENT)).hold is not None
    answered = await talker.say("Demikian surat saya.", meaning("report health_treatment"))
    assert answered.hold is None
    assert talker.answer.count("Saya catat") == 1


async def test_danger_words_in_it_never_wait(talker: Talker) -> None:
    assert (await talker.say_more(f"{PART} suami memukul saya", URGENT)).hold is None
    assert "112" in talker.answer


async def test_a_short_message_that_the_nlu_takes_for_urgent_never_waits(talker: Talker) -> None:
    assert (await talker.say_more("anak saya sesak", URGENT)).hold is None
    assert "112" in talker.answer
