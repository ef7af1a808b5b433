"""All that was said, once more before it is sent; everything can be changed."""

from __future__ import annotations

from bot.conversation.agenda import advance
from bot.conversation.reading import excerpt, masked
from bot.conversation.sending import send
from bot.conversation.state import Home, Person
from bot.conversation.steps.rules import StepRules
from bot.conversation.turn import Question, Turn, option
from templates import render


async def _ask_summary(turn: Turn) -> Question:
    report = turn.report
    told = " ".join(words.text for words in report.words)
    answers = [
        (question.name or question.ask, question.shown(report.answers[code]))
        for code, question in turn.know.catalogue.questions.items()
        if code in report.answers and _matters(turn, code)
    ]
    text = render(
        "bot/ask_summary.txt",
        told=excerpt(told, turn.know.manners.excerpt),
        needs=[turn.everyday(code) for code in turn.ticked],
        answers=answers,
        home=report.home,
        person=report.person,
        nik=masked(report.person.nik or ""),
        hushed=turn.hushed,
    )
    return Question(text, (option("send", "send"), option("edit", "edit"), option("cancel", "cancel")))


def _matters(turn: Turn, code: str) -> bool:
    return any(code in turn.need(need).questions for need in turn.ticked)


async def _read_summary(turn: Turn) -> bool:
    if turn.says("affirm"):
        return await _press_summary(turn, "send")
    if turn.says("deny"):
        return await _press_summary(turn, "edit")
    return False


async def _press_summary(turn: Turn, action: str) -> bool:
    if action == "send":
        await send(turn)
    elif action in ("edit", "cancel"):
        turn.go(action)
        turn.ask()
    else:
        return False
    return True


async def _ask_edit(turn: Turn) -> Question:
    report = turn.report
    options = [option("needs", "edit_needs"), option("story", "edit_story")]
    if report.confirmed:
        options += [option("place", "edit_place"), option("identity", "edit_identity")]
    if any(_matters(turn, code) for code in report.answers):
        options.append(option("answers", "edit_answers"))
    return Question(render("bot/ask_edit.txt"), (*options, option("back", "back")))


async def _read_edit(turn: Turn) -> bool:
    if turn.says("affirm") or turn.says("deny") or turn.says("skip"):
        await advance(turn)
        return True
    return False


async def _press_edit(turn: Turn, action: str) -> bool:
    report = turn.report
    if action == "needs":
        report.confirmed = False
    elif action == "story":
        turn.go("story")
        turn.ask()
        return True
    elif action == "place":
        report.home, report.place_done, report.candidates = Home(), False, []
    elif action == "identity":
        report.person, report.identity_done, report.consent = Person(), False, None
        turn.go("identity")
        turn.ask()
        return True
    elif action == "answers":
        report.answers, report.skipped, report.asked = {}, [], []
    elif action != "back":
        return False
    await advance(turn)
    return True


SUMMARY = StepRules(_ask_summary, _read_summary, _press_summary)
EDIT = StepRules(_ask_edit, _read_edit, _press_edit)
