"""Restricted needs in a chat that others may read: nothing of them is shown but to a safety code, and that once."""

from __future__ import annotations

from dataclasses import replace

from actions.desk import MyData, TicketLine
from actions.talk import Button, Reply
from bot.conversation.agenda import advance
from bot.conversation.sending import referral_lines, wipe_row
from bot.conversation.status import asks_whether_helped, contact_values, to_confirm
from bot.conversation.turn import Turn, label
from templates import render

DATA = "data"
_ABOUT_DATA = {("mydata", ""), ("code", DATA)}


async def unlocked(turn: Turn) -> bool:
    """Take the text as a safety code, if it has the form of one. Says whether it has."""
    if turn.know.catalogue.safety.read(turn.text) is None:
        return False
    await try_code(turn)
    return True


async def try_code(turn: Turn) -> None:
    """Show what the code opens; a wrong one hears the same in every chat. Nothing of it is remembered."""
    turn.secret = turn.restricted = True
    data = (turn.state.step, turn.state.sub) in _ABOUT_DATA
    found = await turn.desk.unlock(turn.text, data=data)
    if found.wait:
        turn.note("code_later", minutes=turn.know.catalogue.safety.minutes)
    elif found.ticket is None:
        turn.note("code_wrong")
    elif found.kept is not None:
        _show_kept(turn, found.ticket.number, found.kept, found.copy)
    else:
        _show(turn, found.ticket, asks=found.may_write)
    await leave(turn)


def _show(turn: Turn, ticket: TicketLine, *, asks: bool) -> None:
    """How the restricted needs stand; whether it helped is asked only of who wants messages here."""
    shown = ticket.referrals if asks else tuple(replace(line, confirmation=None) for line in ticket.referrals)
    needs = referral_lines(turn, replace(ticket, referrals=shown))
    values = {"number": ticket.number, "created_at": ticket.created_at, "needs": needs, "withdrawn": False}
    turn.replies.append(Reply(render("bot/status.txt", ticket=values), (wipe_row(ticket.number),), True))
    if asks:
        turn.replies += [asks_whether_helped(turn, line) for line in to_confirm(ticket)]


def _show_kept(turn: Turn, number: str, kept: MyData, copy: str | None) -> None:
    """What is kept of the report, with the way to a copy of it."""
    link = ((Button(label("data_open"), url=copy),),) if copy else ()
    text = render("bot/mydata_code.txt", data=kept, link=copy, **contact_values(turn))
    turn.replies.append(Reply(text, (*link, wipe_row(number)), True))


async def ask_code(turn: Turn, about: str = "") -> None:
    """The button was pressed: ask for the code; `about` what it shall open (`data`: what is kept)."""
    turn.restricted = True
    if turn.state.step == "code":
        turn.note("what_else")
    turn.go("code", about)
    turn.ask()


async def wipe(turn: Turn, number: str | None) -> None:
    """Take a ticket's messages from the chat, or all; then nothing is said that reveals what they were."""
    if (number is None and turn.hushed) or turn.offers_rest:
        turn.close()  # its next question would tell the reader of the empty chat what it was about
    if number is None and turn.state.report is None:
        turn.go("idle")
    older = await turn.desk.wipe(number)
    turn.note("wiped", older=older)


async def leave(turn: Turn) -> None:
    """Go on with the report in the making, if there is one."""
    if turn.state.report is not None:
        await advance(turn)
    else:
        turn.go("idle")
