"""The conversation in a terminal, with numbered buttons."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable

from actions.chat import ChatLine, history
from actions.house import House
from actions.talk import Button, Incoming, Step
from actions.turns import take_turn
from templates import render

CHANNEL = "terminal"


async def chat(
    house: House,
    step: Step,
    name: str = "terminal",
    *,
    read: Callable[[str], Awaitable[str | None]] | None = None,
    write: Callable[[str], object] = sys.stdout.write,
) -> None:
    """Talk until the input ends (or `/keluar`). `name` is the chat: the same name goes on where it stood."""
    ask = read or _read
    shown = await history(house, CHANNEL, name)
    last = shown[-1].id if shown else 0
    buttons: list[Button] = []
    write(render("bot/terminal_start.txt") + "\n")
    if not shown:
        await take_turn(house, Incoming(CHANNEL, name, "text", text="/mulai"), step, lease=False)
    while True:
        for line in await history(house, CHANNEL, name, last):
            last = line.id
            if line.direction == "out":
                buttons = _show(line, write) or buttons
        said = await ask("> ")
        if said is None or said.strip() == "/keluar":
            return
        if said.strip():
            await take_turn(house, _incoming(name, said, buttons), step, lease=False)


def _show(line: ChatLine, write: Callable[[str], object]) -> list[Button]:
    """Write a message and number its buttons; returns those that can be pressed by number."""
    buttons = [button for row in line.buttons for button in row]
    numbered = [f"  {number}. {_words(button)}" for number, button in enumerate(buttons, 1)]
    write("\n".join(["", line.text or "", *numbered]) + "\n")
    return buttons


def _words(button: Button) -> str:
    return f"{button.label}: {button.url}" if button.url else button.label


def _incoming(name: str, said: str, buttons: list[Button]) -> Incoming:
    number = said.strip()
    if number.isdecimal() and len(number) < 3 and 1 <= int(number) <= len(buttons):
        data = buttons[int(number) - 1].data
        if data:
            return Incoming(CHANNEL, name, "button", button=data)
    return Incoming(CHANNEL, name, "text", text=said)


async def _read(prompt: str) -> str | None:
    def line() -> str | None:
        try:
            return input(prompt)
        except EOFError:
            return None

    return await asyncio.to_thread(line)
