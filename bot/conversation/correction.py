"""Changing what was said before, at any time: "salah, RT 21", "bukan anak saya, ponakan", "umurnya 8 bukan 6"."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from bot.conversation.absorb import take_numbers
from bot.conversation.answers import answered
from bot.conversation.danger import warn
from bot.conversation.manners import Manners
from bot.conversation.reading import choices_in, name_in, place_named, plain, rt_rw_of
from bot.conversation.sending import place_label
from bot.conversation.state import Pick, Report
from bot.conversation.turn import Turn
from referral.catalogue import Question

_COUNTED = ("age", "number", "amount")
_NAME = re.compile(r"\bnama(?:nya|nyo)?\b(?:\s+(?:saya|sayo|anak|anaknya|lengkap))?\s+(.+)$", re.IGNORECASE)


@dataclass(frozen=True)
class Correction:
    """What is right, and what was wrong, as far as the words tell."""

    right: str
    wrong: str


@dataclass
class Changes:
    """What a correction changed: names and new values for people, and the answers among them by question."""

    shown: list[tuple[str, str]] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    needs: bool = False  # of a restricted one the name is not shown again


def correction_in(text: str, manners: Manners) -> Correction | None:
    """The correction that a text is, going by its words alone."""
    said = " ".join(text.split())
    marked = re.search(rf"^(?:.*\b)?({_either(manners.correction_marks)})\b[\s,.:]*", said, re.IGNORECASE)
    rest = (said[marked.end() :] or said[: marked.start(1)].strip(" ,;")) if marked else said
    no = _either(manners.correction_denials)
    instead = _either(manners.correction_turns)
    first = re.match(rf"^(?:{no})\s+(.+?)(?:\s*[,;.]\s*|\s+)(?:{instead})\s+(.+)$", rest, re.IGNORECASE)
    first = first or re.match(rf"^(?:{no})\s+(.+?)\s*[,;.]\s*(.+)$", rest, re.IGNORECASE)
    if first:
        return Correction(first[2].strip(), first[1].strip())
    second = re.match(rf"^(.+?)[\s,;]+(?:{no})\s+(.+)$", rest, re.IGNORECASE)
    if second:
        return Correction(second[1].strip(" ,;"), second[2].strip())
    return Correction(rest, "") if marked and plain(rest) else None


def _either(words: tuple[str, ...]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


async def apply(turn: Turn, report: Report, said: Correction) -> Changes:
    """Change the report as the correction says; what it leaves alone stays."""
    changes = Changes()
    _home_numbers(report, said, changes)
    if report is turn.state.report:
        _person(turn, report, said, changes)
    for code in _answerable(turn, report):
        _answer(turn, report, turn.know.catalogue.questions[code], said, changes)
    await _place(turn, report, said, changes)
    _needs(turn, report, said, changes)
    return changes


def _home_numbers(report: Report, said: Correction, changes: Changes) -> None:
    rt, rw = rt_rw_of(said.right)
    for name, value in (("rt", rt), ("rw", rw)):
        if value and getattr(report.home, name) != value:
            setattr(report.home, name, value)
            changes.shown.append((name.upper(), value))


def _person(turn: Turn, report: Report, said: Correction, changes: Changes) -> None:
    before = report.person.model_copy()
    if take_numbers(turn, said.right) and report.person != before:
        changes.shown += [
            (label, "•••• " + value[-4:])
            for label, value, old in (
                ("NIK", report.person.nik, before.nik),
                ("Nomor KK", report.person.kk, before.kk),
            )
            if value and value != old
        ]
    named = _NAME.search(said.right)
    name = name_in(named[1]) if named else None
    name = name or (name_in(said.right) if said.wrong and plain(said.wrong) == plain(before.name or "-") else None)
    if name and before.name and name != before.name:
        report.person.name = name
        changes.shown.append(("Nama", name))


def _answerable(turn: Turn, report: Report) -> list[str]:
    ticked = [code for code, pick in report.needs.items() if pick.on]
    asked = [question for need in ticked for question in turn.need(need).questions]
    return list(dict.fromkeys([*report.answers, *asked]))


def _answer(turn: Turn, report: Report, question: Question, said: Correction, changes: Changes) -> None:
    current = report.answers.get(question.code)
    value = _new_value(turn, question, current, said)
    if value is None or value == current:
        return
    report.answers[question.code] = changes.answers[question.code] = value
    changes.shown.append((question.name or question.ask, question.shown(value)))


def _new_value(turn: Turn, question: Question, current: str | None, said: Correction) -> str | None:
    if question.code not in turn.know.catalogue.questions or not said.right:
        return None
    told = answered(question, said.right, (), turn.know.manners).value
    if question.kind == "choice":
        named = choices_in(said.right, question.choices)
        was: list[str | None] = [*choices_in(said.wrong, question.choices)]
        was = was or [answered(question, said.wrong, (), turn.know.manners).value]
        if len(named) == 1:
            return named[0] if current is not None or was == named or _is_open(turn, question) else None
        return told if current is not None and current in was else None
    if current is not None and said.wrong:
        same = answered(question, said.wrong, (), turn.know.manners).value == current
        if same or (question.kind in ("text", "since") and plain(said.wrong) in plain(current)):
            return told
    near = f" {plain(said.right)}"
    cued = any(f" {word}" in near for word in question.near)
    return told if cued and question.kind in _COUNTED else None


def _is_open(turn: Turn, question: Question) -> bool:
    return turn.state.step == "question" and turn.state.sub.partition(".")[0] == question.code


async def _place(turn: Turn, report: Report, said: Correction, changes: Changes) -> None:
    named = [e.value for e in turn.meaning.entities if e.entity == "place" and e.value in said.right]
    cued = place_named(said.right)
    words = named[0] if named else cued
    if words is None and not changes.shown and report.home.code and not _named_needs(turn, said.right):
        words = said.right
    hits = await turn.desk.find_places(words) if words else []
    if len(hits) == 1 and hits[0].code != report.home.code:
        report.home.code, report.home.label = hits[0].code, place_label(hits[0])
        report.candidates, report.place_done = [], True
        changes.shown.append(("Tempat", report.home.label))
    elif len(hits) > 1 and report.home.code not in {hit.code for hit in hits}:
        report.candidates, report.place_done = [hit.code for hit in hits], False
        changes.shown.append(("Tempat", words or ""))


def _named_needs(turn: Turn, text: str) -> list[str]:
    """The needs that a text names by their everyday words; the longest words count first."""
    said = f" {plain(text)} "
    found = []
    for code, need in turn.know.catalogue.needs.items():
        if any(f" {word} " in said for word in need.words):
            found.append(code)
    return found


def _needs(turn: Turn, report: Report, said: Correction, changes: Changes) -> None:
    wrong = [code for code in _named_needs(turn, said.wrong) if code in report.needs and report.needs[code].on]
    right = [code for code in _named_needs(turn, said.right) if code not in wrong]
    if changes.shown and not wrong:
        return
    wrong = [code for code in wrong if code not in _named_needs(turn, said.right)]
    for code in wrong:
        report.needs[code].on = False
    fresh = [code for code in right if code not in report.needs or not report.needs[code].on]
    for code in fresh if wrong or not said.wrong else []:
        report.needs[code] = Pick(on=True, source="resident")
        if not turn.need(code).restricted:
            changes.shown.append(("Bantuan", turn.everyday(code)))
        manners = turn.know.manners
        if code in manners.danger_needs and report is turn.state.report:
            warn(turn, [manners.danger_kinds[code]], [code])
    if wrong and not any(pick.on for pick in report.needs.values()):
        report.confirmed = False
    changes.shown += [("Dihapus", turn.everyday(code)) for code in wrong if not turn.need(code).restricted]
    changes.needs = bool(wrong or fresh)
