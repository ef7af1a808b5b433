"""Where the person lives: kelurahan by name, ambiguous ones by kecamatan, RT/RW picked up, "tidak tahu" works."""

from __future__ import annotations

from actions.desk import PlaceHit
from bot.conversation.agenda import advance
from bot.conversation.reading import label_meant, plain, rt_rw_of
from bot.conversation.sending import place_label
from bot.conversation.steps.rules import StepRules
from bot.conversation.turn import Option, Question, Turn, option
from templates import render

_FEW_WORDS = 6


async def _candidates(turn: Turn) -> list[PlaceHit]:
    room = turn.know.manners.buttons_per_message - 2
    hits = [await turn.desk.place(code) for code in turn.report.candidates[:room]]
    return [hit for hit in hits if hit is not None]


async def _ask_place(turn: Turn) -> Question:
    report = turn.report
    hits = await _candidates(turn)
    if hits:
        options = [Option(f"at:{hit.code}", place_label(hit)) for hit in hits]
        last = option("skip", "send_now" if report.urgent else "dont_know")
        return Question(render("bot/ask_which_place.txt"), (*options, option("other", "place_other"), last))
    options = []
    if turn.state.home and turn.state.home.label:
        options.append(option("known", "place_known", place=turn.state.home.label))
    last = option("skip", "send_now") if report.urgent else option("skip", "dont_know")
    text = render("bot/ask_place.txt", urgent=report.urgent, rt=report.home.rt, hushed=turn.hushed)
    return Question(text, (*options, last))


async def _read_place(turn: Turn) -> bool:
    if turn.says("skip") or (turn.says("deny") and not turn.report.candidates):
        return await _press_place(turn, "skip")
    if turn.interrupts or (turn.tells_need and not _names_place(turn)) or turn.says("affirm") or turn.says("deny"):
        return False
    rt, rw = rt_rw_of(turn.text)
    home = turn.report.home
    home.rt, home.rw = rt or home.rt, rw or home.rw
    hits = await turn.desk.find_places(turn.text)
    if not hits:
        return await _not_found(turn)
    if len(hits) == 1:
        await _take(turn, hits[0])
        return True
    turn.report.candidates = [hit.code for hit in hits]
    turn.go("place", "which")
    turn.ask()
    return True


async def place_alone(turn: Turn) -> bool:
    """Take a place that is told while something else is asked ("legok"); the open question goes on.

    Says whether the text is nothing but a place.
    """
    report, said = turn.state.report, plain(turn.text)
    if report is None or turn.tells_need or len(said.split()) > _FEW_WORDS:
        return False
    hits = await turn.desk.find_places(turn.text)
    hits = hits if _names_place(turn) else [hit for hit in hits if plain(hit.name) == said]
    city = label_meant(turn.text, turn.know.manners.city_words.items())
    if len(hits) == 1:
        report.home.code, report.home.label = hits[0].code, place_label(hits[0])
        report.candidates, report.place_done = [], True
    elif hits:
        report.candidates, report.place_done = [hit.code for hit in hits], False
    elif city is not None and report.home.code is None:
        report.home.code, report.home.label = city, turn.know.manners.cities[city]
    else:
        return False
    rt, rw = rt_rw_of(turn.text)
    report.home.rt, report.home.rw = rt or report.home.rt, rw or report.home.rw
    turn.note("place_noted", place=hits[0].name if len(hits) > 1 else report.home.label)
    if report.place_done and turn.state.step in ("place", "city"):
        await advance(turn)  # it was what is asked here, whatever the NLU took it for
    else:
        turn.ask()
    return True


def _names_place(turn: Turn) -> bool:
    return any(entity.entity == "place" for entity in turn.meaning.entities)


async def _not_found(turn: Turn) -> bool:
    if rt_rw_of(turn.text)[0]:
        turn.note("rt_noted", rt=turn.report.home.rt)
        turn.ask()
        return True
    turn.state.tries += 1
    turn.report.candidates = []
    turn.note("place_unknown")
    if turn.state.tries >= turn.know.manners.tries:
        turn.go("city")
    turn.ask()
    return True


async def _take(turn: Turn, hit: PlaceHit) -> None:
    report = turn.report
    report.home.code, report.home.label = hit.code, place_label(hit)
    report.candidates, report.place_done = [], True
    await advance(turn)


async def _press_place(turn: Turn, action: str) -> bool:
    report = turn.report
    if action.startswith("at:"):
        hit = await turn.desk.place(action[3:]) if action[3:] in report.candidates else None
        if hit is None:
            return False
        await _take(turn, hit)
        return True
    if action == "other":
        report.candidates = []
        turn.note("place_other")
        turn.go("place", "again")
        turn.ask()
        return True
    if action == "known" and turn.state.home:
        report.home = turn.state.home.model_copy(update={"rt": report.home.rt or turn.state.home.rt})
        report.place_done = True
    elif action == "skip":
        report.candidates = []
        report.place_done = report.urgent or report.home.code is not None
        if not report.place_done:
            turn.note("place_skipped")
            turn.go("city")
            turn.ask()
            return True
    else:
        return False
    await advance(turn)
    return True


async def _ask_city(turn: Turn) -> Question:
    options = [Option(f"c:{code}", name) for code, name in turn.know.manners.cities.items()]
    return Question(render("bot/ask_city.txt"), (*options, option("skip", "skip")))


async def _read_city(turn: Turn) -> bool:
    if turn.says("skip") or turn.says("deny"):
        return await _press_city(turn, "skip")
    meant = label_meant(turn.text, turn.know.manners.city_words.items())
    if meant is not None:
        return await _press_city(turn, f"c:{meant}")
    if turn.interrupts or turn.tells_need or turn.says("affirm"):
        return False
    hits = await turn.desk.find_places(turn.text)
    if not hits:
        turn.note("place_unknown")
        turn.ask()
        return True
    return await _read_place(turn)


async def _press_city(turn: Turn, action: str) -> bool:
    report = turn.report
    cities = turn.know.manners.cities
    if action.startswith("c:") and action[2:] in cities:
        report.home.code, report.home.label = action[2:], cities[action[2:]]
    elif action != "skip":
        return False
    report.place_done = True
    await advance(turn)
    return True


PLACE = StepRules(_ask_place, _read_place, _press_place)
CITY = StepRules(_ask_city, _read_city, _press_city)
