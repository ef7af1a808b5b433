"""The whole house, random events: no message to a chat tells what a restricted ticket is about, but to its code."""

from __future__ import annotations

import random
import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from actions.chat import ChatLine, history
from actions.clocks import run_clocks
from actions.errors import Incomplete, NotNow
from actions.events import Actor
from actions.house import House
from actions.steps import Said, lock_referral, take_step
from actions.talk import Incoming, Step
from actions.turns import take_turn
from referral.lifecycle import OUTCOMES, allowed_steps
from storage.models import Clock, Referral
from templates import environment

TEXTS = ("/status", "halo", "/petugas", "/bantuan", "laporan saya sampai mana", "melati 10", "ya", "/batal", "makasih",
         "saya mau cek desil", "hapus percakapan", "hapus data saya")  # fmt: skip
OPEN = re.compile(":(list|more|numbers|g:)")
ROLES = ("agency", "manager", "system")


class Phone:
    """A chat, and what has been shown in it."""

    def __init__(self, house: House, step: Step) -> None:
        self.house, self.step = house, step
        self.seen = 0

    async def _turn(self, kind: str, text: str | None = None, button: str | None = None) -> list[ChatLine]:
        await take_turn(self.house, Incoming("web", "phone", kind, text=text, button=button), self.step, lease=False)
        return await self.news()

    async def news(self) -> list[ChatLine]:
        """What was said since the last look."""
        lines = await history(self.house, "web", "phone", self.seen)
        self.seen = max([self.seen, *(line.id for line in lines)])
        return [line for line in lines if line.direction == "out"]

    async def say(self, text: str) -> list[ChatLine]:
        """Write."""
        return await self._turn("text", text)

    async def tap(self, label: str, lines: list[ChatLine]) -> list[ChatLine]:
        """Press a button of this label."""
        data = [b.data for line in lines for row in line.buttons for b in row if b.label == label]
        return await self._turn("button", button=data[-1])

    async def tap_any(self, fate: random.Random) -> list[ChatLine]:
        """Press anything that was ever shown, but what names all needs and dangers to everybody."""
        lines = await history(self.house, "web", "phone")
        data = [b.data for line in lines for row in line.buttons for b in row if b.data and not OPEN.search(b.data)]
        return await self._turn("button", button=fate.choice(data)) if data else []


async def anything(house: House, fate: random.Random) -> None:
    """Something happens to one of the referrals, if it may; or time goes by."""
    async with house.database.transaction() as session:
        rows = (await session.scalars(select(Referral))).all()
        chosen = fate.choice(rows)
        ticket, referral = await lock_referral(session, chosen.id)
        if fate.random() < 0.1:
            long_ago = house.clock() - timedelta(days=60)
            over = update(Clock).where(Clock.referral_id == referral.id).values(due_at=long_ago, next_at=long_ago)
            await session.execute(over)
        role = fate.choice(ROLES)
        steps = allowed_steps(referral.state, role, internal=False, confirmation=referral.confirmation)
        if steps:
            said = Said(reason="rahasia alasan", outcome=fate.choice(sorted(OUTCOMES)), note="rahasia catatan")
            try:
                await take_step(session, house, ticket, referral, fate.choice(steps), Actor(role), said)
            except (NotNow, Incomplete):
                await session.rollback()
    await run_clocks(house)


@pytest.mark.parametrize("wish", ["Jangan hubungi saya", "Boleh ditulis di sini", None])
@pytest.mark.parametrize("seed", range(3))
async def test_nothing_is_told_but_to_the_code(house: House, step: Step, wish: str | None, seed: int) -> None:
    fate, phone = random.Random(seed), Phone(house, step)
    asked = await phone.say("laki sayo mukul sayo tiap malam")
    await (phone.tap(wish, asked) if wish else phone.say("lewati"))
    receipt = await phone.say("legok")
    told = "\n".join(line.text or "" for line in receipt)
    number, code = re.search(r"SLRT-[\d-]+", told), re.search(r"Kode pengaman: (\w+ \d+)", told)
    assert number
    assert code
    words = environment().get_template("bot/_outcomes.txt").module
    secrets = ["kekerasan", "rahasia", number[0].casefold(), await agency_of_all(house)]
    secrets += [str(words.outcome_words(name)).casefold() for name in OUTCOMES]  # type: ignore[attr-defined]
    heard = 0
    for _ in range(25):
        what = fate.random()
        if what < 0.45:
            await anything(house, fate)
            lines = await phone.news()
            assert not lines or wish == "Boleh ditulis di sini", [line.text for line in lines]
            heard += len(lines)
        else:
            lines = await phone.say(fate.choice(TEXTS)) if what < 0.8 else await phone.tap_any(fate)
        for line in lines:
            shown = " ".join([line.text or "", *(b.label for row in line.buttons for b in row)]).casefold()
            assert not [secret for secret in secrets if secret in shown], shown
    assert number[0] in "".join(line.text or "" for line in await open_with(phone, house, code[1]))


async def agency_of_all(house: House) -> str:
    """The name of the one agency that has referrals."""
    async with house.database.transaction() as session:
        (code,) = await session.scalars(select(Referral.agency))
        return house.catalogue.agencies[code].name.casefold()


async def open_with(phone: Phone, house: House, code: str) -> list[ChatLine]:
    """Type the code, later: wrong ones may have been typed before."""
    tomorrow = house.clock() + timedelta(days=1)
    object.__setattr__(house, "clock", lambda: tomorrow)
    return await phone.say(code)
