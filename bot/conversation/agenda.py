"""Which question comes next: the first thing that the report still lacks. What was said is never asked."""

from __future__ import annotations

from bot.conversation.informing import tell_other_doors
from bot.conversation.sending import send
from bot.conversation.state import Report
from bot.conversation.turn import REST, Knowledge, Turn

SEND = "send"


def next_step(know: Knowledge, report: Report) -> tuple[str, str]:
    """The step (and what it is about) that comes next for a report; `send` when it can go."""
    if report.urgent and not report.contact_done and discreet_alone(know, report):
        return "contact", ""
    if not report.confirmed:
        return _which_needs(report), ""
    if not report.words and not report.story_done:
        return "story", ""
    if report.urgent and not report.contact_done:
        return "contact", ""
    if report.urgent:
        return ("place", "") if not report.place_done else (SEND, "")
    return _calm_step(know, report)


def _calm_step(know: Knowledge, report: Report) -> tuple[str, str]:
    """What comes next where nobody is in danger."""
    question = open_question(know, report)
    if question:
        return "question", question
    discreet = _discreet(know, report)
    if discreet and not report.contact_done:
        return "contact", ""
    if not discreet and report.speaker and report.agrees is None:
        return "agrees", ""
    if not discreet and not report.identity_done:
        return _identity_step(report), ""
    return ("place", "") if not report.place_done else ("summary", "")


def _which_needs(report: Report) -> str:
    if report.needs:
        return "needs"
    return "tell" if report.unclear else "groups"


def open_question(know: Knowledge, report: Report) -> str | None:
    """The most needed question of the ticked needs that nothing has answered, while the limits allow one more."""
    if _discreet(know, report):
        return None
    questions = know.catalogue.questions
    ticked = [code for code, pick in report.needs.items() if pick.on]
    wanted = dict.fromkeys(code for need in ticked for code in know.catalogue.needs[need].questions)
    for code in sorted(wanted, key=lambda code: questions[code].priority):
        if code in report.answers or code in report.skipped:
            continue
        if any(report.answers.get(other) not in values for other, values in questions[code].when.items()):
            continue
        if code in report.asked or len(report.asked) < know.catalogue.question_limits.per_report:
            return code
    return None


def _identity_step(report: Report) -> str:
    if report.consent is None:
        return "identity"
    if report.loose:
        return "which_number"
    if not report.person.nik:
        return "nik"
    return "name" if not report.person.name else "kk"


def discreet_alone(know: Knowledge, report: Report) -> bool:
    """Whether restricted needs are all that is ticked: in danger the list, with their names, need not be shown.

    What was only guessed at beside them is asked once the report has left.
    """
    ticked = [code for code, pick in report.needs.items() if pick.on]
    return bool(ticked) and all(know.catalogue.needs[code].restricted for code in ticked)


def _discreet(know: Knowledge, report: Report) -> bool:
    """A restricted need never waits for identity: who wants to give it, gives it from the summary."""
    return any(pick.on and know.catalogue.needs[code].restricted for code, pick in report.needs.items())


def _offer_the_rest(turn: Turn, sent: Report, number: str) -> None:
    """Ask about what was only guessed at beside a danger: its report has left without waiting for that."""
    rest = {
        code: pick.model_copy()
        for code, pick in sent.needs.items()
        if pick.believed and not pick.on and not turn.need(code).restricted
    }
    if rest and sent.urgent:
        turn.state.report = Report(needs=rest, tickets=[number])
        turn.go("offer", REST)
        turn.ask()


async def advance(turn: Turn) -> None:
    """Go to the next question and ask it, or send the report; what doesn't fit is said before."""
    tell_other_doors(turn)
    step, sub = next_step(turn.know, turn.report)
    if step == SEND:
        report = turn.report
        number = await send(turn)
        _offer_the_rest(turn, report, number)
        return
    if step == "question" and sub not in turn.report.asked:
        turn.report.asked.append(sub)
    turn.go(step, sub)
    turn.ask()
