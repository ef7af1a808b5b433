"""What leaves as a webhook is what the document says."""

from __future__ import annotations

from typing import Any

import pytest

from actions.dispatch import tell_unit
from actions.inquiries import write_to_resident
from actions.review import answer_agency
from actions.steps import lock_referral
from console.api.webhooks import WEBHOOKS
from referral.lifecycle import REFERRAL_STEPS
from tests.actions.world import World
from tests.console.api.conftest import arrived


async def posted(world: World) -> list[dict[str, Any]]:
    """The webhooks' bodies so far, each held against the document."""
    bodies = [row.payload["body"] for row in await world.deliveries(kind="webhook")]
    for body in bodies:
        assert set(body) == {"type", "data"}
        WEBHOOKS[body["type"]].model_validate(body["data"])
    return bodies


def types(bodies: list[dict[str, Any]]) -> list[str]:
    return [body["type"] for body in bodies]


def test_everything_that_the_table_tells_a_unit_is_documented() -> None:
    told = {f"referral.{tell.text}" for row in REFERRAL_STEPS for tell in row.tells if tell.to == "unit"}
    assert told == {"referral.called_back", "referral.confirmed", "referral.not_helped", "referral.unconfirmed"}
    assert told <= set(WEBHOOKS)


async def test_the_residents_word_reaches_the_agencys_software(world: World) -> None:
    line = await world.open("food_aid")
    referral = await world.finish(line.number, "food_aid")
    await world.confirm(referral)
    assert types(await posted(world)) == ["referral.sent", "referral.confirmed"]
    assert (await posted(world))[-1]["data"] == {"referral": referral.id, "ticket": line.number}


async def test_not_helped_is_told_and_does_not_count_as_sent(world: World) -> None:
    line = await world.open("food_aid")
    referral = await world.finish(line.number, "food_aid")
    await world.confirm(referral, helped=False)
    assert sorted(types(await posted(world))) == ["referral.not_helped", "referral.sent", "referral.sent"]
    (news,) = [row for row in await world.deliveries(kind="webhook") if row.payload["body"]["type"].endswith("helped")]
    await world.settle(news)
    assert (await world.referral(line.number, "food_aid")).state == "approved"


async def test_silence_is_told(world: World) -> None:
    line = await world.open("food_aid")
    referral = await world.finish(line.number, "food_aid")
    await world.step(referral, "expire", "system")
    assert types(await posted(world))[-1] == "referral.unconfirmed"


async def test_agencies_hear_that_the_resident_answered_not_what(world: World) -> None:
    line = await world.open("food_aid", "violence")
    await world.sent(line.number, "food_aid")
    await write_to_resident(world.house, await world.officer(), line.number, "question", "Berapa anaknya?")
    asked = await world.with_desk(lambda desk: desk.asked())
    await world.with_desk(lambda desk: desk.answer(asked[0].inquiry_id))
    bodies = await posted(world)
    assert types(bodies).count("referral.resident_answered") == 1
    assert set(bodies[-1]["data"]) == {"referral", "ticket"}


async def test_the_officers_answer_is_told_each_time_without_its_words(world: World) -> None:
    referral = await arrived(world)
    officer = await world.officer()
    for words in ("Ya", "Sampai jam tiga"):
        await answer_agency(world.house, officer, referral.id, words)
    bodies = await posted(world)
    assert types(bodies)[-2:] == ["referral.answered"] * 2
    assert "Sampai" not in str(bodies)
    mails = [row.payload["subject"] for row in await world.deliveries(referral, "email")]
    assert len([subject for subject in mails if subject.startswith("Jawaban SLRT")]) == 2


@pytest.mark.parametrize("text", ["reminder", "overdue", "called_back", "confirmed", "resident_answered"])
async def test_of_a_restricted_case_nothing_but_a_link_leaves(world: World, text: str) -> None:
    line = await world.open("violence")
    referral = await world.sent(line.number, "violence")
    async with world.house.database.transaction() as session:
        ticket, locked = await lock_referral(session, referral.id)
        await tell_unit(session, world.house, ticket, locked, text)
    for body in await posted(world):
        assert body["type"] in ("case.waiting", "case.changed")
        assert list(body["data"]) == ["link"]
        assert line.number not in str(body)
