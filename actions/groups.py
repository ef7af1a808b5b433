"""The Telegram chats of agencies' units: linking them by a code, ending them, and what becomes of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import NotAllowed, NotFound
from actions.events import SYSTEM, Actor, note_look
from actions.house import House
from actions.link_codes import CodeView, new_code, open_code
from actions.views import OfficerView
from storage.keys import keys
from storage.models import UnitGroup

_MANAGER = "manager"


@dataclass(frozen=True)
class GroupView:
    """A unit that can have a chat: its chat if it has one, and the code by which one is linked."""

    unit: str
    unit_name: str
    agency_name: str
    title: str | None
    linked_at: datetime | None
    lost_at: datetime | None
    code: CodeView | None


async def groups(house: House, officer: OfficerView) -> list[GroupView]:
    """The units of all agencies, by name. Raises NotAllowed for those who are not managers."""
    _check(officer)
    return await all_groups(house)


async def all_groups(house: House) -> list[GroupView]:
    """The units of all agencies, by name, for the command line too."""
    async with house.database.transaction() as session:
        rows = await session.scalars(select(UnitGroup).where(UnitGroup.ended_at.is_(None)))
        known = {row.unit: row for row in rows}
        found = []
        for unit in house.catalogue.units.values():
            if unit.internal:
                continue
            row = known.get(unit.code)
            found.append(
                GroupView(
                    unit=unit.code,
                    unit_name=unit.name,
                    agency_name=house.catalogue.agencies[unit.agency].name,
                    title=row.title if row else None,
                    linked_at=row.created_at if row else None,
                    lost_at=row.lost_at if row else None,
                    code=await open_code(session, house, unit=unit.code),
                )
            )
    return sorted(found, key=lambda view: (view.agency_name, view.unit_name))


async def make_group_code(house: House, officer: OfficerView | None, unit: str) -> CodeView:
    """A fresh code for a unit's chat; without an officer from the command line. Raises NotAllowed or NotFound."""
    _check(officer)
    if unit not in house.catalogue.units or house.catalogue.units[unit].internal:
        raise NotFound
    async with house.database.transaction() as session:
        note_look(session, _actor(officer), "group.code", unit)
        return await new_code(session, house, unit=unit, officer_id=officer.id if officer else None)


async def end_group(house: House, officer: OfficerView | None, unit: str) -> None:
    """The unit's chat hears no more, and its buttons count no longer. Raises NotAllowed or NotFound."""
    _check(officer)
    async with house.database.transaction() as session:
        row = await group_of(session, unit)
        if row is None:
            raise NotFound
        row.ended_at = house.clock()
        note_look(session, _actor(officer), "group.ended", unit)


async def link_group(session: AsyncSession, house: House, unit: str, chat: str, title: str | None) -> None:
    """From now on a unit hears in this chat; one that it had before ends."""
    before = await group_of(session, unit)
    if before is not None:
        before.ended_at = house.clock()
        await session.flush()
    session.add(UnitGroup(unit=unit, chat=chat, chat_hash=chat_hash(chat), title=title))
    note_look(session, SYSTEM, "group.linked", unit)
    await session.flush()


async def group_of(session: AsyncSession, unit: str) -> UnitGroup | None:
    """The chat that a unit has, also while the bot is shut out of it."""
    return await session.scalar(select(UnitGroup).where(UnitGroup.unit == unit, UnitGroup.ended_at.is_(None)))


async def hears_in_telegram(session: AsyncSession, unit: str) -> bool:
    """Whether a unit can be reached in a chat now."""
    row = await group_of(session, unit)
    return row is not None and row.lost_at is None


async def units_of(session: AsyncSession, chat: str) -> set[str]:
    """The units that hear in a chat."""
    query = select(UnitGroup.unit).where(UnitGroup.chat_hash == chat_hash(chat), UnitGroup.ended_at.is_(None))
    return set((await session.scalars(query)).all())


async def lose(session: AsyncSession, house: House, chat: str) -> None:
    """The bot was put out of a chat: until it is back its units are reached in other ways."""
    for unit in await _mark(session, chat, house.clock()):
        note_look(session, SYSTEM, "group.lost", unit)


async def regain(session: AsyncSession, chat: str) -> bool:
    """The bot is in a chat again. Whether that is one of ours."""
    return bool(await _mark(session, chat, None))


async def lost(house: House, chat: str) -> None:
    """Telegram says that the bot is no longer in a chat."""
    async with house.database.transaction() as session:
        await lose(session, house, chat)


async def _mark(session: AsyncSession, chat: str, moment: datetime | None) -> list[str]:
    rows = await session.scalars(
        update(UnitGroup)
        .where(UnitGroup.chat_hash == chat_hash(chat), UnitGroup.ended_at.is_(None))
        .values(lost_at=moment)
        .returning(UnitGroup.unit)
        .execution_options(synchronize_session=False)
    )
    return list(rows.all())


def chat_hash(chat: str) -> bytes:
    """By which a chat is found."""
    return keys().fingerprint_of(chat, "unit_group")


def _check(officer: OfficerView | None) -> None:
    if officer is not None and officer.role != _MANAGER:
        raise NotAllowed


def _actor(officer: OfficerView | None) -> Actor:
    return Actor(officer.role, officer.id) if officer else SYSTEM
