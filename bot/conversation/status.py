"""How the resident's tickets stand, and the answer to "sudah terbantu?"."""

from __future__ import annotations

from actions.notices import confirm_data
from actions.talk import Button, Reply
from bot.conversation.sending import ENDED, referral_lines
from bot.conversation.turn import Turn, capital
from templates import render


async def show_status(turn: Turn) -> None:
    """Show the chat's own tickets in plain words; of restricted needs nothing."""
    tickets = await turn.desk.my_tickets()
    if not tickets:
        turn.note("status_none")
        return
    lines = [
        {"number": ticket.number, "created_at": ticket.created_at, "needs": referral_lines(turn, ticket)}
        for ticket in tickets
    ]
    turn.replies.append(Reply(render("bot/status.txt", tickets=lines)))
    waiting = [
        line
        for ticket in tickets
        for line in ticket.referrals
        if line.confirmation == "waiting" and not line.restricted
    ]
    for line in waiting[: turn.know.manners.buttons_per_message]:
        need = capital(turn.need(line.need).everyday)
        buttons = (
            (Button(render("bot/button_helped.txt"), confirm_data(line.referral_id, True)),),
            (Button(render("bot/button_not_helped.txt"), confirm_data(line.referral_id, False)),),
        )
        turn.replies.append(Reply(render("bot/status_confirm.txt", need=need), buttons))


async def open_tickets(turn: Turn) -> list[str]:
    """The numbers of the chat's tickets that haven't ended."""
    return [ticket.number for ticket in await turn.desk.my_tickets() if ticket.state not in ENDED]


async def confirm(turn: Turn, data: str) -> None:
    """Take a pressed "sudah terbantu" or "belum" (`c:12:y`), whatever the conversation is about now."""
    _, number, answer = data.split(":")
    ticket = await turn.desk.confirm(int(number), answer == "y")
    if ticket is None:
        turn.note("confirm_late")
    else:
        turn.ticket_number = ticket.number
        turn.note("confirm_helped" if answer == "y" else "confirm_not_helped", number=ticket.number)
    if turn.state.report is not None:
        turn.ask()


def contact_values(turn: Turn) -> dict[str, object]:
    """The SLRT office that a person can go to or call, for the templates."""
    home = turn.state.report.home if turn.state.report else turn.state.home
    door = turn.know.catalogue.route("other_need", home.code if home else None, {})
    return {"agency": door.agency}
