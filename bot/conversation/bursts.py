"""People tell in several messages: which of them wait for more, and which are answered at once."""

from __future__ import annotations

from actions.talk import Hold, Part, together, with_part
from bot.conversation.danger import danger_in
from bot.conversation.reading import command_of, phrase_of
from bot.conversation.turn import Turn
from nlu.lexicon import normalise_text

FILES = frozenset({"photo", "voice", "document"})
_JOINING = FILES | {"text", "edit", "other"}
_AT_ONCE = frozenset({"cancel", "ask_status", "help", "talk_to_human"})


def waits_for_more(turn: Turn) -> bool:
    """Let what tells something new wait for a moment of quiet, where more may come. Says whether it does."""
    if not turn.incoming.more_may_come or turn.incoming.kind == "edit" or is_too_big(turn):
        return False
    turn.hold = _wait(turn)
    return True


def letter_goes_on(turn: Turn) -> bool:
    """Let the first part of a long letter wait for the rest, unless danger words stand in it. Says whether it does.

    What the NLU alone takes for urgent in thousands of characters can wait three seconds, and be read as a whole.
    """
    first = turn.state.step == "idle" and turn.state.report is None
    if not first or turn.incoming.parts or len(turn.text) < turn.know.manners.quiet.long_part:
        return False
    return not turn.know.catalogue.dangers(normalise_text(turn.text), turn.text) and waits_for_more(turn)


def puts_off(turn: Turn) -> bool:
    """While words of this chat wait: join them, or let them be answered first. Says whether this waits too."""
    incoming = turn.incoming
    if not incoming.waiting:
        return False
    if incoming.kind not in _JOINING or is_too_big(turn) or _wants_answer(turn) or _changes_other(turn):
        turn.hold = Hold("first")
        return True
    words = together(with_part(incoming.waiting, Part(incoming.kind, turn.text, incoming.message_id)))
    turn.hold = Hold("join") if danger_in(turn, words) is not None else _wait(turn)
    return True


def is_too_big(turn: Turn) -> bool:
    """Whether it is a file that can't be fetched."""
    file = turn.incoming.file
    return file is not None and (file.size or 0) > turn.know.manners.largest_file_mb * 1024 * 1024


def _wait(turn: Turn) -> Hold:
    quiet = turn.know.manners.quiet
    long = turn.incoming.album is not None or len(turn.text) >= quiet.long_part
    return Hold("wait", quiet.long_seconds if long else quiet.seconds, quiet.most)


def _wants_answer(turn: Turn) -> bool:
    if (
        turn.incoming.reply_to is not None
        or command_of(turn.text) is not None
        or phrase_of(turn.text, turn.know.manners) in _AT_ONCE
    ):
        return True
    return turn.state.step == "code" or turn.know.catalogue.safety.read(turn.text) is not None


def _changes_other(turn: Turn) -> bool:
    """Whether it changes a message that doesn't wait any more."""
    incoming = turn.incoming
    return incoming.kind == "edit" and all(part.id != incoming.message_id for part in incoming.waiting)
