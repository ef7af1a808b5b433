"""What happens to the chats themselves: a code is typed, the bot is taken in or put out, a group gets another id."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from actions.accounts import link_account, officer_of
from actions.errors import NotFound, TooManyAttempts
from actions.group_desk import CHANNEL, Call, Spoken
from actions.group_posts import moved, say_in
from actions.group_words import office_of
from actions.groups import link_group, lose, regain
from actions.house import House
from actions.keeping import note_update
from actions.link_codes import find_code
from storage.models import LinkCode, Officer
from templates import render


async def type_code(house: House, call: Call, code: str, title: str | None) -> Spoken:
    """A code was typed: it links the chat to a unit, or in private the account to its officer."""
    async with house.database.transaction() as session:
        if not await note_update(session, CHANNEL, call.update_id):
            return Spoken()
        if not code.strip():
            return _say("how")
        try:
            row = await find_code(session, house, code, call.account)
        except TooManyAttempts:
            return _say("too_many")
        except NotFound:
            return _say("no_code")
        if row.unit is None:
            return await _account(session, house, call, row)
        return await _chat(session, house, call, row, row.unit, title)


async def _account(session: AsyncSession, house: House, call: Call, row: LinkCode) -> Spoken:
    officer_id = row.officer_id
    await session.delete(row)  # in a group others have read it
    if not call.private:
        return _say("not_here")
    officer = await session.get(Officer, officer_id)
    if officer is None or officer.disabled or officer.unit is None:
        return _say("no_code")
    await link_account(session, officer, call.account)
    return _say("linked_account", officer=officer.name, agency=office_of(house, officer.unit))


async def _chat(session: AsyncSession, house: House, call: Call, row: LinkCode, unit: str, title: str | None) -> Spoken:
    if call.private:
        officer = await officer_of(session, house, call.account)
        if officer is None or officer.unit != unit:
            return _say("group_code")
    await session.delete(row)
    await link_group(session, house, unit, call.chat, title)
    await say_in(session, unit, {"text": "linked"})
    return Spoken()


async def group_moved(house: House, update_id: int, old: str, new: str) -> Spoken:
    """A group became a supergroup; Telegram tells it in the old chat and in the new one."""
    async with house.database.transaction() as session:
        if await note_update(session, CHANNEL, update_id):
            await moved(session, old, new)
    return Spoken()


async def follow(house: House, old: str, new: str) -> None:
    """The same, learnt while something was being sent."""
    async with house.database.transaction() as session:
        await moved(session, old, new)


async def membership(house: House, call: Call, *, inside: bool, was_inside: bool) -> Spoken:
    """The bot was taken into a group, or put out."""
    async with house.database.transaction() as session:
        if not await note_update(session, CHANNEL, call.update_id):
            return Spoken()
        if not inside:
            await lose(session, house, call.chat)
            return Spoken()
        ours = await regain(session, call.chat)
        return Spoken() if was_inside or call.private else _say("back" if ours else "welcome")


def _say(name: str, **values: object) -> Spoken:
    return Spoken(say=render("telegram/say.txt", name=name, **values))
