"""The story in a few words, when the needs were only chosen from the list; and the catalogue's questions."""

from __future__ import annotations

from bot.conversation.absorb import absorb, take_answers
from bot.conversation.agenda import advance
from bot.conversation.pages import page_in, page_of
from bot.conversation.steps.rules import StepRules
from bot.conversation.turn import Option, Question, Turn, option
from templates import render


async def _ask_story(turn: Turn) -> Question:
    return Question(render("bot/ask_story.txt"), (option("skip", "skip"),))


async def _read_story(turn: Turn) -> bool:
    if turn.says("skip") or turn.says("deny"):
        return await _press_story(turn, "skip")
    if turn.interrupts or turn.says("affirm"):
        return False
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


def _choices(turn: Turn) -> list[tuple[str, str]]:
    question = turn.know.catalogue.questions[turn.state.sub.partition(".")[0]]
    return [(choice.value, choice.label) for choice in question.choices]


async def _ask_question(turn: Turn) -> Question:
    code, _, page = turn.state.sub.partition(".")
    question = turn.know.catalogue.questions[code]
    options = [Option(f"a:{value}", label) for value, label in _choices(turn)]
    room = turn.know.manners.buttons_per_message - 1
    return Question(question.ask, (*page_of(options, int(page or 0), room), option("skip", "dont_know")))


async def _read_question(turn: Turn) -> bool:
    if turn.says("skip"):
        return await _press_question(turn, "skip")
    code = turn.state.sub.partition(".")[0]
    if turn.interrupts or not take_answers(turn, turn.text) or code not in turn.report.answers:
        return False
    await absorb(turn, turn.text)
    await advance(turn)
    return True


async def _press_question(turn: Turn, action: str) -> bool:
    code = turn.state.sub.partition(".")[0]
    page = page_in(action)
    if page is not None:
        turn.state.sub, turn.in_place = f"{code}.{page}", True
        turn.ask()
        return True
    if action == "skip":
        turn.report.skipped.append(code)
    elif action[:2] == "a:" and action[2:] in {value for value, _ in _choices(turn)}:
        turn.report.answers[code] = action[2:]
    else:
        return False
    await advance(turn)
    return True


STORY = StepRules(_ask_story, _read_story, _press_story)
QUESTION = StepRules(_ask_question, _read_question, _press_question)
