"""Danger first: the numbers before anything else. The catalogue's words or the NLU, either is enough."""

from __future__ import annotations

from collections.abc import Iterable

from bot.conversation.manners import load_manners
from bot.conversation.reading import label_meant, phrase_of
from bot.conversation.state import Pick
from bot.conversation.turn import Option, Turn, label
from nlu.lexicon import normalise_text
from referral.catalogue import Catalogue
from referral.catalogue.schema import EmergencyNumber
from templates import render

_ANSWERS = ("affirm", "deny", "thanks", "goodbye")


def look_for_danger(turn: Turn, text: str) -> bool:
    """Warn if the text speaks of danger; says whether it does."""
    found = danger_in(turn, text)
    if found is not None:
        warn(turn, *found)
    return found is not None


def danger_in(turn: Turn, text: str) -> tuple[list[str], list[str]] | None:
    """The kinds of danger and the needs that the text speaks of; None if it is of none."""
    manners = turn.know.manners
    found = turn.know.catalogue.dangers(normalise_text(text), text)
    kinds = [danger.kind for danger in found]
    urgent = turn.meaning.urgent and not _is_short_answer(turn, text)
    if urgent:
        likely = _likely(turn, manners.likeliest)
        kinds += [manners.danger_kinds[need] for need in likely if need in manners.danger_kinds]
    named = [need for need in _likely(turn, 1) if need in manners.danger_needs]
    kinds += [manners.danger_kinds[need] for need in named]
    if not kinds and not urgent:
        return None
    needs = [danger.need for danger in found if danger.need] + named
    return list(dict.fromkeys(kinds)), list(dict.fromkeys(needs))


def _is_short_answer(turn: Turn, text: str) -> bool:
    """Whether it only answers a question ("gak tau"): a model that hears danger in it is wrong."""
    if phrase_of(text, turn.know.manners) is not None or label_meant(text, turn.state.shown.items()) is not None:
        return True
    return turn.intent in _ANSWERS and not turn.meaning.needs


def _likely(turn: Turn, most: int) -> list[str]:
    """The needs that are sure or among the likeliest; mere guesses, and those far down in a letter, are no danger."""
    least = turn.know.manners.danger_from
    return [
        guess.need
        for at, guess in enumerate(turn.meaning.needs)
        if guess.sure or (at < most and guess.confidence >= least)
    ]


def warn(turn: Turn, kinds: list[str], needs: list[str]) -> None:
    """Show the numbers (once for each kind), tick the needs and take the short path."""
    report = turn.report
    fresh = [kind for kind in kinds if kind not in report.kinds]
    for need in needs:
        pick = report.needs.get(need)
        if pick is None or not pick.on:
            report.needs[need] = Pick(on=True, source="danger")
            report.confirmed = False
    if fresh or not report.urgent:
        report.kinds += fresh
        _show_numbers(turn, report.kinds)
    report.urgent = True


def show_numbers(turn: Turn) -> None:
    """The numbers when nobody told a danger: all the general ones."""
    _show_numbers(turn, list(turn.state.report.kinds) if turn.state.report else [])


def slow_words(catalogue: Catalogue) -> str:
    """What is said while nothing can be kept: words and numbers that need no memory."""
    return render("bot/slow.txt", call=_in_a_line(catalogue.emergency([])[: load_manners().short_numbers]))


def call_first(turn: Turn) -> str:
    """The numbers that fit best, in half a line: "112 (Kota Jambi), 119"."""
    kinds = turn.state.report.kinds if turn.state.report else []
    numbers = turn.know.catalogue.emergency(kinds, _region(turn))[: turn.know.manners.short_numbers]
    return _in_a_line(numbers)


def _in_a_line(numbers: Iterable[EmergencyNumber]) -> str:
    return ", ".join(f"{one.number} ({one.region})" if one.region else one.number for one in numbers)


def _show_numbers(turn: Turn, kinds: list[str]) -> None:
    region = _region(turn)
    numbers = turn.know.catalogue.emergency(kinds, region)
    page = turn.know.emergency_page
    options = [Option("", label("emergency_page"), url=page)] if page else []
    turn.say("emergency", options, numbers=numbers, kinds=kinds)


def _region(turn: Turn) -> str | None:
    report = turn.state.report
    if report and report.home.code:
        return report.home.code
    return turn.state.home.code if turn.state.home else None
