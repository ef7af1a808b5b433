"""What is asked after the answer: why it did not help, and a word with the rating. Both can be skipped."""

from __future__ import annotations

from bot.conversation.agenda import advance
from bot.conversation.reading import has_words, phrase_of
from bot.conversation.steps.rules import StepRules
from bot.conversation.turn import Question, Turn, option
from templates import render

_NO = ("skip", "deny", "cancel")


async def _ask_why(turn: Turn) -> Question:
    return Question(render("bot/ask_why.txt"), (option("skip", "skip"),))


async def _read_why(turn: Turn) -> bool:
    """The next words are why it did not help, unless they surely tell another need."""
    phrase = phrase_of(turn.text, turn.know.manners)
    if phrase in _NO:
        return await _press_why(turn, "skip")
    if phrase is not None or not has_words(turn.text):
        return False
    referral, _, need = turn.state.sub.partition(":")
    if turn.tells_need and need not in {guess.need for guess in turn.meaning.needs}:
        await _leave(turn)
        return False
    turn.ticket_number = await turn.desk.say_why(int(referral), turn.text)
    turn.note("why_kept")
    await _leave(turn)
    return True


async def _press_why(turn: Turn, action: str) -> bool:
    if action != "skip":
        return False
    turn.note("why_skipped")
    await _leave(turn)
    return True


async def _file_why(turn: Turn) -> bool:
    """A voice note or photo tells why as well as words do."""
    referral = turn.state.sub.partition(":")[0]
    turn.ticket_number = await turn.desk.say_why(int(referral), turn.text or None)
    turn.note("why_kept")
    await _leave(turn)
    return True


async def _ask_rate_words(turn: Turn) -> Question:
    return Question(render("bot/ask_rate_words.txt"), (option("skip", "skip"),))


async def _read_rate_words(turn: Turn) -> bool:
    """The next words go with the rating, unless they are clearly about something else: nothing was promised here."""
    phrase = phrase_of(turn.text, turn.know.manners)
    if phrase in _NO or phrase == "thanks":
        return await _press_rate_words(turn, "skip")
    if not has_words(turn.text):
        return False
    referral = int(turn.state.sub)
    await _leave(turn)
    if phrase is not None or turn.tells_need or turn.interrupts:
        return False
    turn.ticket_number = await turn.desk.add_rating_words(referral, turn.text)
    turn.note("rate_words_kept")
    return True


async def _press_rate_words(turn: Turn, action: str) -> bool:
    if action != "skip":
        return False
    turn.note("rate_words_skipped")
    await _leave(turn)
    return True


async def _leave(turn: Turn) -> None:
    """Go back to the report that was being made, if there was one."""
    if turn.state.report is not None:
        await advance(turn)
    else:
        turn.go("idle")


WHY = StepRules(_ask_why, _read_why, _press_why, alone=True, file=_file_why)
RATE_WORDS = StepRules(_ask_rate_words, _read_rate_words, _press_rate_words, alone=True)
