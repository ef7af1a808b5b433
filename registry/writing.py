"""Writing a batch of listed persons into the registry's tables."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from registry.rows import Listed
from storage.keys import keys
from storage.models import Household, Person, ProgrammeMembership, RegistryRecord


async def write_batch(
    session: AsyncSession, batch: Sequence[Listed], source: str, source_date: date, import_id: int
) -> None:
    """Insert or update the persons, households, records and memberships of a batch (each NIK once)."""
    by_hash = {keys().fingerprint_of(listed.nik, "nik"): listed for listed in batch}
    newest = await _newest_dates(session, list(by_hash))
    current = {mark: listed for mark, listed in by_hash.items() if newest.get(mark, source_date) <= source_date}
    households = await _write_households(session, list(current.values()))
    await _write_persons(session, current, households)
    ids = await _person_ids(session, list(by_hash))
    listed_by_id = {ids[mark]: listed for mark, listed in by_hash.items()}
    await _write_records(session, listed_by_id, source, source_date, import_id)
    await _write_memberships(session, listed_by_id, source, source_date)


async def _newest_dates(session: AsyncSession, marks: list[bytes]) -> dict[bytes, date]:
    """The date of the newest list that each known person is on."""
    found = await session.execute(
        select(Person.nik_hash, func.max(RegistryRecord.source_date))
        .join(RegistryRecord, RegistryRecord.person_id == Person.id)
        .where(Person.nik_hash.in_(marks))
        .group_by(Person.nik_hash)
    )
    return {row[0]: row[1] for row in found}


async def _write_households(session: AsyncSession, batch: Sequence[Listed]) -> dict[str, int]:
    """Ids by KK number. The later row of a household wins where both tell something."""
    values: dict[bytes, dict[str, Any]] = {}
    for listed in batch:
        if listed.kk is None:
            continue
        mark = keys().fingerprint_of(listed.kk, "kk")
        told = {"region_code": listed.region_code, "rt": listed.rt, "rw": listed.rw, "address": listed.address}
        known = values.setdefault(mark, {"kk_hash": mark, "kk": listed.kk, **dict.fromkeys(told)})
        known.update({column: value for column, value in told.items() if value is not None})
    if not values:
        return {}
    # in one order everywhere, so that two imports at once don't wait for each other in a circle
    statement = insert(Household).values([values[mark] for mark in sorted(values)])
    fresh = statement.excluded
    changed = {
        column: func.coalesce(fresh[column], getattr(Household, column))
        for column in ("region_code", "rt", "rw", "address")
    }
    written = await session.execute(
        statement.on_conflict_do_update(index_elements=["kk_hash"], set_=changed).returning(
            Household.id, Household.kk_hash
        )
    )
    return {values[row[1]]["kk"]: row[0] for row in written if row[1] is not None}


async def _write_persons(session: AsyncSession, current: dict[bytes, Listed], households: dict[str, int]) -> None:
    if not current:
        return
    statement = insert(Person).values(
        [
            {
                "nik_hash": mark,
                "nik": listed.nik,
                "name": listed.name,
                "birth_date": listed.birth_date,
                "sex": listed.sex,
                "mother_name": listed.mother_name,
                "relation": listed.relation,
                "household_id": households.get(listed.kk) if listed.kk else None,
            }
            for mark, listed in sorted(current.items())
        ]
    )
    fresh = statement.excluded
    changed: dict[str, Any] = {column: fresh[column] for column in ("name", "birth_date", "sex")}
    changed |= {
        column: func.coalesce(fresh[column], getattr(Person, column))
        for column in ("mother_name", "relation", "household_id")
    }
    await session.execute(statement.on_conflict_do_update(index_elements=["nik_hash"], set_=changed))


async def _person_ids(session: AsyncSession, marks: list[bytes]) -> dict[bytes, int]:
    found = await session.execute(select(Person.nik_hash, Person.id).where(Person.nik_hash.in_(marks)))
    return {row[0]: row[1] for row in found}


async def _write_records(
    session: AsyncSession, listed_by_id: dict[int, Listed], source: str, source_date: date, import_id: int
) -> None:
    statement = insert(RegistryRecord).values(
        [
            {
                "person_id": person_id,
                "import_id": import_id,
                "source": source,
                "source_date": source_date,
                "desil": listed.desil,
                "raw": listed.raw,
            }
            for person_id, listed in sorted(listed_by_id.items())
        ]
    )
    fresh = statement.excluded
    changed = {column: fresh[column] for column in ("import_id", "source_date", "desil", "raw")}
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["person_id", "source"],
            set_=changed,
            where=RegistryRecord.source_date <= fresh.source_date,
        )
    )


async def _write_memberships(
    session: AsyncSession, listed_by_id: dict[int, Listed], source: str, source_date: date
) -> None:
    """What this source no longer tells ends; what it tells begins or goes on. A newer list's word stands."""
    not_newer = ProgrammeMembership.source_date <= source_date
    await session.execute(
        update(ProgrammeMembership)
        .where(ProgrammeMembership.person_id.in_(listed_by_id), ProgrammeMembership.source == source, not_newer)
        .values(active=False, source_date=source_date)
    )
    told = [
        {
            "person_id": person_id,
            "programme": programme,
            "source": source,
            "source_date": source_date,
            "active": True,
        }
        for person_id, listed in sorted(listed_by_id.items())
        for programme in listed.programmes
    ]
    if not told:
        return
    statement = insert(ProgrammeMembership).values(told)
    changed = {column: statement.excluded[column] for column in ("source_date", "active")}
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["person_id", "programme", "source"], set_=changed, where=not_newer
        )
    )
