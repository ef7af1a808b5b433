"""Handing over to a person: shall an officer write or call? Put on the open ticket, the report, or a new ticket."""

from __future__ import annotations

import re

from actions.desk import Draft, DraftNeed, OfficerWish
from bot.conversation.agenda import advance
from bot.conversation.reading import phone_in
from bot.conversation.status import open_tickets
from bot.conversation.steps.needs import OTHER
from bot.conversation.steps.rules import StepRules
from bot.conversation.turn import Question, Turn, option
from templates import render

_NUMBER = "number"


async def _ask(turn: Turn) -> Question:
    if turn.state.sub == _NUMBER:
        return Question(render("bot/ask_officer_number.txt"), (option("skip", "skip"),))
    options = (option("write", "officer_write"), option("call", "officer_call"), option("no", "officer_no"))
    return Question(render("bot/ask_officer.txt"), options)


async def _read(turn: Turn) -> bool:
    number = phone_in(turn.text)
    if number:
        await _finish(turn, OfficerWish("call", number))
        return True
    if turn.state.sub == _NUMBER:
        return await _not_a_number(turn)
    if turn.says("deny") or turn.says("skip"):
        return await _press(turn, "no")
    if turn.says("affirm"):
        return await _press(turn, "write")
    return False


async def _not_a_number(turn: Turn) -> bool:
    digits = len(re.sub(r"\D", "", turn.text))
    if turn.says("skip") or turn.says("deny"):
        return await _press(turn, "skip")
    if turn.interrupts or turn.tells_need or not digits:
        return False
    turn.state.tries += 1
    if turn.state.tries >= turn.know.manners.tries:
        return await _press(turn, "skip")
    turn.note("officer_number_problem", count=digits)
    turn.ask()
    return True


async def take_number(turn: Turn) -> bool:
    """A shared contact card is the number to call, if it holds one."""
    number = phone_in(turn.text)
    if number is None:
        return False
    await _finish(turn, OfficerWish("call", number))
    return True


async def _press(turn: Turn, action: str) -> bool:
    if action == "write":
        await _finish(turn, OfficerWish("write"))
    elif action == "call":
        turn.go("officer", _NUMBER)
        turn.ask()
    elif action == "skip" and turn.state.sub == _NUMBER:
        await _finish(turn, OfficerWish("call"))
    elif action == "no":
        turn.note("what_else")
        await _go_on(turn)
    else:
        return False
    return True


async def _finish(turn: Turn, wish: OfficerWish) -> None:
    report = turn.state.report
    if report is not None:
        report.officer, report.officer_phone = wish.way, wish.phone
        turn.note("officer_later", way=wish.way)
    else:
        await _hand_over(turn, wish)
    await _go_on(turn)


async def _hand_over(turn: Turn, wish: OfficerWish) -> None:
    """Put the wish on the newest open ticket; who has none gets one for just that."""
    for number in (await open_tickets(turn))[:1]:
        if await turn.desk.want_officer(number, wish):
            turn.ticket_number = number
            turn.note("officer_told", number=number, way=wish.way, new=False)
            return
    home = turn.state.home
    draft = Draft(
        complaint=render("bot/complaint_officer.txt"),
        needs=(DraftNeed(OTHER, "resident"),),
        urgent=False,
        understood=True,
        region_code=home.code if home else None,
        officer=wish,
    )
    ticket = await turn.desk.open_ticket(draft)
    turn.ticket_number = ticket.number
    turn.note("officer_told", number=ticket.number, way=wish.way, new=True)


async def _go_on(turn: Turn) -> None:
    if turn.state.report is not None:
        await advance(turn)
        return
    turn.go("idle")


OFFICER = StepRules(_ask, _read, _press, alone=True)
