"""Restricted needs in a chat that others may read: nothing of them is shown but to a safety code, and that once."""

from __future__ import annotations

from dataclasses import replace

from actions.desk import TicketLine
from actions.talk import Reply
from bot.conversation.agenda import advance
from bot.conversation.sending import referral_lines, wipe_row
from bot.conversation.status import asks_whether_helped, to_confirm
from bot.conversation.turn import Turn
from templates import render


async def unlocked(turn: Turn) -> bool:
    """Take the text as a safety code, if it has the form of one. Says whether it has."""
    if turn.know.catalogue.safety.read(turn.text) is None:
        return False
    await try_code(turn)
    return True


async def try_code(turn: Turn) -> None:
    """Show what the code opens; a wrong one hears the same in every chat. Nothing of it is remembered."""
    turn.secret = turn.restricted = True
    found = await turn.desk.unlock(turn.text)
    if found.wait:
        turn.note("code_later", minutes=turn.know.catalogue.safety.minutes)
    elif found.ticket is None:
        turn.note("code_wrong")
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


async def ask_code(turn: Turn) -> None:
    """The button was pressed: ask for the code."""
    turn.restricted = True
    if turn.state.step == "code":
        turn.note("what_else")
    turn.go("code")
    turn.ask()


async def wipe(turn: Turn, number: str | None) -> None:
    """Take a ticket's messages from the chat, or all; then nothing is said that reveals what they were."""
    if number is None and turn.hushed:
        turn.state.report = None  # its next question would tell the reader of the empty chat what it was about
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
