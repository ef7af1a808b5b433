"""When the words told no need that we know: one open question, then a person reads them."""

from __future__ import annotations

from bot.conversation.agenda import advance
from bot.conversation.state import Pick
from bot.conversation.steps.needs import OTHER
from bot.conversation.steps.rules import StepRules
from bot.conversation.turn import Question, Turn, option
from templates import render

_MENU = ("groups", "group")


def not_clear(turn: Turn) -> None:
    """Ask openly once; what is still unclear then goes to an officer as it is."""
    report = turn.report
    if turn.state.step in _MENU:
        return
    report.unclear += 1
    if report.unclear > 1:
        turn.notes = []
        turn.note("to_officer")
        report.needs[OTHER] = Pick(on=True, source="resident")
        report.confirmed = True


async def _ask(turn: Turn) -> Question:
    return Question(render("bot/ask_tell.txt"), (option("list", "choose_list"), option("officer", "let_officer_read")))


async def _read(turn: Turn) -> bool:
    if turn.says("skip") or turn.says("deny"):
        return await _press(turn, "list")
    return False


async def _press(turn: Turn, action: str) -> bool:
    if action == "list":
        turn.report.unclear = 0
        turn.go("groups")
        turn.ask()
        return True
    if action != "officer":
        return False
    turn.report.unclear = 1
    not_clear(turn)
    await advance(turn)
    return True


TELL = StepRules(_ask, _read, _press)
