"""One's own data: what is kept, a copy, consent taken back, everything erased. Each wish is asked about once."""

from __future__ import annotations

from actions.talk import Button, Reply
from bot.conversation.agenda import advance
from bot.conversation.safety import DATA, ask_code
from bot.conversation.state import State
from bot.conversation.status import contact_values
from bot.conversation.steps.rules import StepRules
from bot.conversation.turn import Question, Turn, label, option
from templates import render


async def _ask(turn: Turn) -> Question:
    data = await turn.desk.my_data()
    options = [option("export", "data_export")]
    if any(given and not withdrawn for _, given, withdrawn in data.consents):
        options.append(option("withdraw", "data_withdraw"))
    if not data.erasing:
        options.append(option("erase", "data_erase"))
    # every chat shows the way for a code, with codes or without
    return Question(
        render("bot/mydata.txt", data=data), (*options, option("code", "code"), option("back", "data_back"))
    )


async def _read(turn: Turn) -> bool:
    if turn.says("deny") or turn.says("skip") or turn.says("cancel"):
        return await _press(turn, "back")
    return False


async def _press(turn: Turn, action: str) -> bool:
    if action == "export":
        link = await turn.desk.export_link()
        buttons = ((Button(label("data_open"), url=link),),) if link else ()
        text = render("bot/export_ready.txt", link=link, **contact_values(turn))
        turn.replies.append(Reply(text, buttons))
    elif action in ("withdraw", "erase"):
        turn.go(f"mydata_{action}")
        turn.ask()
        return True
    elif action == "code":
        await ask_code(turn, DATA)
        return True
    elif action != "back":
        return False
    else:
        turn.note("mydata_left")
    await _leave(turn)
    return True


async def _leave(turn: Turn) -> None:
    """Go back to the report that was being made, if there was one."""
    if turn.state.report is not None:
        await advance(turn)
    else:
        turn.go("idle")


async def _ask_withdraw(turn: Turn) -> Question:
    return Question(render("bot/ask_withdraw.txt"), (option("yes", "withdraw_yes"), option("no", "data_no")))


async def _press_withdraw(turn: Turn, action: str) -> bool:
    if action == "no":
        return await _press(turn, "back")
    if action != "yes":
        return False
    turn.note("withdrawn", done=await turn.desk.withdraw_consent())
    turn.state.person = None
    await _leave(turn)
    return True


async def _ask_erase(turn: Turn) -> Question:
    return Question(render("bot/ask_erase.txt"), (option("yes", "erase_yes"), option("no", "data_no")))


async def _press_erase(turn: Turn, action: str) -> bool:
    if action == "no":
        return await _press(turn, "back")
    if action != "yes":
        return False
    erasure = await turn.desk.erase()
    if erasure.waits_for:
        turn.note("erase_waits", numbers=erasure.waits_for)
        await _leave(turn)
        return True
    turn.state = State(greeted=True, count=turn.state.count + 1)
    turn.note("erased")
    return True


async def _read_withdraw(turn: Turn) -> bool:
    return await _yes_or_no(turn, withdraw=True)


async def _read_erase(turn: Turn) -> bool:
    return await _yes_or_no(turn, withdraw=False)


async def _yes_or_no(turn: Turn, *, withdraw: bool) -> bool:
    press = _press_withdraw if withdraw else _press_erase
    if turn.says("affirm"):
        return await press(turn, "yes")
    if turn.says("deny") or turn.says("skip") or turn.says("cancel"):
        return await press(turn, "no")
    return False


MYDATA = StepRules(_ask, _read, _press, alone=True)
MYDATA_WITHDRAW = StepRules(_ask_withdraw, _read_withdraw, _press_withdraw, alone=True)
MYDATA_ERASE = StepRules(_ask_erase, _read_erase, _press_erase, alone=True)
