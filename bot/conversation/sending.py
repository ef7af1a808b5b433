"""The report leaves: the ticket is opened, and the resident hears its number and what happens next."""

from __future__ import annotations

from actions.desk import ContactWish, Draft, DraftNeed, Identity, OfficerWish, PlaceHit, TicketLine
from actions.talk import Button
from bot.conversation.danger import call_first
from bot.conversation.state import Report
from bot.conversation.turn import Turn, capital, label
from templates import render

WIPE = "w"
ENDED = frozenset({"confirmed", "unconfirmed", "rejected", "withdrawn", "merged"})


async def send(turn: Turn) -> str:
    """Open the ticket and forget the report; returns the ticket's number."""
    report = turn.report
    hushed = turn.hushed
    ticket = await turn.desk.open_ticket(draft_of(turn, report))
    turn.ticket_number = ticket.number
    template = "ticket_restricted" if hushed else "ticket"
    turn.say(
        template,
        rows=(wipe_row(ticket.number),) if hushed else (),
        secret=ticket.code is not None,
        number=ticket.number,
        lines=[] if hushed else referral_lines(turn, ticket),
        urgent=report.urgent,
        call=call_first(turn),
        checked=bool(report.person.nik),
        trial=turn.on_trial,
        code=ticket.code,
        way=report.contact.way,
    )
    turn.restricted = turn.restricted or hushed
    if hushed:
        turn.state.person = turn.state.home = None  # others may hold this phone: nothing is offered again
    else:
        own = report.person.nik and not report.speaker
        turn.state.person = report.person if own else turn.state.person
        turn.state.home = report.home if report.home.code else turn.state.home
    turn.close()
    return ticket.number


def wipe_row(number: str) -> tuple[Button, ...]:
    """The button that takes a ticket's messages from the chat."""
    return (Button(label("wipe"), f"{WIPE}:{number}"),)


def draft_of(turn: Turn, report: Report) -> Draft:
    """The report as the desk takes it."""
    person = report.person
    given = Identity(person.nik, person.name, person.kk) if person.nik or person.name or person.kk else None
    return Draft(
        complaint=complaint_of(turn, report),
        needs=tuple(_need(turn, report, code) for code in turn.ticked),
        urgent=report.urgent,
        understood=report.understood,
        region_code=report.home.code,
        rt=report.home.rt,
        rw=report.home.rw,
        identity=given,
        officer=OfficerWish(report.officer, report.officer_phone) if report.officer and not turn.hushed else None,
        contact=ContactWish(**report.contact.model_dump()) if report.contact_done else None,
        consent=report.consent,
        spoken_by=report.speaker or None,
        agrees=report.agrees,
    )


def complaint_of(turn: Turn, report: Report) -> str:
    """The resident's own words; what was chosen from the list when nothing was told."""
    told = "\n".join(words.text for words in report.words)
    return told or render("bot/complaint_chosen.txt", needs=[turn.everyday(code) for code in turn.ticked])


def _need(turn: Turn, report: Report, code: str) -> DraftNeed:
    pick = report.needs[code]
    answers = {name: report.answers[name] for name in turn.need(code).questions if name in report.answers}
    return DraftNeed(code, pick.source, pick.confidence, answers)


def referral_lines(turn: Turn, ticket: TicketLine) -> list[dict[str, object]]:
    """A ticket's needs for the templates."""
    return [
        {
            "need": capital(turn.need(line.need).everyday),
            "agency": line.agency,
            "state": line.state,
            "outcome": line.outcome,
            "confirmation": line.confirmation,
            "due_at": line.due_at,
            "papers": line.papers,
            "hours": line.hours,
            "address": line.address,
            "phone": line.phone,
            "review_by": line.review_by,
            "late": line.late,
            "advice": turn.need(line.need).advice,
        }
        for line in ticket.referrals
    ]


def place_label(hit: PlaceHit) -> str:
    """A place as people say it."""
    return render("bot/place_label.txt", place=hit)
