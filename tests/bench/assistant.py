"""Ours beside a stock Rasa assistant that was set up for the same dialogue: turns and reports a second."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from actions.desk import Desk
from actions.house import House
from actions.talk import Incoming, Turned
from actions.turns import answer_waiting, take_turn
from referral.ports import Parcel, Sender
from slrt.building import step_for
from slrt.roles.dispatcher import make_dispatcher
from tests.bench.bed import DATA, Bed, Rasa, say
from tests.bench.figures import Table
from tests.bench.stock_assistant.system import Assistant, running, train
from tests.bench.stories import Action, Resident, Say, Story, people
from tests.bench.turns import Listener

TOGETHER = (1, 8)
_REPORTS = {1: 8, 8: 24}  # in each round
_ROUNDS = 3
_MOST_TURNS = 20
_STORY = Story(
    "sick child",
    ("anak sayo demam la tigo hari, dak ado duit berobat",),
    place="Kasang RT 5 RW 2",
    village="Kasang",
    greets=False,
)
# what is said to the stock assistant, and what its answer holds; /affirm is what its buttons send
_STOCK = (
    (_STORY.words[0], "Saya catat"),
    ("/affirm", "kartu BPJS"),
    ("tidak tahu", "kelurahan atau desa"),
    (_STORY.place, "Kirim sekarang?"),
    ("/affirm", "Laporan sudah kami terima"),
)
# one report, from the complaint to its number; returns its turns
Report = Callable[[int], Awaitable[int]]


@dataclass(frozen=True)
class _Rate:
    """What was done in a second."""

    turns: float
    reports: float


class _Instant:
    """A Telegram that takes everything at once."""

    async def send(self, parcel: Parcel) -> None:
        """See Sender."""


@dataclass
class _Ours:
    """Our engine with its understanding, its database and the handing over of the replies."""

    house: House
    ahead: timedelta = field(default_factory=timedelta)

    def __post_init__(self) -> None:
        nlu = Listener(self.house.understander)  # sees to it that none of its answers is missing
        self.house = replace(self.house, understander=nlu, clock=lambda: datetime.now(UTC) + self.ahead)
        sender: Sender = _Instant()
        self._deliver = make_dispatcher(self.house, {"telegram.send": sender, "telegram.delete": sender}).deliver_now
        self._step = step_for(self.house)
        self._persons = list(people(_ROUNDS * sum(_REPORTS.values()) + len(TOGETHER)))
        self._updates = 0

    async def report(self, number: int) -> int:
        """See Report."""
        resident = Resident(_STORY, self._persons[number])
        action: Action | None = resident.begin()
        buttons: dict[str, str] = {}
        turns = 0
        while action is not None:
            turned = await self._take(str(5000 + number), action, buttons)
            turns += 1
            assert turns < _MOST_TURNS, f"no end after\n{turned.replies}"
            rows = [row for reply in turned.replies for row in reply.buttons]
            buttons = {button.label: button.data for row in rows for button in row if button.data} or buttons
            action = resident.answer("\n".join(reply.text for reply in turned.replies), list(buttons))
            if resident.content:
                return turns
        raise AssertionError(f"{_STORY.name}: no end")

    async def _take(self, chat: str, action: Action, buttons: dict[str, str]) -> Turned:
        self._updates += 1
        given: dict[str, Any] = {"update_id": self._updates, "message_id": self._updates}
        if isinstance(action, Say):
            incoming = Incoming("telegram", chat, "text", text=action.text, **given)
        else:
            incoming = Incoming("telegram", chat, "button", button=buttons[action.label], **given)
        turned: list[Turned] = []

        async def listen(state: dict[str, Any], heard: Incoming, meaning: Any, desk: Desk) -> Turned:
            turned.append(await self._step(state, heard, meaning, desk))
            return turned[-1]

        result = await take_turn(self.house, incoming, listen, lease=True)
        ids = [*result.delivery_ids]
        while result.waits is not None and result.conversation_id is not None:
            self.ahead += timedelta(seconds=result.waits)  # the moment of quiet goes by at once
            result = await answer_waiting(self.house, result.conversation_id, listen, lease=True)
            ids += result.delivery_ids
        await self._deliver(ids)
        return turned[-1]


async def measure(bed: Bed, rasa: Rasa) -> Table:
    """Rounds of both in turn. Ours asks `rasa`, which runs; the stock assistant is trained and started here."""
    rates: dict[tuple[str, int], list[_Rate]] = defaultdict(list)
    lengths: dict[str, int] = {}
    with tempfile.TemporaryDirectory(prefix="bench-stock-", dir=DATA) as name:
        say("the stock assistant is trained")
        model = await train(Path(name))
        async with (
            bed.house("assistant-ours", rasa.url) as house,
            running(model, await bed.fresh("assistant-stock")) as assistant,
        ):
            both: dict[str, Report] = {"ours": _Ours(house).report, "stock Rasa": _stock(assistant)}
            for system, report in both.items():
                lengths[system] = await report(0)  # warms up
            number = 1
            for together in TOGETHER * _ROUNDS:
                for system, report in both.items():
                    rate = await _rate(report, number, _REPORTS[together], together)
                    say(f"assistant: {system}, {together} at a time: {rate.turns:.1f} turns a second")
                    rates[system, together].append(rate)
                number += _REPORTS[together]
    return _table(rates, lengths)


def _stock(assistant: Assistant) -> Report:
    async def report(number: int) -> int:
        for words, expected in _STOCK:
            answer = await assistant.say(f"resident-{number}", words)
            assert expected in answer, f"{words}: {answer}"
        return len(_STOCK)

    return report


async def _rate(report: Report, first: int, count: int, together: int) -> _Rate:
    """So many reports, so many residents at a time."""
    waiting = list(range(first, first + count))
    turns = 0

    async def one_after_another() -> None:
        nonlocal turns
        while waiting:
            took = await report(waiting.pop())
            turns += took  # read after the waiting: others report meanwhile

    started = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(together):
            group.create_task(one_after_another())
    taken = time.perf_counter() - started
    return _Rate(turns / taken, count / taken)


def _table(rates: dict[tuple[str, int], list[_Rate]], lengths: dict[str, int]) -> Table:
    table = Table(
        "Beside a stock Rasa assistant: turns and reports a second",
        (
            "assistant",
            "turns a report",
            *(f"turns a second, {count} at a time" for count in TOGETHER),
            *(f"reports a second, {count} at a time" for count in TOGETHER),
        ),
        f"The same dialogue: complaint, needs, question, place, summary, number; the middle one of {_ROUNDS} rounds in "
        "turn. Stock: Rasa's rules, one form, logistic regression, an action server, its REST channel, conversations "
        "and reports in the same PostgreSQL; buttons go past its understanding as they do past ours. Ours: "
        "understanding by Rasa over HTTP, the whole turn committed with ticket, referral and queue rows, the replies "
        "handed over and marked; it asks more (identity, ways of contact), so a report has more turns.",
    )
    found: dict[str, list[float]] = {}
    for system, turns in lengths.items():
        all_of = [rates[system, count] for count in TOGETHER]
        middle = [statistics.median(rate.turns for rate in each) for each in all_of]
        middle += [statistics.median(rate.reports for rate in each) for each in all_of]
        found[system] = middle
        table.add(system, turns, *(f"{value:.1f}" for value in middle))
    ours, stock = found.values()
    table.add("ours in times of stock", "", *(f"{mine / its:.1f}" for mine, its in zip(ours, stock, strict=True)))
    return table
