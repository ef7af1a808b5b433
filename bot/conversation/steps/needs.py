"""The checklist "Saya catat: …" and the menu of all needs."""

from __future__ import annotations

from bot.conversation.agenda import advance
from bot.conversation.danger import warn
from bot.conversation.pages import page_in, page_of
from bot.conversation.state import Pick
from bot.conversation.steps.rules import StepRules
from bot.conversation.turn import Option, Question, Turn, capital, option
from templates import render

OTHER = "other_need"


async def _ask_needs(turn: Turn) -> Question:
    report = turn.report
    room = turn.know.manners.buttons_per_message - 2
    page = int(turn.state.sub or 0)
    offered = [code for code in report.needs if code not in turn.ticked]
    marks = [_mark(turn, code) for code in report.needs]
    agreed = option("ok", "needs_ok_urgent" if report.urgent else "needs_ok")
    last = agreed if turn.ticked else option("none", "needs_none")
    from_words = bool(report.words)
    values = {
        "ticked": [turn.everyday(code) for code in turn.ticked],
        "offered": [turn.everyday(code) for code in offered],
        "urgent": report.urgent,
        "from_words": from_words,
    }
    options = (*page_of(marks, page, room), option("more", "needs_more"), last)
    return Question(render("bot/ask_needs.txt", **values), options)


def _mark(turn: Turn, code: str) -> Option:
    return option(f"t:{code}", "need_on" if code in turn.ticked else "need_off", need=turn.everyday(code))


async def _read_needs(turn: Turn) -> bool:
    if turn.says("affirm") or turn.says("skip"):
        if turn.ticked:
            await _confirm(turn)
        else:
            turn.note("choose_need")
            turn.ask()
        return True
    if turn.says("deny"):
        turn.note("needs_wrong" if turn.ticked else "needs_none_fit")
        turn.ask()
        return True
    return False


async def _press_needs(turn: Turn, action: str) -> bool:
    page = page_in(action)
    if page is not None:
        turn.state.sub = str(page)
    elif action == "more":
        turn.go("groups")
    elif action == "ok" and turn.ticked:
        await _confirm(turn)
        return True
    elif action == "none" and not turn.ticked:
        turn.report.needs[OTHER] = Pick(on=True, source="resident")
        await _confirm(turn)
        return True
    elif action.startswith("t:") and action[2:] in turn.report.needs:
        toggle(turn, action[2:])
    else:
        return False
    turn.in_place = True
    turn.ask()
    return True


async def _confirm(turn: Turn) -> None:
    turn.report.confirmed = True
    for pick in turn.report.needs.values():
        pick.believed = False  # seen, and left as it is
    await advance(turn)


def toggle(turn: Turn, code: str) -> None:
    """Tick or untick a need; ticking a danger shows its numbers."""
    report = turn.report
    pick = report.needs.get(code)
    if pick is not None and pick.on:
        pick.on = pick.believed = False
        return
    report.needs[code] = Pick(on=True, source="resident", confidence=pick.confidence if pick else None)
    manners = turn.know.manners
    if code in manners.danger_needs:
        warn(turn, [manners.danger_kinds[code]], [code])


def groups(turn: Turn) -> list[str]:
    """The groups of the menu, in the order of their first need."""
    needs = sorted(turn.know.catalogue.needs.values(), key=lambda need: need.menu_order)
    return list(dict.fromkeys(need.menu_group for need in needs))


async def _ask_groups(turn: Turn) -> Question:
    options = [Option(f"g:{number}", capital(group)) for number, group in enumerate(groups(turn))]
    most = turn.know.manners.buttons_per_message
    text = render("bot/ask_groups.txt", from_words=bool(turn.report.words))
    if len(options) == most and not turn.report.needs:
        return Question(text, tuple(options))  # all on one page is worth more than a way past them: there is "other"
    last = option("back", "back") if turn.report.needs else option("none", "needs_none")
    return Question(text, (*page_of(options, int(turn.state.sub or 0), most - 1), last))


async def _read_groups(turn: Turn) -> bool:
    if turn.says("skip"):
        return await _press_groups(turn, "back" if turn.report.needs else "none")
    return False


async def _press_groups(turn: Turn, action: str) -> bool:
    page = page_in(action)
    if page is not None:
        turn.state.sub = str(page)
        turn.in_place = True
    elif action.startswith("g:") and action[2:].isdecimal() and int(action[2:]) < len(groups(turn)):
        turn.go("group", f"{action[2:]}.0")
        turn.in_place = True
    elif action == "back":
        await advance(turn)
        return True
    elif action == "none" and not turn.report.needs:
        turn.report.needs[OTHER] = Pick(on=True, source="resident")
        await _confirm(turn)
        return True
    else:
        return False
    turn.ask()
    return True


def _group_needs(turn: Turn) -> list[str]:
    number = int(turn.state.sub.partition(".")[0] or 0)
    names = groups(turn)
    group = names[number % len(names)]
    found = [need for need in turn.know.catalogue.needs.values() if need.menu_group == group]
    return [need.code for need in sorted(found, key=lambda need: need.menu_order)]


async def _ask_group(turn: Turn) -> Question:
    page = int(turn.state.sub.partition(".")[2] or 0)
    room = turn.know.manners.buttons_per_message - 1
    marks = [_mark(turn, code) for code in _group_needs(turn)]
    return Question(render("bot/ask_group.txt"), (*page_of(marks, page, room), option("back", "back")))


async def _read_group(turn: Turn) -> bool:
    if turn.says("skip") or turn.says("affirm"):
        return await _press_group(turn, "back")
    return False


async def _press_group(turn: Turn, action: str) -> bool:
    page = page_in(action)
    if page is not None:
        turn.state.sub = f"{turn.state.sub.partition('.')[0]}.{page}"
        turn.in_place = True
        turn.ask()
        return True
    if action.startswith("t:") and action[2:] in _group_needs(turn):
        toggle(turn, action[2:])
        turn.report.confirmed = False
    elif action != "back":
        return False
    turn.in_place = True
    await advance(turn)
    return True


NEEDS = StepRules(_ask_needs, _read_needs, _press_needs)
GROUPS = StepRules(_ask_groups, _read_groups, _press_groups)
GROUP = StepRules(_ask_group, _read_group, _press_group)
