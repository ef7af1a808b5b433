"""Who it is about: why we ask, then the form, or NIK, name and KK number typed, or nothing. Refusing blocks nothing."""

from __future__ import annotations

from actions.desk import Identity
from bot.conversation.absorb import take_numbers
from bot.conversation.agenda import advance
from bot.conversation.reading import masked, name_in, number_in
from bot.conversation.state import Person
from bot.conversation.steps.rules import StepRules
from bot.conversation.turn import Option, Question, Turn, label, option
from templates import render


async def _ask_identity(turn: Turn) -> Question:
    report = turn.report
    link = await turn.desk.form_link()
    known = turn.state.person
    told = bool(report.person.nik or report.person.kk or report.loose)
    options = []
    if known and known.nik and not report.speaker and not told:
        options.append(option("known", "identity_known", number=masked(known.nik)[-8:]))
    if link:
        options.append(Option("", label("identity_form"), url=link))
    options += [option("agree", "identity_agree") if told else option("type", "identity_type"), option("skip", "skip")]
    text = render("bot/ask_identity.txt", form=link is not None, told=told, behalf=bool(report.speaker))
    return Question(text, tuple(options))


async def _read_identity(turn: Turn) -> bool:
    if turn.says("skip") or turn.says("deny"):
        return await _press_identity(turn, "skip")
    if turn.says("affirm"):
        return await _press_identity(turn, "agree")
    if number_in(turn.text) is None:
        return False
    await _consent(turn, True)  # who was told why and gives the number agrees
    return await _read_number(turn, "nik")


async def _press_identity(turn: Turn, action: str) -> bool:
    report = turn.report
    if action == "known" and turn.state.person:
        report.person = turn.state.person.model_copy()
        report.identity_done = True
    elif action == "skip":
        report.person, report.loose, report.identity_done = Person(), None, True
    elif action not in ("type", "agree"):
        return False
    await _consent(turn, action != "skip")
    await advance(turn)
    return True


async def _consent(turn: Turn, given: bool, way: str = "chat") -> None:
    turn.report.consent = given
    await turn.desk.note_consent(given, wording=turn.know.manners.consent_wording, way=way)


async def _ask_nik(turn: Turn) -> Question:
    return Question(render("bot/ask_nik.txt"), (option("skip", "skip"),))


async def _ask_kk(turn: Turn) -> Question:
    return Question(render("bot/ask_kk.txt"), (option("skip", "skip"),))


async def _read_nik(turn: Turn) -> bool:
    if turn.says("skip") or turn.says("deny"):
        return await _leave(turn, "skip")
    return await _read_number(turn, "nik")


async def _read_kk(turn: Turn) -> bool:
    if turn.says("skip") or turn.says("deny"):
        return await _leave(turn, "skip")
    return await _read_number(turn, "kk")


async def _read_number(turn: Turn, what: str) -> bool:
    """Take the number that was asked for, or say kindly what is wrong with it."""
    number = number_in(turn.text)
    if number is None:
        return False
    turn.delete_incoming = True
    person = turn.report.person
    before = person.model_copy()
    several = take_numbers(turn, turn.text) and person != before and (person.nik if what == "nik" else person.kk)
    problem = None if several else turn.desk.identity_problem(what, number)
    if problem is not None:
        turn.note("number_problem", problem=problem, what=what, count=len(number))
        turn.ask()
        return True
    if not several:
        setattr(person, what, number)
    turn.report.loose = None
    turn.note("number_taken", what=what, telegram=turn.incoming.channel == "telegram")
    await _on(turn)
    return True


async def _leave(turn: Turn, action: str) -> bool:
    if action != "skip":
        return False
    turn.report.identity_done = True
    await advance(turn)
    return True


async def _on(turn: Turn) -> None:
    person = turn.report.person
    turn.report.identity_done = bool(person.nik and person.name and person.kk)
    await advance(turn)


async def _ask_name(turn: Turn) -> Question:
    return Question(render("bot/ask_name.txt"), (option("skip", "skip"),))


async def _read_name(turn: Turn) -> bool:
    if turn.says("skip") or turn.says("deny"):
        return await _leave(turn, "skip")
    if number_in(turn.text):
        return await _read_number(turn, "kk")
    name = name_in(turn.text)
    if name is None or turn.interrupts or turn.tells_need or turn.says("affirm"):
        return False
    turn.report.person.name = name
    await _on(turn)
    return True


async def _ask_which(turn: Turn) -> Question:
    number = masked(turn.report.loose or "")[-8:]
    options = (option("nik", "is_nik"), option("kk", "is_kk"), option("none", "is_neither"))
    return Question(render("bot/ask_which_number.txt", number=number), options)


async def _read_which(turn: Turn) -> bool:
    said = turn.text.casefold().split()
    if "kk" in said or "keluarga" in said:
        return await _press_which(turn, "kk")
    if "nik" in said or "ktp" in said:
        return await _press_which(turn, "nik")
    if turn.says("skip") or turn.says("deny"):
        return await _press_which(turn, "none")
    return False


async def _press_which(turn: Turn, action: str) -> bool:
    report = turn.report
    if action not in ("nik", "kk", "none"):
        return False
    if action != "none" and report.loose and turn.desk.identity_problem(action, report.loose) is None:
        setattr(report.person, action, report.loose)
    report.loose = None
    await advance(turn)
    return True


async def take_form(turn: Turn) -> None:
    """The identity form was sent: its data joins the report in the making, or the ticket that it was given for."""
    form = turn.incoming.form
    if form is None:
        turn.ask()
        return
    person = Person(nik=form.nik or None, name=form.name or None, kk=form.kk or None)
    given = Identity(person.nik, person.name, person.kk)
    await turn.desk.note_consent(True, wording=turn.know.manners.consent_wording, way="form")
    late = await turn.desk.late_form(given)
    if late is not None:
        turn.restricted = turn.restricted or late.restricted
        turn.ticket_number = late.number
        turn.note("form_taken", checked=bool(form.nik), number=None if late.restricted else late.number)
        if turn.state.report is not None:
            turn.ask()
        return
    if turn.state.report is None:
        turn.drop_files = True
        turn.note("form_late")
        turn.ask()
        return
    await turn.desk.check_form(given)
    report = turn.report
    report.person, report.identity_done, report.loose, report.consent = person, True, None, True
    turn.note("form_taken", checked=bool(form.nik), number=None)
    await advance(turn)


IDENTITY = StepRules(_ask_identity, _read_identity, _press_identity)
NIK = StepRules(_ask_nik, _read_nik, _leave)
NAME = StepRules(_ask_name, _read_name, _leave)
KK = StepRules(_ask_kk, _read_kk, _leave)
WHICH_NUMBER = StepRules(_ask_which, _read_which, _press_which)
