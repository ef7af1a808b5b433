"""The safety code after its button; as a plain message it works at any time (`bot.conversation.safety`)."""

from __future__ import annotations

from bot.conversation.reading import plain
from bot.conversation.safety import leave, try_code
from bot.conversation.steps.rules import StepRules
from bot.conversation.turn import Question, Turn, option
from templates import render


async def _ask(turn: Turn) -> Question:
    return Question(render("bot/ask_code.txt"), (option("no", "code_no"),))


async def _read(turn: Turn) -> bool:
    if turn.interrupts or turn.tells_need or not plain(turn.text) or len(turn.text) > turn.know.manners.longest_code:
        return False
    if turn.says("deny") or turn.says("skip"):
        return await _press(turn, "no")
    await try_code(turn)
    return True


async def _press(turn: Turn, action: str) -> bool:
    if action != "no":
        return False
    turn.note("what_else")
    await leave(turn)
    turn.ask()
    return True


CODE = StepRules(_ask, _read, _press, alone=True)
