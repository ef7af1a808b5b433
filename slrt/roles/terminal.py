"""`slrt chat`: a resident's conversation in the terminal."""

from __future__ import annotations

from bot.terminal import chat
from slrt.building import open_house, step_for
from slrt.settings import Settings


async def run(settings: Settings, database_url: str) -> None:
    """Talk until the input ends."""
    async with open_house(settings, database_url, "terminal") as house:
        await chat(house, step_for(house))
