"""After the answer: sudah terbantu, a rating, why it did not help, a complaint about the service, opening it again.

These buttons name what they are about (`c:12:y`), so they work whenever they are pressed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from actions.desk import TicketLine
from actions.talk import Button, Reply
from bot.conversation.safety import ask_code, wipe
from bot.conversation.sending import ENDED, WIPE
from bot.conversation.status import WITHDRAW, press_status, ticket_buttons
from bot.conversation.turn import Turn, label
from templates import render

_STARS = ("1", "2", "3", "4", "5")
_NONE = "-"


async def press_lasting(turn: Turn, data: str) -> bool:
    """Take a pressed button that lasts. Says whether it was one of these and still meant something."""
    kind, _, rest = data.partition(":")
    handler = _BUTTONS.get(kind)
    if handler is None or not rest or not await handler(turn, rest):
        return False
    if turn.state.report is not None and kind != WIPE:
        turn.ask()
    return True


async def _confirm(turn: Turn, rest: str) -> bool:
    number, _, answer = rest.partition(":")
    if not number.isdecimal() or answer not in ("y", "n"):
        return False
    ticket = await turn.desk.confirm(int(number), answer == "y")
    if ticket is None:
        turn.note("confirm_late")
        return True
    if all(line.referral_id != int(number) for line in ticket.referrals):
        turn.note("confirm_discreet")  # of a restricted need: nothing more is said or asked
        turn.restricted = True
        return True
    turn.ticket_number = ticket.number
    if answer == "y":
        row = tuple(Button(stars, f"r:{number}:{stars}") for stars in _STARS)
        turn.replies.append(Reply(render("bot/confirm_helped.txt"), (row,)))
        return True
    turn.note("confirm_not_helped", number=ticket.number)
    need = next((line.need for line in ticket.referrals if line.referral_id == int(number)), "")
    turn.go("why", f"{number}:{need}")
    turn.ask()
    return True


async def _status(turn: Turn, rest: str) -> bool:
    return await press_status(turn, rest)


async def _code(turn: Turn, _rest: str) -> bool:
    await ask_code(turn)
    return True


async def _wipe(turn: Turn, number: str) -> bool:
    await wipe(turn, number)
    return True


async def _rate(turn: Turn, rest: str) -> bool:
    number, _, stars = rest.partition(":")
    if not number.isdecimal() or stars not in _STARS:
        return False
    if not await turn.desk.rate(int(number), int(stars)):
        turn.note("rating_known")
        return True
    turn.note("rating_thanks")
    if turn.state.report is None:
        turn.go("rate_words", number)
        turn.ask()
    return True


async def complain(turn: Turn) -> None:
    """Keep a complaint about the service: with its ticket, for the SLRT manager alone."""
    restricted = any(
        guess.need in turn.know.catalogue.needs and turn.need(guess.need).restricted for guess in turn.meaning.needs
    )
    complaint = await turn.desk.complain(turn.text, restricted=restricted)
    turn.confidential, turn.restricted = True, turn.restricted or restricted
    tickets = await turn.desk.my_tickets()
    meant = _meant(turn, tickets)
    about = await turn.desk.complain_about(complaint, meant.number) if meant else None
    rows: list[tuple[Button, ...]] = _reopen_rows(turn, about) if about else []
    if about is None and tickets:
        room = turn.know.manners.buttons_per_message - 1
        rows = [(button,) for button in ticket_buttons(turn, tickets[:room], f"k:{complaint}")]
        rows.append((Button(label("no_report"), f"k:{complaint}:{_NONE}"),))
    number = about.number if about else None
    text = render(
        "bot/complaint_kept.txt", number=number, asks=about is None and bool(tickets), reopens=bool(about and rows)
    )
    turn.replies.append(Reply(text, tuple(rows), restricted))
    if turn.state.report is not None or not tickets:
        turn.ask()


def _meant(turn: Turn, tickets: Sequence[TicketLine]) -> TicketLine | None:
    """The ticket that a complaint is about, if there is no doubt: the only one, or the only one with its need."""
    if len(tickets) == 1:
        return tickets[0]
    needs = {guess.need for guess in turn.meaning.needs}
    fitting = [ticket for ticket in tickets if needs & {line.need for line in ticket.referrals}]
    return fitting[0] if len(fitting) == 1 else None


async def _about(turn: Turn, rest: str) -> bool:
    complaint, _, number = rest.partition(":")
    if not complaint.isdecimal() or not number:
        return False
    turn.confidential = True
    about = None if number == _NONE else await turn.desk.complain_about(int(complaint), number)
    rows = _reopen_rows(turn, about) if about else []
    text = render("bot/complaint_about.txt", number=about.number if about else None, reopens=bool(rows))
    turn.replies.append(Reply(text, tuple(rows)))
    return True


def _reopen_rows(turn: Turn, ticket: TicketLine) -> list[tuple[Button, ...]]:
    done = [line for line in ticket.referrals if line.state == "done" and not line.restricted]
    room = turn.know.manners.buttons_per_message
    return [
        (turn.button(label("reopen", need=turn.need(line.need).everyday), f"o:{line.referral_id}"),)
        for line in done[:room]
    ]


async def _reopen(turn: Turn, rest: str) -> bool:
    if not rest.isdecimal():
        return False
    ticket = await turn.desk.reopen(int(rest))
    if ticket is None:
        turn.note("reopen_late")
    else:
        turn.ticket_number = ticket.number
        turn.note("reopened", number=ticket.number)
    return True


async def _asked(turn: Turn, rest: str) -> bool:
    """What an officer asks for: a photo will be sent here, or there is none."""
    number, _, action = rest.partition(":")
    if not number.isdecimal() or action not in ("p", "n"):
        return False
    asked = await turn.desk.asked_by(int(number))
    if asked is None:
        return False
    if not asked.waiting:
        turn.note("answer_known", office=asked.office)
    elif action == "n":
        turn.ticket_number = await turn.desk.answer(asked.inquiry_id, declined=True)
        turn.note("answer_declined", office=asked.office)
    else:
        if (turn.state.step, turn.state.sub) == ("photo", number):
            turn.note("photo_waited")  # pressed again: the same question needs a word why
        turn.go("photo", number)
        turn.ask()
    return True


async def _withdraw(turn: Turn, rest: str) -> bool:
    """Take a report back that was sent: asked once, since offices may be at it already."""
    number, _, sure = rest.partition(":")
    ticket = next((one for one in await turn.desk.my_tickets() if one.number == number), None)
    if ticket is None or sure not in ("", "y", "n"):
        return False
    if ticket.state in ENDED or (sure == "y" and not await turn.desk.withdraw(number)):
        turn.note("withdraw_late", number=number)
    elif sure == "n":
        turn.note("withdraw_kept", number=number)
    elif sure:
        turn.ticket_number = number
        turn.note("ticket_withdrawn", number=number)
    else:
        needs = list(dict.fromkeys(turn.everyday(line.need) for line in ticket.referrals))
        yes = Button(label("withdraw_ticket_yes"), f"{WITHDRAW}:{number}:y")
        no = Button(label("cancel_no"), f"{WITHDRAW}:{number}:n")
        text = render("bot/ask_withdraw_ticket.txt", number=number, needs=needs)
        turn.replies.append(Reply(text, ((yes,), (no,))))
    return True


_BUTTONS: dict[str, Callable[[Turn, str], Awaitable[bool]]] = {
    "c": _confirm,
    "s": _status,
    "r": _rate,
    "k": _about,
    "p": _code,
    WIPE: _wipe,
    "o": _reopen,
    "q": _asked,
    WITHDRAW: _withdraw,
}
