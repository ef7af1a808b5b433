"""Taking a correction in whatever state: into the report in the making, or to the officer of a ticket that is open."""

from __future__ import annotations

from actions.desk import HomeFields
from bot.conversation.absorb import absorb
from bot.conversation.agenda import advance
from bot.conversation.correction import Changes, Correction, apply, correction_in
from bot.conversation.sending import ENDED
from bot.conversation.state import Home, Pick, Report
from bot.conversation.turn import Turn

_AGAIN = ("cancel", "restart", "which_ticket", "offer")  # their question stays; the others go on


async def correct(turn: Turn) -> bool:
    """Take the text as a correction of what was said before. Says whether it was one."""
    said = correction_in(turn.text, turn.know.manners)
    meant = turn.intent == "correct"
    too_long = len(turn.text.split()) > 2 * turn.know.manners.story_words
    if (said is None or too_long) and not meant:
        return False
    said = said or Correction(turn.text, "")
    if turn.state.report is None:
        return await _on_ticket(turn, said, meant)
    changes = await apply(turn, turn.report, said)
    if changes.shown or changes.needs:
        turn.note("corrected", changes=changes.shown)
        await _go_on(turn)
        return True
    if not meant:
        return False
    await _unclear(turn)
    return True


async def _go_on(turn: Turn) -> None:
    if turn.state.step in _AGAIN:
        turn.ask()
    else:
        await advance(turn)


async def _unclear(turn: Turn) -> None:
    """A correction of which we don't know what it changes: kept for the officer, and the parts are offered."""
    new_need = await absorb(turn, turn.text)
    if new_need or not turn.report.confirmed:
        turn.note("words_more", new_need=new_need, needs=[])
        await _go_on(turn)
        return
    turn.note("corrected_unclear")
    turn.go("edit")
    turn.ask()


async def _on_ticket(turn: Turn, said: Correction, meant: bool) -> bool:
    if turn.state.step != "idle":
        return False
    tickets = [ticket for ticket in await turn.desk.my_tickets() if ticket.state not in ENDED]
    for ticket in tickets:
        shadow = Report(
            needs={line.need: Pick(on=True, source="nlu") for line in ticket.referrals},
            answers={code: value for line in ticket.referrals for code, value in line.answers.items()},
            home=Home(code=ticket.home.code, rt=ticket.home.rt, rw=ticket.home.rw),
        )
        changes = await apply(turn, shadow, said)
        if changes.shown or (meant and len(tickets) == 1):
            return await _tell_officer(turn, ticket.number, shadow, changes)
    return False


async def _tell_officer(turn: Turn, number: str, shadow: Report, changes: Changes) -> bool:
    home = HomeFields(shadow.home.code, shadow.home.rt, shadow.home.rw)
    done = await turn.desk.correct(number, turn.text, home, changes.answers)
    if done is None:
        return False
    turn.ticket_number = number
    turn.note("corrected_ticket", number=number, changes=changes.shown, done=done)
    return True
