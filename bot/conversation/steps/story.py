"""The story in a few words, when the needs were only chosen from the list."""

from __future__ import annotations

from bot.conversation.absorb import absorb
from bot.conversation.agenda import advance
from bot.conversation.bursts import waits_for_more
from bot.conversation.steps.rules import StepRules
from bot.conversation.turn import Question, Turn, option
from templates import render


async def _ask_story(turn: Turn) -> Question:
    return Question(render("bot/ask_story.txt"), (option("skip", "skip"),))


async def _read_story(turn: Turn) -> bool:
    if turn.says("skip") or turn.says("deny"):
        return await _press_story(turn, "skip")
    if turn.interrupts or turn.says("affirm"):
        return False
    if waits_for_more(turn):
        return True
    await absorb(turn, turn.text)
    turn.report.story_done = True
    await advance(turn)
    return True


async def _press_story(turn: Turn, action: str) -> bool:
    if action != "skip":
        return False
    turn.report.story_done = True
    await advance(turn)
    return True


STORY = StepRules(_ask_story, _read_story, _press_story)
