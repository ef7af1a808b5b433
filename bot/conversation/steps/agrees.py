"""For somebody else: does that person know and agree? Asked once; whatever is answered, the report goes on."""

from __future__ import annotations

from bot.conversation.agenda import advance
from bot.conversation.state import Person
from bot.conversation.steps.rules import StepRules
from bot.conversation.turn import Question, Turn, option
from templates import render

_ANSWERS = ("yes", "unasked", "no", "child", "unable")
# without these nobody may give another's identity data away
_ALLOWS_IDENTITY = ("yes", "child", "unable")
_UNKNOWN = "unknown"


async def _ask(turn: Turn) -> Question:
    whom = turn.know.manners.behalf.whom(turn.report.speaker or "")
    options = [option(answer, f"agrees_{answer}") for answer in _ANSWERS]
    return Question(
        render("bot/ask_agrees.txt", whom=whom), (*options, option("own", "agrees_own"), option("skip", "skip"))
    )


async def _read(turn: Turn) -> bool:
    if turn.says("affirm"):
        return await _press(turn, "yes")
    if turn.says("deny"):
        return await _press(turn, "unasked")
    if turn.says("skip"):
        return await _press(turn, "skip")
    return False


async def _press(turn: Turn, action: str) -> bool:
    report = turn.report
    if action == "own":
        report.speaker = ""
    elif action in _ANSWERS:
        report.agrees = action
    elif action == "skip":
        report.agrees = _UNKNOWN
    else:
        return False
    if report.speaker:
        turn.note("agrees_noted", agrees=report.agrees)
        if report.agrees not in _ALLOWS_IDENTITY:
            report.person, report.loose, report.identity_done = Person(), None, True
    await advance(turn)
    return True


AGREES = StepRules(_ask, _read, _press)
