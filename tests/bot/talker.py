"""Someone who talks with the engine, and the readable script of a conversation.

# a comment
@ nlu off | form | details | done | silent   what holds from here on (done: answered; silent: too late)
@ asks document SLRT-… foto kartu      an officer's message, question or wish for a document
@ replies to 1                         the next message is a reply to that message of an officer
@ days later                           nothing counts as an answer any more
@ reminded                             the draft was left lying, and a reminder comes
@ never reminded                       no reminder may come for it
@ late SLRT-… | late none              a form that comes now joins this ticket, or none
> (form) 1571024405909003              the identity form is sent
> anak saya sakit                        the resident says, and then nothing for a while
>> anak saya sakit                       the resident says, and goes on writing
~ report health_treatment food_aid? !    what the NLU makes: intent, needs (? unsure, ?? a guess), ! urgent, place=X
> (photo) kwitansi                       a photo, voice, document, contact, location or edit with its text
< Saya catat:                            the bot shows this (in order, within the answer)
< [Lewati]                               the bot shows this button
! berobat                                the bot's answer does not show this
* Kirim laporan                          the resident taps the newest button of this label
= health_treatment urgent 15.71.03.1001  a ticket was opened with these needs (and marks)
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

from actions.desk import LateForm
from actions.talk import Button, FormData, Incoming, Part, Reply, Step, Turned, together, with_part
from nlu.port import UNAVAILABLE, UNKNOWN, Entity, NeedGuess, Understanding
from tests.bot.desk import FakeDesk

_KIND = re.compile(r"\((photo|voice|document|contact|location|edit|other)\)\s*")


def meaning(line: str) -> Understanding:
    """An understanding from its short form."""
    words = line.split()
    intent, needs, entities = words[0], [], []
    for word in words[1:]:
        if "=" in word:
            name, _, value = word.partition("=")
            value = value.replace("_", " ")
            entities.append(Entity(name, value, 0, len(value), value))
        elif word != "!":
            doubts = word.count("?")
            needs.append(NeedGuess(word.rstrip("?"), (0.9, 0.5, 0.3)[doubts], not doubts))
    return Understanding(intent, 0.9, tuple(needs), (), "!" in words, tuple(entities), True, True)


@dataclass
class Talker:
    """One resident, one engine, one desk."""

    step: Step
    desk: FakeDesk
    channel: str = "telegram"
    state: dict[str, Any] = field(default_factory=dict)
    shown: list[Reply] = field(default_factory=list)
    last: Turned | None = None
    available: bool = True
    message_id: int = 0
    reply_to: int | None = None
    waiting: tuple[Part, ...] = ()
    meant: Understanding | None = None

    async def say_more(self, text: str, understood: Understanding | None = None, kind: str = "text") -> Turned:
        """Write something and go on writing. An answer only if the bot doesn't wait."""
        self.message_id += kind != "edit"
        incoming = Incoming(self.channel, "7", kind, text=text, message_id=self.message_id, more_may_come=True)
        turned = await self._step(incoming, self._known(text, understood))
        return await self._after(incoming, turned, understood)

    async def _step(self, incoming: Incoming, known: Understanding | None) -> Turned:
        return await self.step(dict(self.state), replace(incoming, waiting=self.waiting), known, self.desk)

    async def _after(self, incoming: Incoming, turned: Turned, understood: Understanding | None) -> Turned:
        """What `actions.turns` does when the engine holds."""
        if turned.hold is None:
            return self.taken(turned)
        if turned.hold.how == "first":
            first = await self.fall_silent()
            turned = await self._step(incoming, self._known(incoming.text or "", understood))
            answer = await self._after(incoming, turned, understood)
            self.last = replace(answer, replies=(*first.replies, *answer.replies))
            return self.last
        self.meant = understood or self.meant
        self.waiting = with_part(self.waiting, Part(incoming.kind, incoming.text or "", incoming.message_id))
        if turned.hold.how == "join":
            return await self.fall_silent(understood)
        return turned

    async def fall_silent(self, understood: Understanding | None = None) -> Turned:
        """Let what waits be answered."""
        parts, self.waiting = self.waiting, ()
        understood, self.meant = understood or self.meant, None
        text = together(parts)
        incoming = Incoming(self.channel, "7", "text", text=text, message_id=parts[-1].id, parts=parts)
        return self.taken(await self.step(dict(self.state), incoming, self._known(text, understood), self.desk))

    def _known(self, text: str, understood: Understanding | None) -> Understanding | None:
        if not text.strip() or text.startswith("/"):
            return None
        return (understood or UNKNOWN) if self.available else UNAVAILABLE

    async def say(self, text: str, understood: Understanding | None = None, kind: str = "text") -> Turned:
        """Write something; without an understanding the NLU does not know."""
        if self.waiting:
            turned = await self.say_more(text, understood, kind)
            return await self.fall_silent(understood) if self.waiting else turned
        if kind != "edit":
            self.message_id += 1
        pointed, self.reply_to = self.reply_to, None
        incoming = Incoming(self.channel, "7", kind, text=text, message_id=self.message_id, reply_to=pointed)
        return await self.take(incoming, self._known(text, understood))

    async def press(self, data: str, message_id: int | None = None) -> Turned:
        """Press a button by its data."""
        return await self.take(
            Incoming(self.channel, "7", "button", button=data, message_id=message_id or self.message_id), None
        )

    async def tap(self, label: str) -> Turned:
        """Press the newest button of this label."""
        for reply in reversed(self.shown):
            for row in reply.buttons:
                for button in row:
                    if button.label == label and button.data:
                        return await self.press(button.data)
        raise AssertionError(f"no button {label!r}; there are {[b.label for b in self.buttons]}")

    @property
    def buttons(self) -> list[Button]:
        """The buttons of the last answer."""
        return [button for reply in (self.last.replies if self.last else ()) for row in reply.buttons for button in row]

    @property
    def answer(self) -> str:
        """The text of the last answer."""
        return "\n".join(reply.text for reply in (self.last.replies if self.last else ()))

    async def take(self, incoming: Incoming, known: Understanding | None) -> Turned:
        """One turn, checked for what must hold of every turn."""
        if self.waiting:
            return await self._after(incoming, await self._step(incoming, known), known)
        return self.taken(await self.step(dict(self.state), incoming, known, self.desk))

    def taken(self, turned: Turned) -> Turned:
        """Show an answer."""
        check(turned)
        self.state, self.last = turned.state, turned
        self.shown += turned.replies
        return turned


def check(turned: Turned) -> None:
    """What holds of every answer on every channel."""
    assert turned.replies, "the resident is left without an answer"
    assert turned.state["v"] == 1
    assert turned.state["step"]
    for reply in turned.replies:
        assert 0 < len(reply.text.encode("utf-16-le")) // 2 <= 4096
        buttons = [button for row in reply.buttons for button in row]
        assert len(buttons) <= 8
        labels = [button.label for button in buttons]
        assert len(set(labels)) == len(labels), f"two buttons look alike: {labels}"
        for button in buttons:
            assert button.label
            assert (button.data is None) != (button.url is None)
            assert len((button.data or "").encode()) <= 64


async def play(script: str, talker: Talker) -> None:
    """Play a script; raises AssertionError that names the line."""
    lines = [line for line in script.splitlines() if line.strip() and not line.startswith("#")]
    rest, opened = "", 0
    for number, line in enumerate(lines):
        mark, _, words = line.partition(" ")
        words = words.strip()
        following = lines[number + 1] if number + 1 < len(lines) else ""
        try:
            if mark == ">":
                await _say(talker, words, following)
                rest = _seen(talker)
            elif mark == ">>":
                before = talker.last
                await _say(talker, words, following, more=True)
                rest = _seen(talker) if talker.last is not before else ""
            elif mark == "*":
                await talker.tap(words)
                rest = _seen(talker)
            elif mark == "<":
                assert words in rest, f"the bot showed: {_seen(talker)}"
                rest = rest.split(words, 1)[1]
            elif mark == "!":
                assert words not in _seen(talker), f"the bot showed: {_seen(talker)}"
            elif mark == "=":
                opened += 1
                _check_ticket(talker, words, opened)
            elif mark == "@":
                await _happens(talker, words)
                rest = _seen(talker)
            else:
                assert mark == "~", f"what is {mark!r}?"
        except AssertionError as error:
            raise AssertionError(f"line {number + 1}: {line}\n{error}") from error


async def _say(talker: Talker, words: str, following: str, *, more: bool = False) -> None:
    if words.startswith("(form) "):
        form = FormData("token", words.partition(" ")[2], "Siti Aminah", "")
        await talker.take(Incoming(talker.channel, "7", "form", form=form), None)
        return
    kind = _KIND.match(words)
    text = words[kind.end() :] if kind else words
    text = "x" * 10_000 if text == "(10000)" else ("   " if text == "(blank)" else text)
    known = meaning(following[1:].strip()) if following.startswith("~") else None
    await (talker.say_more if more else talker.say)(text, known, kind[1] if kind else "text")


async def _happens(talker: Talker, words: str) -> None:
    if words.endswith("reminded"):
        await _remind(talker, comes=words == "reminded")
    else:
        _settings(talker, words)


async def _remind(talker: Talker, *, comes: bool) -> None:
    due = talker.last.remind_after if talker.last else None
    assert (due is not None) == comes, f"a reminder after {due} seconds"
    turned = await talker.step(dict(talker.state), Incoming(talker.channel, "7", "remind"), None, talker.desk)
    assert bool(turned.replies) == comes
    if comes:
        talker.taken(turned)


def _seen(talker: Talker) -> str:
    return talker.answer + "\n" + " ".join(f"[{button.label}]" for button in talker.buttons)


def _check_ticket(talker: Talker, words: str, opened: int) -> None:
    assert len(talker.desk.opened) == opened, f"tickets opened: {len(talker.desk.opened)}"
    draft = talker.desk.opened[-1]
    answers = {value for need in draft.needs for value in need.answers.values()}
    marks = {need.need for need in draft.needs} | answers | {value.replace(" ", "_") for value in answers}
    marks |= {draft.region_code or "nowhere"} | ({"urgent"} if draft.urgent else set())
    marks |= {f"rt{draft.rt}"} if draft.rt else set()
    marks |= set() if draft.understood else {"later"}
    marks |= {f"contact:{draft.contact.way}", draft.contact.number or "no_number"} if draft.contact else set()
    marks |= {draft.spoken_by or "own", f"agrees:{draft.agrees}"}
    marks |= {{True: "consented", False: "refused", None: "unasked"}[draft.consent]}
    marks |= {f"officer_{draft.officer.way}", draft.officer.phone or "no_phone"} if draft.officer else set()
    person = draft.identity
    marks |= {value for value in (person.nik, person.kk, person.name) if value} if person else {"nobody"}
    wanted = {word.replace("_", " ") if word[0].isupper() else word for word in words.split()}
    assert wanted <= marks, f"the ticket has {marks}"
    needs = {word for word in wanted if word in talker.desk.catalogue.needs}
    assert needs == {need.need for need in draft.needs}


def _settings(talker: Talker, words: str) -> None:
    desk = talker.desk
    happens = {"done": desk.finish, "days later": desk.forget, "silent": desk.expire}
    values = {"form": "https://slrt.example/f/abc", "details": "https://slrt.example/l/abc", "older": True}
    if words in happens:
        happens[words]()
    elif words in values:
        setattr(desk, words, values[words])
    elif words.startswith("nlu"):
        talker.available = words == "nlu on"
    elif words.startswith("late "):
        number = words.removeprefix("late ")
        desk.late = None if number == "none" else LateForm(number, False)
    elif words.startswith("asks "):
        _, kind, number, text = words.split(" ", 3)
        desk.ask(kind, text, number)
    elif words.startswith("replies to "):
        talker.reply_to = desk.pinned = int(words.split()[2])
    elif words == "web":
        talker.channel = "web"
    else:
        raise AssertionError(f"no setting {words!r}")
