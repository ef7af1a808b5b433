"""Making a version of the catalogue: from an officer's draft, from an older version, or from files."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass

from sqlalchemy import delete, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from actions.drafts import draft_edits
from actions.editions import CHANNEL, check_right, newest_texts
from actions.errors import CatalogueMoved, CatalogueRefused, Incomplete, NotFound
from actions.events import SYSTEM, Actor, note_look
from actions.house import House
from actions.views import OfficerView
from referral.catalogue.comparing import Change, Moved, Troubles, changes, moved, troubles
from referral.catalogue.entries import KINDS, applied, entries
from referral.catalogue.loader import Catalogue, catalogue_of
from referral.catalogue.retouching import with_new
from referral.catalogue.shelf import Edition
from referral.catalogue.texts import Texts
from storage.models import CatalogueDraft, CatalogueVersion
from templates import render


@dataclass(frozen=True)
class Difference:
    """What a new version would change: entry by entry, where needs would go, and what stands in its way."""

    newest: int
    changes: tuple[Change, ...]
    moved: tuple[Moved, ...]
    troubles: Troubles
    catalogue: Catalogue


@dataclass(frozen=True)
class _Wanted:
    reason: str
    officer: OfficerView | None
    restores: int | None = None
    newest: int | None = None  # the version over which it was looked at; None: whichever is the newest


async def publish(house: House, officer: OfficerView, reason: str, *, newest: int) -> int:
    """Make a version of the officer's draft. `newest` is the one over which she looked at it. Returns its number.

    Raises NotAllowed, Incomplete (reason, changes), CatalogueMoved, CatalogueRefused, CatalogueError; her draft stays.
    """
    check_right(officer)
    wanted = _Wanted(reason, officer, newest=newest)
    async with house.database.transaction() as session:
        await _lock(session)
        edits = await draft_edits(session, officer)
        _, base = await newest_texts(session, house)
        made, _ = applied(base, edits)
        edition = await _write(session, house, made, wanted)
        await session.execute(delete(CatalogueDraft).where(CatalogueDraft.officer_id == officer.id))
    house.shelf.take(edition)
    return edition.number


async def restore(house: House, officer: OfficerView, number: int, reason: str, *, newest: int) -> int:
    """Take back an older version, as a new one. Agencies and desks that came since stay: tickets may be with them.

    Raises as `publish` does, and NotFound.
    """
    check_right(officer)
    wanted = _Wanted(reason, officer, restores=number, newest=newest)
    async with house.database.transaction() as session:
        await _lock(session)
        edition = await _write(session, house, await _taken_back(session, house, number), wanted)
    house.shelf.take(edition)
    return edition.number


async def put_in(house: House, texts: Texts, reason: str, *, newest: int) -> int:
    """Make a version of files, by the command line. Raises as `publish` does."""
    async with house.database.transaction() as session:
        await _lock(session)
        edition = await _write(session, house, texts, _Wanted(reason, None, newest=newest))
    house.shelf.take(edition)
    return edition.number


async def restored(house: House, officer: OfficerView, number: int) -> Difference:
    """What taking back an older version would change. Raises NotAllowed, NotFound or CatalogueError."""
    check_right(officer)
    async with house.database.transaction() as session:
        newest, base = await newest_texts(session, house)
        texts = await _taken_back(session, house, number)
    return await difference(newest, base, texts)


async def files_of(house: House, number: int | None = None) -> tuple[int, Texts]:
    """The files of a version (None: of the newest). Raises NotFound."""
    async with house.database.transaction() as session:
        newest, texts = await newest_texts(session, house)
        if number in (None, newest):
            return newest, texts
        row = await session.get(CatalogueVersion, number)
    if row is None:
        raise NotFound
    return row.number, row.files


async def difference(newest: int, base: Texts, texts: Texts) -> Difference:
    """What differs between two sets of files. Raises CatalogueError when the new ones can't be loaded."""

    def look() -> Difference:
        old, new = catalogue_of(base), catalogue_of(texts)
        return Difference(newest, changes(base, texts), moved(old, new), troubles(old, new), new)

    return await asyncio.to_thread(look)


async def _lock(session: AsyncSession) -> None:
    """One publishes at a time, while all others read on."""
    await session.execute(text("lock table catalogue_version in share row exclusive mode"))


async def _write(session: AsyncSession, house: House, texts: Texts, wanted: _Wanted) -> Edition:
    reason = wanted.reason.strip()
    if not reason:
        raise Incomplete("reason")
    newest, base = await newest_texts(session, house)
    if wanted.newest not in (None, newest):
        raise CatalogueMoved
    found = await difference(newest, base, texts)
    if not found.changes:
        raise Incomplete("changes")
    if found.troubles.any:
        raise CatalogueRefused(found.troubles)
    if await session.scalar(select(CatalogueVersion.number).limit(1)) is None:
        first = render("catalogue/first_version.txt")
        session.add(CatalogueVersion(number=0, reason=first, files=dict(base), changes=[]))
        await session.flush()
    officer = wanted.officer
    row = CatalogueVersion(
        number=newest + 1,
        officer_id=officer.id if officer else None,
        reason=reason,
        restores=wanted.restores,
        files=dict(texts),
        changes=[asdict(change) for change in found.changes],
    )
    session.add(row)
    actor = Actor(officer.role, officer.id) if officer else SYSTEM
    note_look(session, actor, "catalogue.published", str(row.number))
    await session.execute(text("select pg_notify(:channel, :number)"), {"channel": CHANNEL, "number": str(row.number)})
    return Edition(row.number, found.catalogue, row.files)


async def _taken_back(session: AsyncSession, house: House, number: int) -> Texts:
    row = await session.get(CatalogueVersion, number)
    if row is None:
        raise NotFound
    _, newest = await newest_texts(session, house)
    made = dict(row.files)
    for kind in (KINDS["agencies"], KINDS["units"]):
        there = {placed.key for placed in entries(made, kind)}
        for placed in entries(newest, kind):
            if placed.key not in there:
                file = placed.file if placed.file in made else kind.file
                made[file] = with_new(made[file], kind.field, placed.data)
    return made
