"""What the NLU could not be asked in time is understood later."""

from __future__ import annotations

import pytest

from actions.understanding import UnderstandLater
from nlu.scripted import ScriptedUnderstander
from referral.ports import Parcel, TryAgain
from storage.models import Message, TicketNeed
from tests.actions.world import World, understood


async def later(world: World) -> None:
    """Let the dispatcher's job run."""
    (job,) = await world.deliveries(kind="job.understand")
    await UnderstandLater(world.house).send(Parcel(job.id, job.lane, job.kind, job.key, job.payload))


def teach(understander: ScriptedUnderstander, *needs: str, urgent: bool = False) -> None:
    """Let the NLU know an answer to everything."""
    understander._script = lambda _text: understood(*needs, urgent=urgent)


async def test_what_was_not_named_is_added(world: World, understander: ScriptedUnderstander) -> None:
    line = await world.open("school_fees", understood=False)
    teach(understander, "school_fees", "health_treatment")
    await later(world)

    needs = {need.need: need.source for need in await world.all(TicketNeed)}
    assert needs == {"school_fees": "nlu", "health_treatment": "nlu"}
    assert (await world.ticket(line.number)).understood
    assert (await world.referral(line.number, "health_treatment")).state == "drafted"
    assert "understood_later" in await world.events(line.number)


async def test_it_is_tried_again_while_the_nlu_is_down(world: World, understander: ScriptedUnderstander) -> None:
    line = await world.open(understood=False)
    understander.down = True
    with pytest.raises(TryAgain):
        await later(world)
    assert not (await world.ticket(line.number)).understood


async def test_a_second_run_changes_nothing(world: World, understander: ScriptedUnderstander) -> None:
    line = await world.open(understood=False)
    teach(understander, "cash_aid")
    await later(world)
    before = await world.events(line.number)
    await later(world)
    assert await world.events(line.number) == before
    assert len(await world.all(TicketNeed)) == 1


async def test_what_turns_out_urgent_waits_for_no_approval(world: World, understander: ScriptedUnderstander) -> None:
    """Named with buttons while the NLU was down: a drafted referral, whose words tell of danger."""
    line = await world.open("health_treatment", "school_fees", understood=False)
    teach(understander, "health_treatment", urgent=True)
    await later(world)

    treatment = await world.referral(line.number, "health_treatment")
    assert (treatment.urgent, treatment.state) == (True, "approved")
    assert [row.urgent for row in await world.deliveries(treatment)] == [True]
    assert (await world.referral(line.number, "school_fees")).state == "drafted"


async def test_violence_found_later_closes_the_words_to_others(
    world: World, understander: ScriptedUnderstander
) -> None:
    line = await world.open("school_fees", understood=False)
    teach(understander, "violence", "school_fees")
    await later(world)
    assert (await world.referral(line.number, "violence")).state == "approved"
    assert all(row.restricted for row in await world.all(Message))
