"""How the resident's tickets stand: one in full, several as buttons to choose from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from actions.desk import ReferralLine, TicketLine
from actions.notices import confirm_data
from actions.talk import Button, Reply
from bot.conversation.sending import ENDED, referral_lines
from bot.conversation.turn import Turn, label
from templates import render

_CONFIRMABLE = ("waiting", "unconfirmed")
CODE_BUTTON = "p:code"
WITHDRAW = "t"


async def show_status(turn: Turn, page: int = 0) -> None:
    """Show the chat's own tickets in plain words; of restricted needs nothing."""
    tickets = await turn.desk.my_tickets()
    if not tickets:
        turn.replies.append(Reply(render("bot/status_none.txt"), (code_row(),)))
    elif len(tickets) == 1:
        await _show(turn, tickets[0])
    else:
        _list(turn, tickets, page)


async def press_status(turn: Turn, wanted: str) -> bool:
    """Take a pressed button of the list: a ticket's number, or `+2` for a page."""
    if wanted.startswith("+") and wanted[1:].isdecimal():
        await show_status(turn, int(wanted[1:]))
        return True
    ticket = next((one for one in await turn.desk.my_tickets() if one.number == wanted), None)
    if ticket is None:
        return False
    await _show(turn, ticket)
    return True


async def _show(turn: Turn, ticket: TicketLine) -> None:
    values = {
        "number": ticket.number,
        "created_at": ticket.created_at,
        "needs": referral_lines(turn, ticket),
        "withdrawn": ticket.state == "withdrawn",
    }
    answered = any(line.state in ("done", "rejected") for line in ticket.referrals)
    link = await turn.desk.details_link(ticket.number) if answered else None
    buttons = ((Button(label("read_answer"), url=link),),) if link else ()
    if ticket.state not in ENDED:
        buttons = (*buttons, (Button(label("withdraw_ticket"), f"{WITHDRAW}:{ticket.number}"),))
    turn.replies.append(Reply(render("bot/status.txt", ticket=values), (*buttons, code_row())))
    for line in to_confirm(ticket)[: turn.know.manners.buttons_per_message]:
        turn.replies.append(asks_whether_helped(turn, line))


def asks_whether_helped(turn: Turn, line: ReferralLine) -> Reply:
    """The question "sudah terbantu?" about a need."""
    text = render("bot/status_confirm.txt", need=turn.everyday(line.need))
    return Reply(text, confirm_buttons(line.referral_id), line.restricted)


def to_confirm(ticket: TicketLine) -> list[ReferralLine]:
    """The needs of which she can still say whether help came."""
    return [line for line in ticket.referrals if line.state == "done" and line.confirmation in _CONFIRMABLE]


def code_row() -> tuple[Button, ...]:
    """The button for who has a safety code; every chat shows it, with codes or without."""
    return (Button(label("code"), CODE_BUTTON),)


def confirm_buttons(referral_id: int) -> tuple[tuple[Button, ...], ...]:
    """The buttons "sudah terbantu" and "belum"."""
    return (
        (Button(render("bot/button_helped.txt"), confirm_data(referral_id, True)),),
        (Button(render("bot/button_not_helped.txt"), confirm_data(referral_id, False)),),
    )


def _list(turn: Turn, tickets: Sequence[TicketLine], page: int) -> None:
    room = turn.know.manners.buttons_per_message - 2  # a page further, a code
    pages = max(-(-len(tickets) // room), 1)
    here = page % pages
    shown = tickets[here * room : (here + 1) * room]
    rows: list[tuple[Button, ...]] = [(button,) for button in ticket_buttons(turn, shown, "s")]
    if pages > 1:
        rows.append((Button(label("next_page"), f"s:+{(here + 1) % pages}"),))
    rows.append(code_row())
    text = render("bot/status_list.txt", count=len(tickets), waiting=any(to_confirm(one) for one in shown))
    turn.replies.append(Reply(text, tuple(rows)))


def ticket_buttons(turn: Turn, tickets: Sequence[TicketLine], action: str) -> list[Button]:
    """A button for each ticket: its needs in everyday words, and as much of its number as tells it from the others."""
    tails = Counter(ticket.number[-5:] for ticket in tickets)
    return [
        turn.button(
            label(
                "report",
                needs=list(dict.fromkeys(turn.everyday(line.need) for line in ticket.referrals)),
                number=ticket.number[-5:] if tails[ticket.number[-5:]] == 1 else ticket.number,
                waiting=bool(to_confirm(ticket)),
            ),
            f"{action}:{ticket.number}",
        )
        for ticket in tickets
    ]


async def nothing_to_cancel(turn: Turn) -> None:
    """Say that no report is being made; one that was sent can be taken back."""
    sent = [ticket for ticket in await turn.desk.my_tickets() if ticket.state not in ENDED]
    room = turn.know.manners.buttons_per_message
    rows = tuple((button,) for button in ticket_buttons(turn, sent[:room], WITHDRAW))
    if rows:
        turn.replies.append(Reply(render("bot/nothing_to_cancel.txt", sent=True), rows))
    else:
        turn.note("nothing_to_cancel", sent=False)
        turn.ask()


async def open_tickets(turn: Turn) -> list[str]:
    """The numbers of the chat's tickets that haven't ended."""
    return [ticket.number for ticket in await turn.desk.my_tickets() if ticket.state not in ENDED]


def contact_values(turn: Turn) -> dict[str, object]:
    """The SLRT office that a person can go to or call, for the templates."""
    home = turn.state.report.home if turn.state.report else turn.state.home
    door = turn.know.catalogue.route("other_need", home.code if home else None, {})
    return {"agency": door.agency}
