"""What one turn works with: memory, what came in, the desk, and what is being said."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from actions.desk import Desk
from actions.talk import Button, Hold, Incoming, Reply
from bot.conversation.manners import Manners
from bot.conversation.reading import phrase_of
from bot.conversation.state import Report, State
from nlu.port import UNAVAILABLE, Understanding
from referral.catalogue import Catalogue, Need
from templates import render

_LONGEST_LABEL = 60
REST = "rest"
_INTERRUPTIONS = ("cancel", "ask_status", "ask_info", "talk_to_human", "help", "delete_data", "complain_service")


@dataclass(frozen=True)
class Knowledge:
    """What is the same in every turn."""

    catalogue: Catalogue
    manners: Manners
    demo: bool
    emergency_page: str | None


@dataclass(frozen=True)
class Option:
    """A button of a question: what it does and what it says."""

    action: str
    label: str
    url: str | None = None


@dataclass(frozen=True)
class Question:
    """What a step asks."""

    text: str
    options: tuple[Option, ...] = ()


@dataclass
class Turn:
    """One turn in the making. Notes are put before the question, or stand alone when none is asked."""

    know: Knowledge
    state: State
    incoming: Incoming
    meaning: Understanding
    desk: Desk
    text: str = ""
    replies: list[Reply] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    asking: bool = False
    in_place: bool = False
    delete_incoming: bool = False
    restricted: bool = False
    confidential: bool = False
    secret: bool = False
    inquiry: int | None = None
    drop_files: bool = False
    ticket_number: str | None = None
    hold: Hold | None = None

    @property
    def report(self) -> Report:
        """The report in the making; begun if there is none."""
        if self.state.report is None:
            self.state.report = Report()
        return self.state.report

    @property
    def on_trial(self) -> bool:
        """Whether the resident must hear that this is a try-out; the web page says it by itself."""
        return self.know.demo and self.incoming.channel == "telegram"

    @property
    def intent(self) -> str | None:
        """What the person is doing, if it is known."""
        return self.meaning.intent if self.meaning.known else None

    def says(self, meant: str) -> bool:
        """Whether the text is this short answer, or is understood as this intent."""
        phrase = phrase_of(self.text, self.know.manners)
        return phrase == meant if phrase else self.intent == meant

    @property
    def interrupts(self) -> bool:
        """Whether the text turns to something else than the open question (status, help, cancel …)."""
        return any(self.says(name) for name in _INTERRUPTIONS)

    @property
    def tells_need(self) -> bool:
        """Whether the text surely tells a need."""
        return self.meaning.known and self.intent == "report" and any(guess.sure for guess in self.meaning.needs)

    def need(self, code: str) -> Need:
        """A need of the catalogue."""
        return self.know.catalogue.needs[code]

    def everyday(self, code: str) -> str:
        """A need's everyday name as a line begins."""
        return capital(self.need(code).everyday)

    @property
    def ticked(self) -> list[str]:
        """The needs that are ticked, in their order."""
        report = self.state.report
        return [code for code, pick in report.needs.items() if pick.on] if report else []

    @property
    def offers_rest(self) -> bool:
        """Whether the open question is about what was only guessed at in a report that has left."""
        return (self.state.step, self.state.sub) == ("offer", REST)

    @property
    def hushed(self) -> bool:
        """Whether a restricted need is on the list."""
        return any(self.need(code).restricted for code in self.ticked)

    def go(self, step: str, sub: str = "") -> None:
        """Make `step` the open question; buttons of another question stop working."""
        if (self.state.step, self.state.sub) != (step, sub):
            self.state.step, self.state.sub, self.state.tries = step, sub, 0
            self.state.count += 1

    def close(self) -> None:
        """Let go of the report in the making: it has left, or is not wanted; no question is open."""
        self.state.report = None
        self.go("idle")

    def ask(self) -> None:
        """Let the open question be asked (again) at the end of the turn."""
        self.asking = True

    def note(self, template: str, **values: Any) -> None:
        """Say something before the question."""
        self.notes.append(render(f"bot/{template}.txt", **values))

    def say(
        self,
        template: str,
        options: Iterable[Option] = (),
        *,
        rows: tuple[tuple[Button, ...], ...] = (),
        secret: bool = False,
        **values: Any,
    ) -> None:
        """Send a message of its own, before notes and question; `rows` are buttons that last."""
        text = render(f"bot/{template}.txt", **values)
        self.replies.append(Reply(text, (*self.rows(options), *rows), self.hushed, secret=secret))

    def rows(self, options: Iterable[Option]) -> tuple[tuple[Button, ...], ...]:
        """Buttons under each other."""
        return tuple((self._button(option),) for option in options)

    def _button(self, option: Option) -> Button:
        if option.url is not None:
            return Button(_short(option.label), url=option.url)
        return self.button(option.label, f"v1:{self.state.nonce}:{option.action}")

    def button(self, words: str, data: str) -> Button:
        """A button that sends `data`, its words cut to what a phone shows."""
        return Button(_short(words), data=data)


def _short(words: str) -> str:
    return words if len(words) <= _LONGEST_LABEL else words[: _LONGEST_LABEL - 1] + "…"


def understood(meaning: Understanding | None) -> Understanding:
    """What was understood; nothing when nobody was asked."""
    return meaning or UNAVAILABLE


def label(name: str, **values: Any) -> str:
    """A button's words (`templates/bot/buttons.txt`)."""
    return render("bot/buttons.txt", name=name, **values)


def option(action: str, name: str, **values: Any) -> Option:
    """A button by the name of its words."""
    return Option(action, label(name, **values))


def capital(text: str) -> str:
    """The text with a capital first letter."""
    return text[:1].upper() + text[1:]
