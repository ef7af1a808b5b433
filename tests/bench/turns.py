"""Turns of whole conversations through `actions.turns.take_turn`, timed from the incoming update to the commit."""

from __future__ import annotations

import re
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import event, func, select

from actions.desk import Desk
from actions.house import House
from actions.talk import Incoming, Turned
from actions.turns import answer_waiting, take_turn
from bot.telegram.turns import DeliverNow
from nlu.port import Understander, Understanding
from nlu.scripted import ScriptedUnderstander
from referral.ports import Parcel, Sender
from registry.samples import Invented
from slrt.building import step_for
from slrt.roles.dispatcher import make_dispatcher
from storage.models import Ticket
from tests.bench.figures import Table, at, ms, percentile
from tests.bench.stories import RECEIVED, STORIES, Action, Resident, Say, people

ROUNDS = 6
_MOST_TURNS = 25
KINDS = ("text", "button", "ticket opening", "command")
_VERB = re.compile(r"\s*(?:(SELECT).*?\bFROM|(INSERT INTO)|(UPDATE)|(DELETE FROM)|(\w+))\s+(\w+)", re.DOTALL | re.I)


@dataclass(frozen=True)
class Turn:
    """One turn, in seconds. `handing`: giving the replies to a Telegram that takes no time, and marking them sent."""

    kind: str
    whole: float
    nlu: float
    sql: float
    commit: float
    handing: float
    statements: int
    handing_statements: int

    @property
    def rest(self) -> float:
        """What our own Python took: conversation, texts, sealing, the ORM."""
        return self.whole - self.nlu - self.sql - self.commit


@dataclass
class Listener:
    """An understander that passes on to another, and remembers its answers and how long the last one took."""

    inner: Understander
    answers: dict[str, Understanding] = field(default_factory=dict)
    seconds: float = 0.0

    async def understand(self, text: str) -> Understanding:
        """See Understander."""
        started = time.perf_counter()
        self.answers[text] = await self.inner.understand(text)
        self.seconds = time.perf_counter() - started
        assert self.answers[text].available, "Rasa did not answer in time: such figures would mean nothing"
        return self.answers[text]


class Watch:
    """Sees each statement and each commit of a house's database."""

    def __init__(self, house: House) -> None:
        self.taken: list[tuple[str, float]] = []
        self.totals: dict[str, list[float]] = defaultdict(list)
        self.commit_began = 0.0
        self._began = 0.0
        engine = house.database.engine.sync_engine
        event.listen(engine, "before_cursor_execute", self._before)
        event.listen(engine, "after_cursor_execute", self._after)
        event.listen(engine, "commit", self._commit)

    def _before(self, *_: Any) -> None:
        self._began = time.perf_counter()

    def _after(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        self.taken.append((statement, time.perf_counter() - self._began))

    def _commit(self, _connection: Any) -> None:
        self.commit_began = time.perf_counter()

    def keep(self) -> None:
        """Add the turn's statements to the totals."""
        for statement, seconds in self.taken:
            found = _VERB.match(statement)
            name = " ".join(part.lower() for part in found.groups() if part) if found else statement[:30]
            self.totals[name].append(seconds)


class _Instant:
    """A Telegram that takes everything at once."""

    async def send(self, parcel: Parcel) -> None:
        """See Sender."""


@dataclass
class Talks:
    """Residents' conversations with a house, one turn after another, and what each turn took."""

    house: House
    nlu: Listener
    turns: list[Turn] = field(default_factory=list)
    opened: int = 0

    def __post_init__(self) -> None:
        self.watch = Watch(self.house)
        self._ahead = timedelta()
        self.house = replace(self.house, understander=self.nlu, clock=lambda: datetime.now(UTC) + self._ahead)
        sender: Sender = _Instant()
        hands = {"telegram.send": sender, "telegram.delete": sender}
        self._deliver: DeliverNow = make_dispatcher(self.house, hands).deliver_now
        self._step = step_for(self.house)
        self._turned: Turned | None = None
        self._updates = 0

    async def _listen(self, state: dict[str, Any], incoming: Incoming, meaning: Any, desk: Desk) -> Turned:
        self._turned = await self._step(state, incoming, meaning, desk)
        return self._turned

    async def converse(self, chat: int, resident: Resident) -> None:
        """One whole conversation."""
        action: Action | None = resident.begin()
        seen: list[str] = []
        buttons: dict[str, str] = {}
        for _ in range(_MOST_TURNS):
            assert action is not None, f"{resident.story.name}: no answer to\n{seen[-1]}"
            turned = await self._take(str(chat), action, buttons)
            seen.append("\n".join(reply.text for reply in turned.replies))
            rows = [row for reply in turned.replies for row in reply.buttons]
            buttons = {button.label: button.data for row in rows for button in row if button.data} or buttons
            action = resident.answer(seen[-1], list(buttons))
            if action is None and resident.content:
                return
        raise AssertionError(f"{resident.story.name}: no end after\n{seen[-1]}")

    def forget(self) -> None:
        """Leave what was measured so far out of the account."""
        self.turns = []
        self.watch.totals.clear()

    async def tickets(self) -> int:
        """How many there are in the database."""
        async with self.house.database.transaction() as session:
            return await session.scalar(select(func.count()).select_from(Ticket)) or 0

    async def _take(self, chat: str, action: Action, buttons: dict[str, str]) -> Turned:
        self._updates += 1
        given: dict[str, Any] = {"update_id": self._updates, "message_id": self._updates}
        if isinstance(action, Say):
            kind, incoming = "text", Incoming("telegram", chat, "text", text=action.text, **given)
            kind = "command" if action.text.startswith("/") else kind
        else:
            kind, incoming = "button", Incoming("telegram", chat, "button", button=buttons[action.label], **given)
        self.watch.taken, self.nlu.seconds = [], 0.0
        started = time.perf_counter()
        result = await take_turn(self.house, incoming, self._listen, lease=True)
        ids = [*result.delivery_ids]
        while result.waits is not None and result.conversation_id is not None:
            self._ahead += timedelta(seconds=result.waits)  # the moment of quiet goes by at once
            result = await answer_waiting(self.house, result.conversation_id, self._listen, lease=True)
            ids += result.delivery_ids
        ended = time.perf_counter()
        commit, taken = ended - self.watch.commit_began, self.watch.taken
        self.watch.keep()
        self.watch.taken = []
        await self._deliver(ids)
        handing = time.perf_counter() - ended
        assert self._turned is not None
        if any(RECEIVED in reply.text for reply in self._turned.replies):
            kind, self.opened = "ticket opening", self.opened + 1
        sql = sum(seconds for _, seconds in taken)
        self.turns.append(
            Turn(kind, ended - started, self.nlu.seconds, sql, commit, handing, len(taken), len(self.watch.taken))
        )
        return self._turned


async def measure(with_rasa: House, without: House, rounds: int = ROUNDS) -> tuple[Talks, Talks]:
    """All stories so many times, each by another resident; a round before them warms up and is not counted.

    Each conversation is held with Rasa and at once again with Rasa's answers from a script: whatever slows the machine
    down for a while, slows down both.
    """
    real = Talks(with_rasa, Listener(with_rasa.understander))
    scripted = Talks(without, Listener(ScriptedUnderstander(real.nlu.answers)))
    persons: list[Invented] = list(people((rounds + 1) * len(STORIES)))
    for number, person in enumerate(persons):
        for talks in (real, scripted):
            if number == len(STORIES):
                talks.forget()
            await talks.converse(1000 + number, Resident(STORIES[number % len(STORIES)], person))
    for talks in (real, scripted):
        assert await talks.tickets() == talks.opened == len(persons)
    return real, scripted


def _by_kind(turns: Sequence[Turn]) -> list[tuple[str, list[Turn]]]:
    return [(kind, [turn for turn in turns if turn.kind == kind]) for kind in KINDS] + [("all", list(turns))]


def times(real: Talks, scripted: Talks) -> Table:
    """Turn times with Rasa and without."""
    table = Table(
        "A turn, from the incoming update to its replies committed (ms)",
        ("kind of turn", "turns", "p50", "p95", "p99", "p50 without Rasa", "p95 without Rasa", "p99 without Rasa"),
        f"{len(STORIES)} different conversations, {ROUNDS} times each, one turn after another. “Without Rasa”: the "
        "same conversations in turn with them, on a database of their own, with Rasa's answers from a script.",
    )
    for (kind, mine), (_, bare) in zip(_by_kind(real.turns), _by_kind(scripted.turns), strict=True):
        with_rasa = at([turn.whole for turn in mine], 50, 95, 99)
        table.add(kind, len(mine), *with_rasa, *at([turn.whole for turn in bare], 50, 95, 99))
    return table


def shares(real: Talks) -> Table:
    """Where the time of a turn goes."""
    table = Table(
        "Where a turn's time goes (medians, ms)",
        (
            "kind of turn",
            "Rasa",
            "SQL statements",
            "most",
            "SQL",
            "commit",
            "our Python",
            "handing over",
            "its statements",
        ),
        "“SQL” is the time from a statement to its answer, “handing over” what follows the commit: taking the replies "
        "from the queue, giving them to a Telegram that takes no time, and marking them sent.",
    )
    for kind, turns in _by_kind(real.turns):
        counts = [turn.statements for turn in turns]
        parts = [[getattr(turn, name) for turn in turns] for name in ("nlu", "sql", "commit", "rest", "handing")]
        nlu, sql, commit, rest, handing = (ms(percentile(values, 50)) for values in parts)
        after = percentile([turn.handing_statements for turn in turns], 50)
        table.add(kind, nlu, f"{percentile(counts, 50):.0f}", max(counts), sql, commit, rest, handing, f"{after:.0f}")
    return table


def statements(real: Talks, shown: int = 8) -> Table:
    """The statements that cost the most."""
    table = Table(
        "Statements that cost the most, over all turns",
        ("statement", "times a turn", "p50 (ms)", "p95 (ms)", "share of SQL time"),
    )
    whole = sum(sum(taken) for taken in real.watch.totals.values())
    costs = Counter({name: sum(taken) for name, taken in real.watch.totals.items()})
    for name, cost in costs.most_common(shown):
        taken = real.watch.totals[name]
        table.add(f"`{name}`", f"{len(taken) / len(real.turns):.2f}", *at(taken, 50, 95), f"{cost / whole:.0%}")
    return table
