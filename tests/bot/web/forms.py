"""The identity form, as a resident of the chat page gets and fills it."""

from __future__ import annotations

from actions.chat import history
from actions.house import House
from actions.talk import Incoming, Step
from actions.turns import take_turn

CHAT = "siti-siti-siti-siti-siti"
GOOD = {"nik": "1571 0244 0590 9003", "name": " Siti  Aminah ", "kk": "1571020405120001"}


async def said(house: House) -> str:
    """The last message of the chat."""
    return (await history(house, "web", CHAT))[-1].text or ""


async def form_link(house: House, step: Step) -> str:
    """The path of a fresh link, as the conversation gave it."""
    for words in ("saya mau cek desil", "ya"):
        await take_turn(house, Incoming("web", CHAT, "text", text=words), step, lease=False)
    lines = await history(house, "web", CHAT)
    urls = [button.url for line in lines for row in line.buttons for button in row if button.url]
    return urls[-1].removeprefix(house.public_url)
