"""Random people try random steps, legal and not, on real tickets; after each the invariants hold."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from actions.closing import merge_ticket, reject_ticket, reopen_ticket, withdraw_own, withdraw_ticket
from actions.errors import ActionError
from actions.review import add_need, ask_visit, record_visit, send_back
from actions.steps import standing
from actions.views import OfficerView
from referral.lifecycle import CLOSED, ENDED, OPEN, REFERRAL_STEPS, TICKET_STATES, ticket_state
from storage.models import Event, Referral, Ticket
from tests import soak
from tests.actions.world import World

ROLES = ("resident", "fo", "bo", "coordinator", "manager", "agency", "system")
STEPS = sorted({row.step for row in REFERRAL_STEPS})
Try = Callable[[], Awaitable[object]]


class Walk:
    """A house in which anything may be tried."""

    def __init__(self, world: World, chance: random.Random) -> None:
        self.world, self.chance = world, chance
        self.officers: list[OfficerView] = []
        self.numbers: list[str] = []

    async def begin(self) -> None:
        for role in ("fo", "bo", "coordinator", "manager"):
            self.officers.append(await self.world.officer(role, restricted=self.chance.random() < 0.5))
        for needs in (("school_fees", "cash_aid"), ("school_fees", "violence"), ("food_aid",)):
            self.numbers.append((await self.world.open(*needs)).number)

    async def something(self) -> Try:
        house, pick = self.world.house, self.chance.choice
        officer, number = pick(self.officers), pick(self.numbers)
        if self.chance.random() < 0.7:
            referral, step, role = pick(await self.world.all(Referral)), pick(STEPS), pick(ROLES)
            said = {"reason": pick(["Sebab", ""]), "outcome": pick(["helped", "not_eligible"]), "note": pick(["", "x"])}
            return lambda: self.world.step(referral, step, role, **said)
        return pick(
            [
                lambda: reject_ticket(house, officer, number, "Sebab"),
                lambda: withdraw_ticket(house, officer, number, "Sebab"),
                lambda: merge_ticket(house, officer, number, pick(self.numbers)),
                lambda: reopen_ticket(house, officer, number),
                lambda: add_need(house, officer, number, pick(["food_aid", "health_treatment"]), {}),
                lambda: ask_visit(house, officer, number),
                lambda: record_visit(house, officer, number, "poor", None),
                lambda: send_back(house, officer, number, "Lengkapi"),
                lambda: self._take_back(number),
            ]
        )

    async def _take_back(self, number: str) -> None:
        async with self.world.house.database.transaction() as session:
            ticket = await session.get_one(Ticket, (await self.world.ticket(number)).id)
            await withdraw_own(session, self.world.house, ticket)

    async def picture(self) -> dict[str, Any]:
        """Everything that steps may change."""
        return {
            "tickets": [(t.id, t.state, t.closed_as) for t in await self.world.all(Ticket)],
            "referrals": [
                (r.id, r.state, r.confirmation, r.reopened, r.link_serial) for r in await self.world.all(Referral)
            ],
            "events": [(e.id, e.kind, e.actor) for e in await self.world.all(Event)],
            "deliveries": [(d.id, d.state) for d in await self.world.deliveries()],
        }


async def _check(world: World) -> None:
    referrals = await world.all(Referral)
    followed = {referral.previous_id for referral in referrals}
    for ticket in await world.all(Ticket):
        mine = [referral for referral in referrals if referral.ticket_id == ticket.id]
        assert ticket.state in TICKET_STATES
        if ticket.closed_as is not None:
            # only a restricted need lives on in a ticket that was closed, and what the resident says did not help
            assert all(r.restricted or r.reopened for r in mine if r.state == "drafted" or r.state in OPEN)
        elif mine and all(r.state != "drafted" for r in mine):
            assert ticket.state == ticket_state([standing(r) for r in mine])
        if ticket.state == "confirmed":
            assert {r.confirmation for r in mine if r.state == "done"} == {"helped"}
    for referral in referrals:
        if referral.state == "returned":
            assert referral.id in followed
        assert (referral.confirmation is not None) <= (referral.state == "done")
        assert (referral.outcome is not None) == (referral.state == "done")


def _steps_back(before: dict[str, Any], after: dict[str, Any]) -> bool:
    then = {row[0]: row for row in before["referrals"]}
    ended = [row for row in after["referrals"] if row[0] in then and then[row[0]][1] in ENDED - {"done"}]
    return any(row[1] != then[row[0]][1] for row in ended)


@pytest.mark.parametrize("seed", range(40 if soak.FULL else 3))
async def test_a_refused_step_changes_nothing_events_only_grow_and_no_end_is_undone_but_by_reopening(
    world: World, seed: int
) -> None:
    walk = Walk(world, random.Random(seed))
    await walk.begin()
    before, taken = await walk.picture(), 0
    for _ in range(120):
        attempt = await walk.something()
        try:
            await attempt()
        except ActionError:
            assert await walk.picture() == before
            continue
        taken += 1
        after = await walk.picture()
        assert after["events"][: len(before["events"])] == before["events"]
        assert len(after["events"]) > len(before["events"])
        assert not _steps_back(before, after)
        await _check(world)
        before = after
    assert taken > 10
    assert CLOSED & {state for _, state, _ in before["tickets"]}
