"""One turn of the conversation: what came in finds the rule that answers it, and the open question goes on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from actions.desk import Desk
from actions.talk import Incoming, Reply, Step, Turned
from bot.conversation.absorb import absorb, keep_words
from bot.conversation.after import press_lasting
from bot.conversation.agenda import advance
from bot.conversation.bursts import FILES, is_too_big, letter_goes_on, puts_off, waits_for_more
from bot.conversation.correcting import correct
from bot.conversation.danger import danger_in, look_for_danger
from bot.conversation.informing import answer_question
from bot.conversation.interrupts import command, interruption, introduce, resume
from bot.conversation.lengths import split_text
from bot.conversation.manners import load_manners
from bot.conversation.pages import page_in
from bot.conversation.reading import command_of, has_words, label_meant, phrase_of
from bot.conversation.reminding import remind, remind_after
from bot.conversation.replies import take_file_reply, take_reply
from bot.conversation.safety import unlocked, wipe
from bot.conversation.state import State
from bot.conversation.status import open_tickets
from bot.conversation.steps.after import keep_reason
from bot.conversation.steps.contact import take_phone
from bot.conversation.steps.identity import take_form
from bot.conversation.steps.officer import take_number
from bot.conversation.steps.place import place_alone
from bot.conversation.steps.table import STEPS
from bot.conversation.steps.tell import not_clear
from bot.conversation.turn import Knowledge, Turn, understood
from nlu.port import Understanding
from referral.catalogue import Catalogue

_FACTS = {"contact", "location"}
_SHORT_ANSWERS = {"affirm", "deny", "skip"}


def make_step(catalogue: Catalogue, demo: bool, *, emergency_page: str | None = None) -> Step:
    """The engine for a catalogue. `emergency_page`: address of the public page of numbers that a button may open."""
    know = Knowledge(catalogue, load_manners(), demo, emergency_page)

    async def step(state: dict[str, Any], incoming: Incoming, meaning: Understanding | None, desk: Desk) -> Turned:
        turn = Turn(know, State.read(state), incoming, understood(meaning), desk, text=(incoming.text or "").strip())
        begun = turn.state.report is not None
        await _converse(turn)
        if turn.hold is not None:
            return Turned(state, hold=turn.hold)
        return await _finish(turn, begun)

    return step


async def _converse(turn: Turn) -> None:
    kind = turn.incoming.kind
    rules = STEPS.get(turn.state.step)
    if rules is None or (turn.state.report is None and not rules.alone):
        turn.go("idle")
    if puts_off(turn):
        return
    if turn.incoming.parts:
        await _together(turn)
    elif kind == "button":
        await _button(turn, turn.incoming.button or "")
    elif kind == "form":
        await take_form(turn)
    elif kind == "remind":
        remind(turn)
    elif kind in _FACTS:
        await _fact(turn)
    elif kind in FILES:
        await _file(turn)
    else:
        await _text(turn)


async def _button(turn: Turn, data: str) -> None:
    if await press_lasting(turn, data):
        return
    parts = data.split(":", 2)
    fresh = len(parts) == 3 and parts[0] == "v1" and parts[1] == turn.state.nonce
    if fresh and page_in(parts[2]) is not None and parts[2] not in turn.state.shown:
        fresh = False  # the page that it leads to stands there already, or is gone
    if fresh and await STEPS[turn.state.step].press(turn, parts[2]):
        return
    turn.in_place = False
    turn.note("old_button")
    turn.ask()


async def _text(turn: Turn) -> None:
    text = turn.text
    word = command_of(text)
    if word is not None and await command(turn, word):
        return
    if phrase_of(text, turn.know.manners) == "wipe":
        await wipe(turn, None)
        return
    if await unlocked(turn):
        return
    if letter_goes_on(turn) or await _danger(turn):
        return
    if await take_reply(turn):
        return
    if not has_words(text) and phrase_of(text, turn.know.manners) is None:
        await _junk(turn)
    elif not (turn.incoming.kind == "edit" and await _edited(turn)):
        await _ordinary(turn)


async def _danger(turn: Turn) -> bool:
    """The numbers first, and the short path. Says whether the text speaks of danger."""
    first = not turn.state.greeted
    if not look_for_danger(turn, turn.text):
        return False
    await keep_reason(turn)
    await absorb(turn, turn.text)
    turn.report.tickets = []
    if first and turn.on_trial:
        turn.note("trial")
    turn.note("danger_next")
    turn.state.greeted = True
    await advance(turn)
    return True


async def _together(turn: Turn) -> None:
    """Several messages that waited for each other: files are kept, words are one story."""
    files = [part.kind for part in turn.incoming.parts if part.kind in FILES]
    if files:
        turn.note("file_saved", kind=files[0] if len(set(files)) == 1 else "document", count=len(files))
        answers = STEPS[turn.state.step].file
        if (answers is not None and await answers(turn)) or await take_file_reply(turn):
            return
    if await _danger(turn):
        return
    if not has_words(turn.text):
        await (_kept_alone(turn, files[0]) if files else _junk(turn))
        return
    asks = turn.says("ask_info") or (turn.interrupts and not turn.says("cancel") and not turn.meaning.needs)
    if asks and await interruption(turn):
        return
    if turn.state.step != "story" or not await STEPS["story"].read(turn):
        await _more_words(turn)


async def _edited(turn: Turn) -> bool:
    """A message was changed whose ticket is on its way: the new words go there. Says whether it is so."""
    assert turn.incoming.message_id is not None
    number = await turn.desk.ticket_of(turn.incoming.message_id)
    if number is None:
        return False
    await turn.desk.add_words(number, turn.text)
    turn.ticket_number = number
    turn.note("edit_saved")
    if turn.state.report is not None:
        turn.ask()
    return True


async def _junk(turn: Turn) -> None:
    """No words in it: an answer all the same if it is one (a number), otherwise a calm line."""
    if turn.text and command_of(turn.text) is None and await _answer(turn):
        return
    if not turn.state.greeted:
        introduce(turn, "greeting")
    else:
        turn.note("no_words")
    turn.ask()


async def _answer(turn: Turn) -> bool:
    """Take the text as the open question's answer: what a button says, or what the step reads in it."""
    rules = STEPS[turn.state.step]
    meant = label_meant(turn.text, turn.state.shown.items())
    if meant is not None and await rules.press(turn, meant):
        turn.in_place = False
        return True
    return await rules.read(turn)


async def _ordinary(turn: Turn) -> None:
    if turn.incoming.kind != "edit":
        if await correct(turn):
            return
        if await answer_question(turn):
            resume(turn)
            return
        if await _answer(turn) or await place_alone(turn):
            return
    if await interruption(turn):
        return
    if phrase_of(turn.text, turn.know.manners) in _SHORT_ANSWERS or turn.intent in ("affirm", "deny"):
        turn.note("choose_button" if turn.state.report is not None else "what_else")
        turn.ask()
        return
    await _more_words(turn)


async def _more_words(turn: Turn) -> None:
    """Words of the story: they begin a report or join the one in the making."""
    if waits_for_more(turn):
        return
    begins = turn.state.report is None
    tickets = await open_tickets(turn) if begins else []
    new_need = await absorb(turn, turn.text)
    if begins and tickets and not _tells_restricted(turn):
        turn.report.tickets = tickets
        turn.go("which_ticket")
        turn.ask()
        return
    if not begins:
        turn.note("words_more", new_need=new_need, needs=[turn.everyday(code) for code in turn.ticked])
    elif not turn.meaning.available:
        turn.note("saved_for_later")
    elif not turn.report.needs:
        turn.note("not_understood" if not turn.meaning.known else "which_need")
    if turn.meaning.available and not turn.report.needs:
        not_clear(turn)
    if turn.state.step in ("which_ticket", "cancel", "restart"):
        turn.ask()
    else:
        await advance(turn)


def _tells_restricted(turn: Turn) -> bool:
    """Such a need never joins a ticket that others see, nor is it pointed out that one is there."""
    return any(turn.need(code).restricted for code in turn.report.needs)


async def _file(turn: Turn) -> None:
    """A photo, voice note or document is kept for the officer; its caption is a text like any other."""
    if is_too_big(turn):
        await _too_big(turn)
        return
    if turn.incoming.album is not None and danger_in(turn, turn.text) is None and waits_for_more(turn):
        return
    turn.note("file_saved", kind=turn.incoming.kind, count=1)
    answers = STEPS[turn.state.step].file
    if (answers is not None and await answers(turn)) or await take_file_reply(turn):
        return
    if has_words(turn.text):
        await _text(turn)
        return
    await _kept_alone(turn, turn.incoming.kind)


async def _too_big(turn: Turn) -> None:
    """It can't be fetched: said at once, so that nobody waits for an answer to it. Its caption counts."""
    turn.note("file_too_big", kind=turn.incoming.kind, megabytes=turn.know.manners.largest_file_mb)
    if has_words(turn.text):
        await _text(turn)
    else:
        turn.ask()


async def _kept_alone(turn: Turn, kind: str) -> None:
    """Files without a word: they belong to the report in the making, else to the open ticket, else they begin one."""
    tickets = await open_tickets(turn) if turn.state.report is None else []
    if tickets:
        turn.ticket_number = tickets[0]
        turn.note("file_for_ticket", number=tickets[0])
        return
    if turn.state.report is None and kind == "voice":
        turn.note("voice_please_write")
    await _go_on(turn)


async def _fact(turn: Turn) -> None:
    cards = {"contact": take_phone, "officer": take_number}
    if turn.state.step in cards and await cards[turn.state.step](turn):
        return
    report = turn.state.report
    turn.note(f"{turn.incoming.kind}_saved", ask_place=report is not None and not report.place_done)
    if turn.text and turn.state.report is not None:
        keep_words(turn, turn.text)
    turn.ask()


async def _go_on(turn: Turn) -> None:
    if turn.state.report is None:
        _ = turn.report
        await advance(turn)
    else:
        turn.ask()


def _introduce_first(turn: Turn) -> None:
    """Whoever writes for the first time hears with whom they speak, whatever they wrote."""
    if not turn.state.greeted:
        said, turn.notes = turn.notes, []
        introduce(turn, "greeting_short")
        if turn.replies:
            first = turn.replies[0]
            turn.replies[0] = replace(first, text=f"{turn.notes.pop()}\n\n{first.text}")
        turn.notes += said


async def _finish(turn: Turn, begun: bool) -> Turned:
    _introduce_first(turn)
    limit = turn.know.manners.reply_limit
    words, rows = list(turn.notes), turn.rows(())
    if turn.asking:
        question = await STEPS[turn.state.step].ask(turn)
        words.append(question.text)
        turn.state.shown = {option.action: option.label for option in question.options if option.url is None}
        rows = turn.rows(question.options)
    hushed = turn.hushed or turn.restricted
    edits = turn.incoming.message_id if turn.in_place and not (turn.notes or turn.replies) else None
    pieces = split_text("\n\n".join(words), limit) if words else []
    last = len(pieces) - 1
    said = [
        Reply(piece, rows if number == last else (), hushed, edits if number == last else None)
        for number, piece in enumerate(pieces)
    ]
    replies = [
        replace(reply, text=piece, buttons=reply.buttons if piece is cut[-1] else ())
        for reply in turn.replies
        for cut in [split_text(reply.text, limit)]
        for piece in cut
    ]
    return Turned(
        state=turn.state.write(),
        replies=(*replies, *said),
        delete_incoming=turn.delete_incoming,
        restricted=hushed,
        secret=turn.secret,
        ticket_number=turn.ticket_number,
        confidential=turn.confidential,
        inquiry=turn.inquiry,
        drop_files=turn.drop_files,
        dropped=begun and turn.state.report is None and turn.ticket_number is None,
        remind_after=remind_after(turn),
        extra={"asked": turn.state.step if turn.asking else None, "why": bool(turn.notes or turn.replies)},
    )
