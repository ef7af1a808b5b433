"""What people do in the tests of the actions, in short words."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import select

from actions.desk import Desk, Draft, DraftNeed, TicketLine
from actions.events import Actor
from actions.house import House
from actions.officers import officer_view
from actions.outbox import Settle
from actions.steps import Said, lock_referral, take_step
from actions.talk import Incoming, Reply, Turned
from actions.turns import TurnResult, take_turn
from actions.views import OfficerView
from nlu.port import NeedGuess, Understanding
from referral.ports import Parcel
from storage.models import Base, Conversation, Delivery, Event, Message, Officer, Referral, Ticket
from tests.clock import Clock

LEGOK, THEHOK, KASANG_PUDAK = "15.71.10.1003", "15.71.02.1004", "15.05.06.2005"
STORY = "Anak sayo demam la tigo hari, dak ado duit berobat"


def understood(*needs: str, urgent: bool = False, intent: str = "report") -> Understanding:
    """An NLU's answer that is sure of these needs."""
    guesses = tuple(NeedGuess(need, 0.9, True) for need in needs)
    return Understanding(intent, 0.9, guesses, (), urgent, (), available=True, known=True)


async def quiet(state: dict[str, Any], incoming: Incoming, meaning: Understanding | None, desk: Desk) -> Turned:
    """A conversation that says nothing."""
    return Turned(state)


async def echo(state: dict[str, Any], incoming: Incoming, meaning: Understanding | None, desk: Desk) -> Turned:
    """A conversation that counts its turns and answers each."""
    turns = state.get("turns", 0) + 1
    return Turned({"turns": turns}, (Reply(f"jawaban {turns}"),))


@dataclass
class World:
    """The house with hands."""

    house: House
    _ids: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def clock(self) -> Clock:
        """The house's clock, to be set."""
        assert isinstance(self.house.clock, Clock)
        return self.house.clock

    def text(self, text: str | None = STORY, **changes: Any) -> Incoming:
        """A message from the resident of chat 1001 in Telegram."""
        number = next(self._ids)
        incoming = Incoming("telegram", "1001", "text", update_id=number, text=text, message_id=500 + number)
        return replace(incoming, **changes)

    async def turn(self, step: Any = quiet, incoming: Incoming | None = None, *, lease: bool = False) -> TurnResult:
        """Take a turn."""
        return await take_turn(self.house, incoming or self.text(), step, lease=lease)

    async def open(
        self,
        *needs: str | DraftNeed,
        region: str | None = LEGOK,
        chat: str = "1001",
        channel: str = "telegram",
        **draft: Any,
    ) -> TicketLine:
        """Open a ticket in one turn, as the conversation does it."""
        lines: list[TicketLine] = []
        wanted = tuple(need if isinstance(need, DraftNeed) else DraftNeed(need, "nlu", 0.9) for need in needs)
        given: dict[str, Any] = {"complaint": STORY, "urgent": False, "understood": True, "region_code": region} | draft

        async def step(state: dict[str, Any], incoming: Incoming, meaning: Any, desk: Desk) -> Turned:
            line = await desk.open_ticket(Draft(needs=wanted, **given))
            lines.append(line)
            return Turned({}, (Reply(f"Nomor {line.number}"),), ticket_number=line.number)

        await self.turn(step, self.text(given["complaint"], chat=chat, channel=channel))
        return lines[0]

    async def with_desk(self, use: Any, **incoming: Any) -> Any:
        """What `use(desk)` returns within a turn."""
        results: list[Any] = []

        async def step(state: dict[str, Any], _incoming: Incoming, meaning: Any, desk: Desk) -> Turned:
            results.append(await use(desk))
            return Turned(state)

        await self.turn(step, self.text("halo", **incoming))
        return results[0]

    async def all[Row: Base](self, table: type[Row], *where: Any) -> Sequence[Row]:
        """The rows of a table, oldest first."""
        async with self.house.database.transaction() as session:
            rows = await session.scalars(select(table).where(*where))
            return sorted(rows, key=lambda row: getattr(row, "id", 0))

    async def ticket(self, number: str) -> Ticket:
        """A ticket as it stands."""
        (found,) = await self.all(Ticket, Ticket.number == number)
        return found

    async def referral(self, number: str, need: str) -> Referral:
        """The newest referral of a ticket for a need."""
        ticket = await self.ticket(number)
        return (await self.all(Referral, Referral.ticket_id == ticket.id, Referral.need == need))[-1]

    async def events(self, number: str) -> list[str]:
        """What happened to a ticket."""
        ticket = await self.ticket(number)
        return [event.kind for event in await self.all(Event, Event.ticket_id == ticket.id)]

    async def deliveries(self, referral: Referral | None = None, kind: str | None = None) -> Sequence[Delivery]:
        """Rows of the queue."""
        where = [Delivery.referral_id == referral.id] if referral else []
        return await self.all(Delivery, *where, *([Delivery.kind == kind] if kind else []))

    async def heard(self) -> list[str]:
        """What was said to residents."""
        return [row.text or "" for row in await self.all(Message, Message.direction == "out")]

    async def settle(self, delivery: Delivery, result: str = "done") -> None:
        """What the dispatcher does with a row in its last transaction."""
        parcel = Parcel(
            id=delivery.id,
            lane=delivery.lane,
            kind=delivery.kind,
            key=delivery.key,
            payload=delivery.payload,
            referral_id=delivery.referral_id,
            message_id=delivery.message_id,
        )
        async with self.house.database.transaction() as session:
            row = await session.get_one(Delivery, delivery.id, with_for_update=True)
            row.state = result
            await Settle(self.house)(session, parcel, result)

    async def sent(self, number: str, need: str) -> Referral:
        """Approve a referral, if that is still to do, and let all its deliveries arrive."""
        referral = await self.referral(number, need)
        if referral.state == "drafted":
            await self.step(referral, "approve", "coordinator")
        for delivery in await self.deliveries(referral):
            if delivery.state == "waiting":
                await self.settle(delivery)
        return await self.referral(number, need)

    async def step(self, referral: Referral, step: str, role: str = "agency", **said: str) -> None:
        """Take a step on a referral."""
        async with self.house.database.transaction() as session:
            ticket, locked = await lock_referral(session, referral.id)
            await take_step(session, self.house, ticket, locked, step, Actor(role), Said(**said))

    async def finish(self, number: str, need: str, outcome: str = "helped") -> Referral:
        """Bring a referral to its agency and let the agency say that it is done."""
        referral = await self.sent(number, need)
        await self.step(referral, "accept")
        await self.step(referral, "finish", outcome=outcome)
        return await self.referral(number, need)

    async def confirm(self, referral: Referral, helped: bool = True, **incoming: Any) -> TicketLine | None:
        """Press the resident's button."""
        line: TicketLine | None = await self.with_desk(lambda desk: desk.confirm(referral.id, helped), **incoming)
        return line

    async def officer(
        self,
        role: str = "coordinator",
        region: str | None = LEGOK,
        *,
        restricted: bool = False,
        unit: str | None = None,
    ) -> OfficerView:
        """An officer who is logged in."""
        async with self.house.database.transaction() as session:
            row = Officer(
                login=f"petugas{next(self._ids)}",
                name="Ibu Petugas",
                role=role,
                region_code=region,
                unit=unit,
                restricted=restricted,
                password_hash="-",
            )
            session.add(row)
            await session.flush()
            return officer_view(self.house, row)

    async def conversation(self, chat: str = "1001") -> Conversation:
        """The one conversation of a chat."""
        (found,) = [row for row in await self.all(Conversation) if row.chat == chat]
        return found
