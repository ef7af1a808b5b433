"""Questions in the middle of a talk, answered from the catalogue; and programmes whose door is another one."""

from __future__ import annotations

from bot.conversation.reading import plain
from bot.conversation.sending import ENDED
from bot.conversation.turn import Turn
from nlu.lexicon import normalise_text
from referral.catalogue import OtherDoor

_MOST_NEEDS = 2


async def answer_question(turn: Turn) -> bool:
    """Answer what the text asks, if the catalogue knows the question. Says whether it did."""
    about_itself = turn.intent == "ask_info"
    if not about_itself and (turn.tells_need or len(turn.text.split()) > turn.know.manners.story_words):
        return False
    answer = turn.know.catalogue.asked(normalise_text(turn.text), turn.text)
    if answer is None:
        return False
    if answer.about is None:
        turn.note("faq", answer=answer)
        return True
    if about_itself and turn.meaning.needs and turn.state.report is None:
        return False  # the whole answer about that need, and an offer to report it
    doors = await _doors(turn)
    turn.note("faq_about", about=answer.about, doors=doors)
    return True


async def _doors(turn: Turn) -> list[dict[str, object]]:
    """The needs that are talked about, each with its office; the SLRT's own when nothing tells."""
    home = turn.state.report.home if turn.state.report else turn.state.home
    answers = turn.state.report.answers if turn.state.report else {}
    found = []
    for code in (await _talked_about(turn))[:_MOST_NEEDS] or ["other_need"]:
        door = turn.know.catalogue.route(code, home.code if home else None, answers)
        found.append({"need": turn.need(code), "agency": door.agency, "named": code != "other_need"})
    return found


async def _talked_about(turn: Turn) -> list[str]:
    known = turn.know.catalogue.needs
    named = [guess.need for guess in turn.meaning.needs if guess.need in known]
    codes = named or turn.ticked
    if not codes and turn.state.report is None:
        tickets = [ticket for ticket in await turn.desk.my_tickets() if ticket.state not in ENDED]
        codes = [line.need for ticket in tickets[:1] for line in ticket.referrals]
    return [code for code in codes if not known[code].restricted]


def tell_other_doors(turn: Turn) -> None:
    """Say at once, and once, when a programme that was named doesn't fit, with the door that does."""
    report = turn.state.report
    if report is None or report.urgent or turn.hushed:
        return
    said = f" {plain(' '.join(words.text for words in report.words))} "
    for door in turn.know.catalogue.doors:
        if door.code not in report.said and _fits(turn, door, said):
            report.said.append(door.code)
            turn.note("other_door", door=door)


def _fits(turn: Turn, door: OtherDoor, said: str) -> bool:
    report = turn.report
    if door.words and not any(f" {word} " in said for word in door.words):
        return False
    if door.needs is not None and not set(door.needs) & set(turn.ticked):
        return False
    here = f"{report.home.code or ''}."
    if door.regions is not None and not any(here.startswith(f"{region}.") for region in door.regions):
        return False
    return all(report.answers.get(question) in values for question, values in door.answers.items())
