"""Between reports: what the service offers; a new report or more words for an open one; an offer after a question."""

from __future__ import annotations

from bot.conversation.agenda import advance
from bot.conversation.danger import show_numbers
from bot.conversation.status import show_status
from bot.conversation.steps.rules import StepRules
from bot.conversation.turn import Question, Turn, option
from templates import render

_MOST_TICKETS = 3


async def _ask_idle(turn: Turn) -> Question:
    options = (option("list", "choose_list"), option("status", "my_reports"), option("numbers", "numbers"))
    return Question(render("bot/ask_idle.txt"), options)


async def _read_idle(turn: Turn) -> bool:
    return False


async def _press_idle(turn: Turn, action: str) -> bool:
    if action == "list":
        await advance(turn)
    elif action == "status":
        await show_status(turn)
    elif action == "numbers":
        show_numbers(turn)
    else:
        return False
    return True


async def _ask_which(turn: Turn) -> Question:
    options = [option(f"k:{number}", "add_to", number=number) for number in _tickets(turn)]
    text = render("bot/ask_which_ticket.txt", count=len(options))
    return Question(text, (*options, option("new", "new_report")))


def _tickets(turn: Turn) -> list[str]:
    return (turn.report.tickets or [])[:_MOST_TICKETS]


async def _read_which(turn: Turn) -> bool:
    if turn.says("deny") or turn.text.casefold().split()[:1] in (["baru"], ["beda"]):
        return await _press_which(turn, "new")
    if turn.says("affirm") and len(_tickets(turn)) == 1:
        return await _press_which(turn, f"k:{_tickets(turn)[0]}")
    return False


async def _press_which(turn: Turn, action: str) -> bool:
    report = turn.report
    if action == "new":
        report.tickets = []
        await advance(turn)
        return True
    number = action[2:]
    if not action.startswith("k:") or number not in _tickets(turn):
        return False
    words = "\n".join(words.text for words in report.words)
    if not await turn.desk.add_words(number, words):
        report.tickets = []
        turn.note("ticket_ended", number=number)
        await advance(turn)
        return True
    turn.ticket_number = number
    turn.state.report = None
    turn.note("words_added", number=number)
    turn.go("idle")
    return True


async def _ask_offer(turn: Turn) -> Question:
    return Question(render("bot/ask_offer.txt"), (option("yes", "offer_yes"), option("no", "offer_no")))


async def _read_offer(turn: Turn) -> bool:
    if turn.says("affirm"):
        return await _press_offer(turn, "yes")
    if turn.says("deny") or turn.says("skip"):
        return await _press_offer(turn, "no")
    return False


async def _press_offer(turn: Turn, action: str) -> bool:
    if action == "yes":
        await advance(turn)
    elif action == "no":
        turn.state.report = None
        turn.go("idle")
        turn.note("offer_declined")
    else:
        return False
    return True


async def _ask_cancel(turn: Turn) -> Question:
    return Question(render("bot/ask_cancel.txt"), (option("yes", "cancel_yes"), option("no", "cancel_no")))


async def _read_cancel(turn: Turn) -> bool:
    if turn.says("affirm") or turn.says("cancel"):
        return await _press_cancel(turn, "yes")
    if turn.says("deny") or turn.says("skip"):
        return await _press_cancel(turn, "no")
    return False


async def _press_cancel(turn: Turn, action: str) -> bool:
    if action == "yes":
        turn.state.report = None
        turn.go("idle")
        turn.note("cancelled")
    elif action == "no":
        await advance(turn)
    else:
        return False
    return True


async def _ask_restart(turn: Turn) -> Question:
    return Question(render("bot/ask_restart.txt"), (option("go_on", "go_on"), option("anew", "anew")))


async def _read_restart(turn: Turn) -> bool:
    if turn.says("affirm") or turn.says("skip"):
        return await _press_restart(turn, "go_on")
    if turn.says("deny") or turn.says("cancel"):
        return await _press_restart(turn, "anew")
    return False


async def _press_restart(turn: Turn, action: str) -> bool:
    if action == "go_on":
        await advance(turn)
    elif action == "anew":
        turn.state.report = None
        turn.go("idle")
        turn.ask()
    else:
        return False
    return True


IDLE = StepRules(_ask_idle, _read_idle, _press_idle, alone=True)
WHICH_TICKET = StepRules(_ask_which, _read_which, _press_which)
OFFER = StepRules(_ask_offer, _read_offer, _press_offer)
CANCEL = StepRules(_ask_cancel, _read_cancel, _press_cancel)
RESTART = StepRules(_ask_restart, _read_restart, _press_restart)
