"""What may be said at any moment: commands, greetings, questions, status, cancel. The open question then goes on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.conversation.absorb import absorb
from bot.conversation.after import complain
from bot.conversation.danger import call_first
from bot.conversation.informing import tell_other_doors
from bot.conversation.status import contact_values, nothing_to_cancel, show_status
from bot.conversation.turn import Turn


async def command(turn: Turn, word: str) -> bool:
    """Do what a slash command asks. Says whether it is one of ours."""
    name = next((name for name, words in turn.know.manners.commands.items() if word in words), None)
    if name is None:
        return False
    await _COMMANDS[name](turn)
    return True


async def interruption(turn: Turn) -> bool:
    """Answer a text that isn't about the open question. Says whether it was such a text."""
    for name, answer in _ANSWERS.items():
        if turn.says(name):
            await answer(turn)
            return True
    return False


async def greet(turn: Turn) -> None:
    """Say who we are and what this is; in the middle of a report only a short greeting."""
    if turn.state.report is not None:
        turn.note("greeting_again")
    else:
        introduce(turn, "greeting")
    turn.ask()


def introduce(turn: Turn, template: str) -> None:
    """Introduce the service; a try-out in Telegram says so."""
    turn.note(template, trial=turn.on_trial)
    turn.state.greeted = True


async def _start(turn: Turn) -> None:
    if turn.state.report is not None:
        if turn.state.step == "restart":
            turn.note("choose_button")
        turn.go("restart")
        turn.ask()
        return
    turn.go("idle")
    await greet(turn)


async def cancel(turn: Turn) -> None:
    """Ask whether the report is to be dropped."""
    if turn.offers_rest:
        turn.close()  # the report itself has left: to say that it won't would frighten
        turn.note("offer_declined")
        return
    if turn.state.report is None:
        turn.go("idle")
        await nothing_to_cancel(turn)
        return
    if turn.state.step == "cancel":
        turn.close()
        turn.note("cancelled")
        return
    else:
        turn.go("cancel")
    turn.ask()


async def _status(turn: Turn) -> None:
    await show_status(turn)
    resume(turn)


async def _help(turn: Turn) -> None:
    turn.note("help", call=call_first(turn))
    turn.ask()


async def _human(turn: Turn) -> None:
    report = turn.state.report
    turn.note("officer", under_way=report is not None, **contact_values(turn))
    if turn.hushed or (report is not None and report.officer):
        resume(turn)  # how she may be reached is asked by a question of its own
        return
    turn.go("officer")
    turn.ask()


async def _thanks(turn: Turn) -> None:
    turn.note("thanks")
    resume(turn)


async def _goodbye(turn: Turn) -> None:
    turn.note("goodbye", under_way=turn.state.report is not None)
    resume(turn)


async def _out_of_scope(turn: Turn) -> None:
    turn.note("out_of_scope")
    turn.ask()


async def _my_data(turn: Turn) -> None:
    """What is kept, and what can be done with it."""
    if turn.state.step == "mydata":
        turn.note("what_else")
    turn.go("mydata")
    turn.ask()


async def _ask_info(turn: Turn) -> None:
    """Answer with papers and the door of the need that is asked about, and offer to report it."""
    under_way = turn.state.report is not None
    asked = [guess.need for guess in turn.meaning.needs if guess.need in turn.know.catalogue.needs][:2]
    if not asked:
        turn.note("info_general", **contact_values(turn))
        turn.ask()
        return
    home = turn.state.report.home if turn.state.report else turn.state.home
    answers = turn.state.report.answers if turn.state.report else {}
    for code in asked:
        if turn.need(code).restricted:
            turn.note("info_restricted")  # nothing that tells a later reader what was asked
            continue
        door = turn.know.catalogue.route(code, home.code if home else None, answers)
        need = turn.need(code)
        turn.note("info_need", name=turn.everyday(code), need=need, agency=door.agency)
    if not under_way:
        await absorb(turn, turn.text)
        tell_other_doors(turn)
        turn.go("offer")
    turn.ask()


def resume(turn: Turn) -> None:
    """Go on with the report, if there is one; otherwise the answer is enough."""
    if turn.state.report is not None:
        turn.ask()


_COMMANDS: dict[str, Callable[[Turn], Awaitable[None]]] = {
    "mulai": _start,
    "status": _status,
    "bantuan": _help,
    "batal": cancel,
    "petugas": _human,
    "data": _my_data,
}
_ANSWERS: dict[str, Callable[[Turn], Awaitable[None]]] = {
    "cancel": cancel,
    "ask_status": _status,
    "help": _help,
    "talk_to_human": _human,
    "delete_data": _my_data,
    "complain_service": complain,
    "ask_info": _ask_info,
    "greet": greet,
    "thanks": _thanks,
    "goodbye": _goodbye,
    "out_of_scope": _out_of_scope,
}
