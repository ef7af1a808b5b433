"""A report that was left lying: when a reminder may come, and what it says."""

from __future__ import annotations

from bot.conversation.state import Report
from bot.conversation.steps.needs import OTHER
from bot.conversation.turn import Turn


def remind(turn: Turn) -> None:
    """Say that the report still lies here, and ask its open question again."""
    if remind_after(turn) is None:
        return
    turn.report.reminded = True
    turn.note("reminder")
    turn.ask()


def remind_after(turn: Turn) -> float | None:
    """After how many seconds of silence a reminder may come; None: never. Phones are shared."""
    report = turn.state.report
    if report is None or report.reminded or not _was_understood(report) or _is_delicate(turn, report):
        return None
    return turn.know.manners.remind_hours * 3600


def _was_understood(report: Report) -> bool:
    if not report.understood or report.unclear or OTHER in report.needs:
        return False
    ticked = [pick for pick in report.needs.values() if pick.on]
    return bool(ticked) and (not report.words or any(pick.source == "nlu" for pick in ticked))


def _is_delicate(turn: Turn, report: Report) -> bool:
    """Whether a restricted need was ever thought of, ticked or not."""
    if turn.restricted or any(turn.need(code).restricted for code in report.needs):
        return True
    needs = turn.know.catalogue.needs
    kinds = {kind for code, kind in turn.know.manners.danger_kinds.items() if code in needs and needs[code].restricted}
    return not kinds.isdisjoint(report.kinds)
