"""Taking a text into the report: the words themselves, and every fact in them that would be asked later."""

from __future__ import annotations

from actions.talk import Part
from bot.conversation.answers import told
from bot.conversation.behalf import speaks_for
from bot.conversation.reading import guess_number, place_named, rt_rw_of
from bot.conversation.sending import place_label
from bot.conversation.state import Pick, Words
from bot.conversation.turn import Turn
from nlu.port import NeedGuess
from registry.nik import find_identity_numbers, redact


async def absorb(turn: Turn, text: str) -> bool:
    """Keep the text as part of the story and pick up its facts. Says whether a need is new on the list."""
    keep_words(turn, text)
    return await learn(turn, text)


async def learn(turn: Turn, text: str) -> bool:
    """Pick up a text's facts alone. Says whether a need is new on the list."""
    if not turn.meaning.available:
        turn.report.understood = False
    take_numbers(turn, text)
    take_answers(turn, text)
    take_speaker(turn, text)
    await take_place(turn, text)
    return take_needs(turn, text)


def keep_words(turn: Turn, text: str) -> None:
    """Add the words, or put them in the place of the message that was edited."""
    for part in turn.incoming.parts or [Part(turn.incoming.kind, text, turn.incoming.message_id)]:
        _keep_part(turn, part)


def _keep_part(turn: Turn, part: Part) -> None:
    report, said = turn.report, Words(id=part.id, text=redact(part.text).strip())
    if part.kind == "edit":
        for number, words in enumerate(report.words):
            if words.id is not None and words.id == said.id:
                report.words[number] = said
                return
    room = turn.know.manners.complaint_limit - sum(len(words.text) for words in report.words)
    if len(said.text) > room:
        turn.note("long_story")
        said.text = said.text[: max(room, 0)]
    if said.text:
        report.words.append(said)


def take_needs(turn: Turn, text: str) -> bool:
    """Put what was understood of the text on the checklist: sure needs ticked, others offered."""
    report, new, manners = turn.report, False, turn.know.manners
    guesses = list(turn.meaning.needs)
    if not report.needs and not any(guess.sure for guess in guesses):
        guesses += turn.meaning.candidates
    most = manners.likeliest if len(text) < manners.letter else manners.likeliest_in_letter
    doubtful = [guess for guess in guesses if not _sure(turn, guess)][most:]
    for guess in guesses:
        if guess in doubtful:
            continue
        if guess.need not in turn.know.catalogue.needs:
            continue
        sure, believed = _sure(turn, guess), guess in turn.meaning.needs
        pick = report.needs.get(guess.need)
        if pick is None or (sure and not pick.on and pick.source == "nlu"):
            report.needs[guess.need] = Pick(on=sure, source="nlu", confidence=guess.confidence, believed=believed)
            new = True
    if new:
        report.confirmed = False
    return new


def _sure(turn: Turn, guess: NeedGuess) -> bool:
    return guess.sure and guess in turn.meaning.needs


def take_answers(turn: Turn, text: str) -> None:
    """Answer the catalogue's questions that are open from the text, where it tells clearly."""
    report = turn.report
    for code, question in turn.know.catalogue.questions.items():
        value = told(question, text, turn.meaning.entities) if code not in report.answers else None
        if value is not None:
            report.answers[code] = value


def take_speaker(turn: Turn, text: str) -> None:
    """Notice that somebody speaks for a person outside the own household; who has said otherwise is not asked again."""
    report, rules = turn.report, turn.know.manners.behalf
    if report.speaker is None:
        report.speaker = speaks_for(rules, text)
    told_other = any(report.answers.get(code) in values for code, values in rules.answers.items())
    if report.speaker is None and told_other:
        report.speaker = rules.otherwise


def take_numbers(turn: Turn, text: str) -> bool:
    """Take identity numbers out of the text into the report. Says whether there was one that can be right."""
    taken = False
    labelled = {entity.norm or entity.value: entity.entity for entity in turn.meaning.entities}
    for start, _end, digits in find_identity_numbers(text):
        turn.delete_incoming = True
        what = guess_number(text, start, digits).what
        if what is None and labelled.get(digits) == "kk_number":
            what = "kk"
        taken = _put_number(turn, what, digits) or taken
    return taken


def _put_number(turn: Turn, what: str | None, digits: str) -> bool:
    person = turn.report.person
    if what is None and turn.desk.identity_problem("nik", digits) is not None:
        what = "kk"
    if what is None and person.nik is None:
        turn.report.loose = digits
        return True
    if what is not None and turn.desk.identity_problem(what, digits) is None:
        setattr(person, what, digits)
        return True
    return False


async def take_place(turn: Turn, text: str) -> bool:
    """Pick up RT, RW and a place that the text names. Says whether anything was found."""
    home = turn.report.home
    rt, rw = rt_rw_of(text)
    home.rt, home.rw = rt or home.rt, rw or home.rw
    named = [entity.value for entity in turn.meaning.entities if entity.entity == "place"]
    after_word = place_named(text)
    for words in [*named, *([after_word] if after_word else [])]:
        hits = await turn.desk.find_places(" ".join([words, *(other for other in named if other != words)]))
        hits = hits or await turn.desk.find_places(words)
        if len(hits) == 1:
            home.code, home.label = hits[0].code, place_label(hits[0])
            turn.report.candidates, turn.report.place_done = [], True
            return True
        if hits and not turn.report.place_done:
            turn.report.candidates = [hit.code for hit in hits]
            return True
    return bool(rt or rw)
