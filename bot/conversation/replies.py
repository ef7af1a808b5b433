"""Answers to what an officer wrote: when a message is one, and when it is something new.

A reply to the officer's own message always is. Otherwise the next free message is, while no other question is open and
no report is being made: unless it surely tells a need or asks something, then the resident is asked which it is.
"""

from __future__ import annotations

from actions.desk import Asked
from bot.conversation.absorb import absorb
from bot.conversation.danger import look_for_danger
from bot.conversation.reading import command_of, phrase_of
from bot.conversation.turn import Turn

_CHOICES = 3
_COURTESY = ("greet", "thanks", "goodbye", "cancel")


async def take_reply(turn: Turn) -> bool:
    """Take a text that answers an officer. Says whether it was one, or whether that was asked."""
    if turn.incoming.kind == "edit" or not turn.text or command_of(turn.text) is not None:
        return False
    direct = await _direct(turn)
    if direct is not None and not _gives_away(turn, direct):
        await keep_answer(turn, direct)
        return True
    if turn.state.report is not None or turn.state.step != "idle" or _other(turn):
        return False
    asked = [one for one in await turn.desk.asked() if not _gives_away(turn, one)]
    if not asked:
        return False
    if len({one.number for one in asked}) > 1 or turn.tells_need or turn.intent == "ask_info":
        await absorb(turn, turn.text)
        turn.report.inquiries = [one.inquiry_id for one in asked[:_CHOICES]]
        turn.go("reply")
        turn.ask()
        return True
    await keep_answer(turn, asked[0])
    return True


async def take_file_reply(turn: Turn) -> bool:
    """Take a photo, voice note or document that answers an officer; what asks for a document comes first."""
    direct = await _direct(turn)
    if direct is None:
        if turn.state.report is not None or turn.state.step != "idle":
            return False
        asked = await turn.desk.asked()
        wanted = [one for one in asked if one.kind == "document" and one.waiting] or asked
        if not wanted:
            return False
        direct = wanted[0]
    if _gives_away(turn, direct):
        return False
    if turn.text and command_of(turn.text) is None and look_for_danger(turn, turn.text):
        return False
    await keep_answer(turn, direct)
    return True


async def _direct(turn: Turn) -> Asked | None:
    if turn.incoming.reply_to is None:
        return None
    return next(iter(await turn.desk.asked(turn.incoming.reply_to)), None)


def _gives_away(turn: Turn, asked: Asked) -> bool:
    """Whether it surely tells a restricted need, and those who asked may have no hint of it: it goes its own way."""
    known = turn.know.catalogue.needs
    told = [guess for guess in turn.meaning.needs if guess.sure and guess.need in known]
    return not asked.restricted and any(turn.need(guess.need).restricted for guess in told)


def _other(turn: Turn) -> bool:
    """Courtesies and requests to the bot itself answer no officer."""
    phrase = phrase_of(turn.text, turn.know.manners)
    return phrase in _COURTESY or (turn.interrupts and turn.intent != "ask_info")


async def keep_answer(turn: Turn, asked: Asked) -> None:
    """Let what came in be the answer; the open question, if any, goes on."""
    turn.ticket_number = await turn.desk.answer(asked.inquiry_id)
    turn.inquiry = asked.inquiry_id
    turn.note("answer_kept" if asked.waiting else "answer_more", office=asked.office)
    if turn.state.report is not None:
        turn.ask()
