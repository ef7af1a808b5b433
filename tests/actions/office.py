"""An office with its Telegram group, in short words: who presses what there, and what the chat shows."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

from actions import accounts, group_desk, group_links, group_posts, groups
from actions.group_desk import Call, Spoken
from actions.group_words import Sheet, sheet
from actions.views import OfficerView
from storage.models import Delivery, Referral
from tests.actions.world import World

UNIT, GROUP = "dinkes-kota-jambi", "-4100000001"


@dataclass
class Office:
    """An office with its group, its registered officers, and a dispatcher that posts there."""

    world: World
    dewi: OfficerView
    _updates: itertools.count[int] = field(default_factory=lambda: itertools.count(9000))
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    chat: dict[int, Sheet] = field(default_factory=dict)

    def call(self, account: str = "71", chat: str = GROUP, **more: Any) -> Call:
        return Call(next(self._updates), chat, account, **more)

    async def link(self, unit: str = UNIT, chat: str = GROUP) -> None:
        made = await groups.make_group_code(self.world.house, None, unit)
        await group_links.type_code(self.world.house, self.call("99", chat), made.code, "Rujukan Dinkes")

    async def register(self, officer: OfficerView, account: str) -> Spoken:
        made = await accounts.make_account_code(self.world.house, officer)
        call = self.call(account, account, private=True)
        return await group_links.type_code(self.world.house, call, made.code.lower(), None)

    async def press(self, data: str, account: str = "71", chat: str = GROUP) -> Spoken:
        return await group_desk.press(self.world.house, self.call(account, chat), data)

    async def deliver(self) -> None:
        """What the dispatcher does with all that waits for chats, oldest first."""
        while rows := await self.world.all(
            Delivery, Delivery.kind.in_((group_posts.TELEGRAM, group_posts.SHOW)), Delivery.state == "waiting"
        ):
            for row in rows:
                found = await sheet(self.world.house, row.payload)
                if found is not None:
                    number = found.edits or next(self._numbers)
                    self.chat[number] = found
                    if found.post is not None:
                        await group_posts.posted(self.world.house, found.post, found.chat, number)
                await self.world.settle(row)

    async def refer(self, need: str = "health_treatment", **draft: Any) -> Referral:
        line = await self.world.open(need, **draft)
        referral = await self.world.referral(line.number, need)
        if referral.state == "drafted":
            await self.world.step(referral, "approve", "coordinator")
        await self.deliver()
        return await self.again(referral)

    async def again(self, referral: Referral) -> Referral:
        (found,) = await self.world.all(Referral, Referral.id == referral.id)
        return found

    def labels(self, number: int | None = None) -> list[str]:
        shown = self.chat[number or max(self.chat)]
        return [button.label for row in shown.buttons for button in row]

    @property
    def newest(self) -> Sheet:
        return self.chat[max(self.chat)]


def data_of(rows: Any, label: str) -> str:
    return next(button.data for row in rows for button in row if label in button.label)
