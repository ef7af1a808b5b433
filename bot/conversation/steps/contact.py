"""May an officer call or write? Asked once, beside danger and restricted needs: others may hold this phone."""

from __future__ import annotations

from bot.conversation.agenda import advance, discreet_alone
from bot.conversation.reading import phone_in, plain
from bot.conversation.state import Contact
from bot.conversation.steps.rules import StepRules
from bot.conversation.turn import Question, Turn, option
from templates import render

_NUMBER = "number"


async def _ask(turn: Turn) -> Question:
    if turn.state.sub == _NUMBER:
        return Question(render("bot/ask_contact_number.txt", hushed=turn.hushed), (option("skip", "skip"),))
    text = render("bot/ask_contact.txt", urgent=turn.report.urgent, hushed=turn.hushed)
    options = [option("call", "contact_call")]
    if turn.hushed:
        options += [option("write", "contact_write"), option("none", "contact_none")]
    else:
        options.append(option("none", "contact_needless"))
    if not turn.report.confirmed:
        options.append(option("wrong", "contact_wrong"))
    return Question(text, tuple(options))


async def _read(turn: Turn) -> bool:
    if turn.interrupts:
        return False
    number, way = phone_in(turn.text), _way_in(turn)
    if turn.state.sub == _NUMBER:
        return await _read_number(turn, number, way)
    if number or way:
        _keep(turn, "call" if number else way, number, turn.text)
        await _go_on(turn)
        return True
    if turn.says("deny") or turn.says("skip"):
        return await _press(turn, "none")
    if turn.says("affirm"):
        return await _press(turn, "call")
    return False


async def _read_number(turn: Turn, number: str | None, way: str | None) -> bool:
    if turn.says("skip") or turn.says("deny"):
        return await _press(turn, "skip")
    if not number and not way and turn.tells_need:
        return False
    _keep(turn, way if way in ("write", "none") and not number else "call", number, turn.text)
    await _finish(turn)
    return True


async def take_phone(turn: Turn) -> bool:
    """A shared contact card is the number to call, if it holds one."""
    number = phone_in(turn.text)
    if number is None:
        return False
    _keep(turn, "call", number, turn.text)
    await _finish(turn)
    return True


def _way_in(turn: Turn) -> str | None:
    """How the text says she may be reached; "time" when it only says when."""
    said = f" {plain(turn.text)} "
    words = turn.know.manners.contact_words
    return next((way for way in ("none", "call", "write", "time") if any(f" {w} " in said for w in words[way])), None)


def _keep(turn: Turn, way: str | None, number: str | None, words: str) -> None:
    contact = turn.report.contact
    contact.way = "call" if way == "time" else way
    contact.number = number or contact.number
    contact.words = "\n".join(part for part in (contact.words, words.strip()) if part) or None


async def _go_on(turn: Turn) -> None:
    """Who may be called is asked for the number, if it was not said."""
    contact = turn.report.contact
    if contact.way == "call" and not contact.number:
        turn.go("contact", _NUMBER)
        turn.ask()
        return
    await _finish(turn)


async def _finish(turn: Turn) -> None:
    report = turn.report
    report.contact_done = True
    # in danger the list is shown only where there is something to choose
    report.confirmed = report.confirmed or (report.urgent and discreet_alone(turn.know, report))
    await advance(turn)


async def _press(turn: Turn, action: str) -> bool:
    report = turn.report
    if action in ("call", "write", "none"):
        report.contact = Contact(way=action)
        await _go_on(turn)
    elif action == "skip":
        await _finish(turn)
    elif action == "wrong" and not report.confirmed:
        for pick in report.needs.values():
            pick.on = False
        report.urgent = False
        await advance(turn)
    else:
        return False
    return True


CONTACT = StepRules(_ask, _read, _press)
