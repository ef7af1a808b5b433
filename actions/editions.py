"""The catalogue's versions: which one is in force, taking up a new one while running, and reading old ones."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import NotAllowed, NotFound
from actions.house import House
from actions.scope import edits_catalogue
from actions.stuck import slrt_desks
from actions.views import OfficerView
from referral.calendar import take_days_off_from
from referral.catalogue.comparing import Change
from referral.catalogue.loader import catalogue_of
from referral.catalogue.shelf import Edition, Shelf, packaged
from referral.catalogue.texts import Texts
from referral.errors import CatalogueError
from referral.queue import NewDelivery, enqueue
from storage.database import Database
from storage.models import CatalogueVersion, Officer
from templates import render

CHANNEL = "catalogue"
_MOST = 50
_PAUSE = 1.0

_log = structlog.get_logger("catalogue")


@dataclass(frozen=True)
class VersionView:
    """A version as managers see it. `officer` is None for one that came by the command line."""

    number: int
    at: datetime
    officer: str | None
    reason: str
    restores: int | None
    changes: tuple[Change, ...]


async def open_shelf(database: Database) -> Shelf:
    """The newest version that this process can load, else what comes with the product. Raises CatalogueError."""
    broken = None
    async with database.transaction() as session:
        numbers = await session.scalars(select(CatalogueVersion.number).order_by(CatalogueVersion.number.desc()))
        for number in numbers.all():
            try:
                shelf = Shelf(await load_edition(session, number))
                break
            except CatalogueError as error:
                _log.error("catalogue.unloadable", version=number, file=error.file, field=error.field)
                broken = broken or number
        else:
            shelf = Shelf(packaged())
    shelf.broken = broken
    return shelf


async def load_edition(session: AsyncSession, number: int) -> Edition:
    """A version, loaded. Raises CatalogueError when this code can't read it."""
    row = await session.get_one(CatalogueVersion, number)
    # reading takes a moment, in which this process goes on with its other work
    catalogue = await asyncio.to_thread(catalogue_of, row.files)
    return Edition(number, catalogue, row.files)


@asynccontextmanager
async def following(house: House) -> AsyncIterator[None]:
    """Take up new versions during the block, called by NOTIFY and by looking now and then. Days off go along."""
    take_days_off_from(lambda: house.catalogue.days_off)
    task = asyncio.create_task(_follow(house))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _follow(house: House) -> None:
    called = asyncio.Event()
    while True:
        try:
            async with house.database.listening(CHANNEL, lambda _payload: called.set()) as connection:
                lost = asyncio.Event()
                connection.add_termination_listener(lambda _connection, lost=lost: _both(lost, called))
                while not lost.is_set():
                    called.clear()
                    await take_newest(house)
                    with suppress(TimeoutError):
                        await asyncio.wait_for(called.wait(), house.limits.catalogue.poll_seconds)
        except Exception as error:  # whatever the database does, the last good version stays
            _log.warning("catalogue.not_followed", kind=type(error).__name__)
        await asyncio.sleep(_PAUSE)


def _both(*events: asyncio.Event) -> None:
    for event in events:
        event.set()


async def take_newest(house: House) -> None:
    """Take up the newest version. One that can't be loaded changes nothing, and the SLRT's desks are told once."""
    shelf = house.shelf
    async with house.database.transaction() as session:
        number = await newest_number(session)
        if number <= shelf.newest.number or number == shelf.broken:
            return
        try:
            shelf.take(await load_edition(session, number))
            _log.info("catalogue.taken_up", version=number)
        except Exception as error:  # a file that this code was not made for may break it in any way
            shelf.broken = number
            _log.error("catalogue.unloadable", version=number, kind=type(error).__name__)
            await _tell(session, house, number)


async def newest_number(session: AsyncSession) -> int:
    """The number of the newest version; 0 while there is none but what comes with the product."""
    return await session.scalar(select(func.max(CatalogueVersion.number))) or 0


async def newest_texts(session: AsyncSession, house: House) -> tuple[int, Texts]:
    """The newest version's number and files, whether this process has taken it up or not."""
    number = await newest_number(session)
    if number == house.shelf.newest.number:
        return number, house.shelf.newest.texts
    return number, (await session.get_one(CatalogueVersion, number)).files


async def _tell(session: AsyncSession, house: House, number: int) -> None:
    values = {"number": number, "used": house.shelf.newest.number, "link": f"{house.public_url}/katalog"}
    for unit in slrt_desks(house, restricted=False):
        await enqueue(
            session,
            NewDelivery(
                lane=f"agency:{unit}",
                ordered=False,
                kind="email",
                key=f"catalogue-unloadable-{number}-{unit}",  # many processes see it, one tells it
                payload={
                    "unit": unit,
                    "thread": f"catalogue-{number}",
                    "subject": render("email/catalogue_subject.txt", **values),
                    "text": render("email/catalogue.txt", **values),
                    "html": render("email/catalogue.html", **values),
                },
            ),
        )


async def versions(house: House, officer: OfficerView) -> list[VersionView]:
    """The last versions, newest first. Raises NotAllowed for everyone who may not change the catalogue."""
    check_right(officer)
    async with house.database.transaction() as session:
        return await versions_after(session, -1)


async def version(house: House, officer: OfficerView, number: int) -> VersionView:
    """One version. Raises NotAllowed or NotFound."""
    check_right(officer)
    async with house.database.transaction() as session:
        found = await versions_after(session, number - 1, to=number)
    if not found:
        raise NotFound
    return found[0]


async def versions_after(session: AsyncSession, number: int, to: int | None = None) -> list[VersionView]:
    """The versions after one (at most up to another), newest first."""
    query = (
        select(CatalogueVersion, Officer.name)
        .outerjoin(Officer, Officer.id == CatalogueVersion.officer_id)
        .where(CatalogueVersion.number > number)
        .order_by(CatalogueVersion.number.desc())
        .limit(_MOST)
    )
    rows = await session.execute(query if to is None else query.where(CatalogueVersion.number <= to))
    return [_view(row, name) for row, name in rows]


def _view(row: CatalogueVersion, name: str | None) -> VersionView:
    changes: Sequence[dict[str, object]] = row.changes
    made = tuple(Change(**change) for change in changes)  # type: ignore[arg-type]
    return VersionView(row.number, row.at, name, row.reason, row.restores, made)


def check_right(officer: OfficerView) -> None:
    """Raise NotAllowed unless she may change the catalogue."""
    if not edits_catalogue(officer):
        raise NotAllowed
