"""What is asked later: why it did not help, a word with the rating, a photo for an officer, whose answer it is."""

from __future__ import annotations

from actions.desk import Asked
from bot.conversation.agenda import advance
from bot.conversation.reading import has_words, phrase_of
from bot.conversation.replies import keep_answer
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


async def keep_reason(turn: Turn) -> None:
    """Words that speak of danger go the urgent way, but if they were asked for they also say why it did not help."""
    if turn.state.step == "why":
        await turn.desk.say_why(int(turn.state.sub.partition(":")[0]), turn.text)


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


async def _ask_photo(turn: Turn) -> Question:
    asked = await turn.desk.asked_by(int(turn.state.sub))
    return Question(render("bot/ask_photo.txt", text=asked.text if asked else ""), (option("later", "later"),))


async def _read_photo(turn: Turn) -> bool:
    """Words instead of the photo: the officer gets them, unless they are a matter of their own."""
    phrase = phrase_of(turn.text, turn.know.manners)
    if phrase in _NO:
        return await _press_photo(turn, "later")
    await _leave(turn)
    return False


async def _press_photo(turn: Turn, action: str) -> bool:
    if action != "later":
        return False
    turn.note("photo_later")
    await _leave(turn)
    return True


async def _file_photo(turn: Turn) -> bool:
    asked = await turn.desk.asked_by(int(turn.state.sub))
    await _leave(turn)
    if asked is None:
        return False
    await keep_answer(turn, asked)
    return True


async def _ask_reply(turn: Turn) -> Question:
    options = [
        option(f"k:{one.inquiry_id}", "is_reply", number=one.number, office=one.office) for one in await _asked(turn)
    ]
    return Question(render("bot/ask_reply.txt"), (*options, option("new", "new_report")))


async def _asked(turn: Turn) -> list[Asked]:
    """What the words may answer: for each ticket the newest."""
    found = [await turn.desk.asked_by(inquiry) for inquiry in turn.report.inquiries]
    newest: dict[str, Asked] = {}
    for one in found:
        if one is not None:
            newest.setdefault(one.number, one)
    return list(newest.values())


async def _read_reply(turn: Turn) -> bool:
    if turn.says("deny") or turn.text.casefold().split()[:1] in (["baru"], ["beda"]):
        return await _press_reply(turn, "new")
    if turn.says("affirm") and turn.report.inquiries:
        return await _press_reply(turn, f"k:{turn.report.inquiries[0]}")
    return False


async def _press_reply(turn: Turn, action: str) -> bool:
    if action == "new":
        turn.report.tickets = []
        await advance(turn)
        return True
    number = action.removeprefix("k:")
    if not number.isdecimal() or int(number) not in turn.report.inquiries:
        return False
    asked = await turn.desk.asked_by(int(number))
    turn.ticket_number = await turn.desk.answer(int(number), earlier=True)
    turn.close()
    turn.note("answer_kept", office=asked.office if asked else "")
    return True


WHY = StepRules(_ask_why, _read_why, _press_why, alone=True, file=_file_why)
RATE_WORDS = StepRules(_ask_rate_words, _read_rate_words, _press_rate_words, alone=True)
PHOTO = StepRules(_ask_photo, _read_photo, _press_photo, alone=True, file=_file_photo)
REPLY = StepRules(_ask_reply, _read_reply, _press_reply)
