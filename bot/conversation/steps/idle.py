"""Between reports: what the service offers; a new report or more words for an open one; an offer after a question."""

from __future__ import annotations

from actions.desk import TicketLine
from bot.conversation.agenda import advance
from bot.conversation.danger import show_numbers
from bot.conversation.sending import draft_of
from bot.conversation.status import show_status
from bot.conversation.steps.rules import StepRules
from bot.conversation.turn import Question, Turn, option
from templates import render

_MOST_TICKETS = 3
_OVER = ("done", "rejected", "revoked", "returned")


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
    same = await _same(turn)
    numbers = [same[0]] if same else _tickets(turn)
    options = [option(f"k:{number}", "add_to", number=number) for number in numbers]
    need = turn.need(same[1]).everyday if same else None
    text = render("bot/ask_which_ticket.txt", count=len(options), need=need, ticket=same[2] if same else None)
    return Question(text, (*options, option("new", "new_report")))


async def _same(turn: Turn) -> tuple[str, str, TicketLine] | None:
    """The open ticket that has one of the needs that were told just now: number, need, ticket."""
    for ticket in await turn.desk.my_tickets():
        had = {line.need for line in ticket.referrals if line.state not in _OVER}
        need = next((code for code in turn.ticked if code in had), None)
        if need and ticket.number in (turn.report.tickets or []):
            return ticket.number, need, ticket
    return None


def _tickets(turn: Turn) -> list[str]:
    return (turn.report.tickets or [])[:_MOST_TICKETS]


async def _read_which(turn: Turn) -> bool:
    if turn.says("deny") or turn.text.casefold().split()[:1] in (["baru"], ["beda"]):
        return await _press_which(turn, "new")
    offered = [action for action in turn.state.shown if action.startswith("k:")]
    if turn.says("affirm") and len(offered) == 1:
        return await _press_which(turn, offered[0])
    return False


async def _press_which(turn: Turn, action: str) -> bool:
    report = turn.report
    if action == "new":
        report.tickets = []
        await advance(turn)
        return True
    number = action[2:]
    if not action.startswith("k:") or number not in (report.tickets or []):
        return False
    await _add_to(turn, number)
    return True


async def _add_to(turn: Turn, number: str) -> None:
    """Add the report's words and needs to the ticket; where it has ended, they become a new report."""
    report = turn.report
    words = "\n".join(words.text for words in report.words)
    added = await turn.desk.add_words(number, words, draft_of(turn, report).needs)
    if added is None:
        report.tickets = []
        turn.note("ticket_ended", number=number)
        await advance(turn)
        return
    turn.ticket_number = number
    turn.close()
    turn.note("words_added", number=number, needs=[turn.everyday(code) for code in added])


async def _ask_offer(turn: Turn) -> Question:
    rest = [turn.everyday(code) for code in turn.report.needs] if turn.offers_rest else []
    return Question(render("bot/ask_offer.txt", rest=rest), (option("yes", "offer_yes"), option("no", "offer_no")))


async def _read_offer(turn: Turn) -> bool:
    if turn.says("affirm"):
        return await _press_offer(turn, "yes")
    if turn.says("deny") or turn.says("skip"):
        return await _press_offer(turn, "no")
    return False


async def _press_offer(turn: Turn, action: str) -> bool:
    if action == "yes" and turn.offers_rest:
        for pick in turn.report.needs.values():
            pick.on = True
        await _add_to(turn, (turn.report.tickets or [""])[0])
    elif action == "yes":
        await advance(turn)
    elif action == "no":
        turn.close()
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
        turn.close()
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
        turn.close()
        turn.ask()
    else:
        return False
    return True


IDLE = StepRules(_ask_idle, _read_idle, _press_idle, alone=True)
WHICH_TICKET = StepRules(_ask_which, _read_which, _press_which)
OFFER = StepRules(_ask_offer, _read_offer, _press_offer)
CANCEL = StepRules(_ask_cancel, _read_cancel, _press_cancel)
RESTART = StepRules(_ask_restart, _read_restart, _press_restart)
