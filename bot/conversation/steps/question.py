"""The catalogue's questions: buttons or a few words; what can't be read is asked once more with the reason why."""

from __future__ import annotations

from bot.conversation.absorb import absorb, learn
from bot.conversation.agenda import advance
from bot.conversation.answers import Heard, answered
from bot.conversation.pages import page_in, page_of
from bot.conversation.steps.place import place_alone
from bot.conversation.steps.rules import StepRules
from bot.conversation.turn import Option, Question, Turn, option
from referral import catalogue


def _open(turn: Turn) -> catalogue.Question:
    return turn.know.catalogue.questions[_code(turn)]


def _code(turn: Turn) -> str:
    return turn.state.sub.partition(".")[0]


async def _ask_question(turn: Turn) -> Question:
    question = _open(turn)
    page = int(turn.state.sub.partition(".")[2] or 0)
    buttons = question.kind == "choice" or turn.state.tries >= turn.know.manners.tries
    options = [Option(f"a:{choice.value}", choice.label) for choice in question.choices] if buttons else []
    room = turn.know.manners.buttons_per_message - 1
    return Question(question.ask, (*page_of(options, page, room), option("skip", "dont_know")))


async def _read_question(turn: Turn) -> bool:
    question = _open(turn)
    if turn.incoming.kind == "edit":
        return False
    heard = answered(question, turn.text, turn.meaning.entities, turn.know.manners)
    if turn.says("skip") and (heard.value is None or not _is_choice(question, heard.value)):
        return await _press_question(turn, "skip")
    chosen = heard.value is not None and _is_choice(question, heard.value)
    if question.kind != "text" and not chosen and await place_alone(turn):
        return True
    if turn.interrupts or (_goes_on(turn, question, heard)):
        return False
    if heard.value is None:
        return await _not_read(turn, question, heard)
    turn.report.answers[question.code] = heard.value
    await _take_the_rest(turn, question)
    await advance(turn)
    return True


def _goes_on(turn: Turn, question: catalogue.Question, heard: Heard) -> bool:
    """Whether the text tells more of the story instead of answering."""
    clear = heard.value is not None and (question.kind != "text" and _is_choice(question, heard.value))
    if clear or (question.kind in ("age", "number", "amount", "digits") and heard.value is not None):
        return False
    new_need = turn.tells_need and any(guess.need not in turn.ticked for guess in turn.meaning.needs if guess.sure)
    return new_need or len(turn.text.split()) > 2 * turn.know.manners.story_words


def _is_choice(question: catalogue.Question, value: str) -> bool:
    return any(choice.value == value for choice in question.choices)


async def _take_the_rest(turn: Turn, question: catalogue.Question) -> None:
    """What else the answer tells; a long one belongs to the story too."""
    turn.delete_incoming = turn.delete_incoming or question.kind == "digits"
    if len(turn.text.split()) > turn.know.manners.story_words or turn.tells_need:
        await absorb(turn, turn.text)
    else:
        await learn(turn, turn.text)


async def _not_read(turn: Turn, question: catalogue.Question, heard: Heard) -> bool:
    """Ask again with the reason; after two tries offer buttons, after that leave it to an officer."""
    turn.state.tries += 1
    with_buttons = question.kind == "choice" or not question.choices
    if turn.state.tries >= turn.know.manners.tries + (0 if with_buttons else 1):
        turn.note("question_left")
        return await _press_question(turn, "skip")
    turn.note("question_problem", problem=heard.problem, count=heard.count, question=question)
    turn.ask()
    return True


async def _press_question(turn: Turn, action: str) -> bool:
    question = _open(turn)
    page = page_in(action)
    if page is not None:
        turn.state.sub, turn.in_place = f"{question.code}.{page}", True
        turn.ask()
        return True
    if action == "skip":
        turn.report.skipped.append(question.code)
    elif action[:2] == "a:" and _is_choice(question, action[2:]):
        turn.report.answers[question.code] = action[2:]
    else:
        return False
    await advance(turn)
    return True


QUESTION = StepRules(_ask_question, _read_question, _press_question)
