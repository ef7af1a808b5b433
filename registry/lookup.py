"""Asking the registry for a person, with the proof that the asker is that person.

The same work is done whether or not the NIK is known: the same queries, the same hashes, the same unsealing and
comparing (against a decoy where there is nobody). What comes of it is for the officer; the chat says the same in every
case.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.names import name_similarity
from registry.place_search import lies_in
from storage.keys import Keyring, keys
from storage.models import Household, IdentityAttempt, Person, ProgrammeMembership, RegistryRecord

FOUND, OUTSIDE, NOT_FOUND = "found", "found_outside_target", "not_found"
CONTRADICTING, NEEDS_VISIT = "contradicting", "needs_visit"
NAME_DIFFERS, KK_DIFFERS, MOTHER_DIFFERS = "name_differs", "kk_differs", "mother_differs"
SOURCES_DIFFER, REGION_DIFFERS = "sources_differ", "region_differs"

_NOBODY = 0  # no person has this id
_DECOY_NAME = "Muhammad Contoh Penduduk"
_DECOY_PURPOSE = "person.decoy"


@dataclass(frozen=True)
class SourceFact:
    """What one source says of a person: `source` DTKS, P3KE, DTSEN or a local list, of the date `source_date`."""

    source: str
    source_date: date
    desil: int | None
    programmes: tuple[str, ...]


@dataclass(frozen=True)
class Finding:
    """The registry's answer.

    `outcome`: found, found_outside_target, not_found, contradicting or needs_visit. `proven`: the asker gave NIK, name
    and a fact that is on neither. `contradictions`: name_differs, kk_differs, mother_differs, sources_differ,
    region_differs. Where the name is another one, nothing is told of the person behind the NIK.
    """

    outcome: str
    proven: bool
    person_id: int | None
    region_code: str | None
    facts: tuple[SourceFact, ...] = ()
    contradictions: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Entry:
    person_id: int
    name: str
    mother_name: str | None
    kk_hash: bytes | None
    region_code: str | None


@dataclass(frozen=True)
class _Claims:
    name: str | None
    kk_hash: bytes
    kk_told: bool
    mother_name: str | None
    region_code: str | None


async def look_up(
    session: AsyncSession,
    *,
    nik: str,
    name: str | None,
    kk: str | None,
    region_code: str | None,
    mother_name: str | None = None,
    target_desil: int | None = None,
) -> Finding:
    """What the registry says of a NIK, and whether the other claims prove that it is the asker's own.

    `target_desil` is the highest desil of the target group; None: that of `data/target.yml`.
    """
    claims = _Claims(name, keys().fingerprint_of(kk or "", "kk"), bool(kk), mother_name, region_code)
    entry = await _entry(session, keys().fingerprint_of(nik, "nik"))
    facts = await _facts(session, entry.person_id)
    proven, contradictions = _compare(entry, claims)
    if entry.person_id == _NOBODY:
        return Finding(NOT_FOUND, False, None, None)
    if NAME_DIFFERS in contradictions:
        return Finding(CONTRADICTING, False, None, None, (), (NAME_DIFFERS,))
    target = target_desil or int(_rules()["target_desil"])
    if len({fact.desil <= target for fact in facts if fact.desil is not None}) > 1:
        contradictions.append(SOURCES_DIFFER)
    outcome = _outcome(facts, contradictions, target)
    return Finding(outcome, proven, entry.person_id, entry.region_code, facts, tuple(contradictions))


async def attempts_left(session: AsyncSession, conversation_id: int, nik_hash: bytes, now: datetime) -> bool:
    """Whether this chat, and all chats together for this NIK, may try to prove an identity once more."""
    limits = _rules()["attempts"]
    mine = IdentityAttempt.conversation_id == conversation_id
    same_nik = IdentityAttempt.nik_hash == nik_hash
    since = now - timedelta(hours=limits["hours"])
    counted = await session.execute(
        select(func.count().filter(mine), func.count().filter(same_nik)).where(
            IdentityAttempt.at > since, mine | same_nik
        )
    )
    by_conversation, by_nik = counted.one()
    return bool(by_conversation < limits["per_conversation"] and by_nik < limits["per_nik"])


async def tried_before(session: AsyncSession, conversation_id: int, claims_hash: bytes, now: datetime) -> bool:
    """Whether this chat has sent exactly these data before, within the time over which tries are counted."""
    since = now - timedelta(hours=_rules()["attempts"]["hours"])
    found = select(IdentityAttempt.id).where(
        IdentityAttempt.conversation_id == conversation_id,
        IdentityAttempt.at > since,
        IdentityAttempt.claims_hash == claims_hash,
    )
    return await session.scalar(found.limit(1)) is not None


def note_attempt(
    session: AsyncSession, conversation_id: int, nik_hash: bytes, claims_hash: bytes | None = None
) -> None:
    """Write down a try to prove an identity, whatever comes of it. `claims_hash` stands for all that was told."""
    session.add(IdentityAttempt(conversation_id=conversation_id, nik_hash=nik_hash, claims_hash=claims_hash))


async def _entry(session: AsyncSession, nik_hash: bytes) -> _Entry:
    row = (
        await session.execute(
            select(Person.id, Person.name, Person.mother_name, Household.kk_hash, Household.region_code)
            .outerjoin(Household, Household.id == Person.household_id)
            .where(Person.nik_hash == nik_hash)
        )
    ).one_or_none()
    return _Entry(*row) if row else _decoy()


def _decoy() -> _Entry:
    """An entry of nobody, unsealed as often as a real one."""
    name, mother = (keys().open(sealed, _DECOY_PURPOSE).decode() for sealed in _sealed_decoy(keys()))
    return _Entry(_NOBODY, name, mother, bytes(32), None)


_decoys: dict[str, tuple[bytes, bytes]] = {}


def _sealed_decoy(ring: Keyring) -> tuple[bytes, bytes]:
    mark = f"{ring.identity()}:{ring.active}"
    if mark not in _decoys:
        plain = _DECOY_NAME.encode()
        _decoys[mark] = (ring.seal(plain, _DECOY_PURPOSE), ring.seal(plain, _DECOY_PURPOSE))
    return _decoys[mark]


async def _facts(session: AsyncSession, person_id: int) -> tuple[SourceFact, ...]:
    records = await session.execute(
        select(RegistryRecord.source, RegistryRecord.source_date, RegistryRecord.desil).where(
            RegistryRecord.person_id == person_id
        )
    )
    memberships = await session.execute(
        select(ProgrammeMembership.source, ProgrammeMembership.source_date, ProgrammeMembership.programme)
        .where(ProgrammeMembership.person_id == person_id, ProgrammeMembership.active.is_(True))
        .order_by(ProgrammeMembership.programme)
    )
    known = {source: (source_date, desil) for source, source_date, desil in records}
    programmes: dict[str, list[str]] = {}
    for source, source_date, programme in memberships:
        known.setdefault(source, (source_date, None))
        programmes.setdefault(source, []).append(programme)
    facts = [
        SourceFact(source, source_date, desil, tuple(programmes.get(source, ())))
        for source, (source_date, desil) in known.items()
    ]
    return tuple(sorted(facts, key=lambda fact: (fact.source_date, fact.source), reverse=True))


def _compare(entry: _Entry, claims: _Claims) -> tuple[bool, list[str]]:
    """Whether the claims prove who asks, and what in them contradicts the entry."""
    rules = _rules()
    alike = name_similarity(entry.name, claims.name or "")
    mother_alike = name_similarity(entry.mother_name or _DECOY_NAME, claims.mother_name or "")
    both_mothers = bool(entry.mother_name and claims.mother_name)
    same_kk = claims.kk_told and entry.kk_hash == claims.kk_hash
    same_mother = both_mothers and mother_alike >= rules["similar_name"]
    told = {
        NAME_DIFFERS: bool(claims.name) and alike < rules["different_name"],
        KK_DIFFERS: claims.kk_told and entry.kk_hash is not None and not same_kk,
        MOTHER_DIFFERS: both_mothers and mother_alike < rules["different_name"],
        REGION_DIFFERS: _differs(entry.region_code, claims.region_code),
    }
    proven = bool(claims.name) and alike >= rules["similar_name"] and (same_kk or same_mother)
    return proven, [code for code, is_so in told.items() if is_so]


def _differs(listed: str | None, told: str | None) -> bool:
    return bool(listed and told) and not (lies_in(str(listed), str(told)) or lies_in(str(told), str(listed)))


def _outcome(facts: tuple[SourceFact, ...], contradictions: Sequence[str], target: int) -> str:
    if any(code != REGION_DIFFERS for code in contradictions):
        return CONTRADICTING
    ranked = [fact.desil for fact in facts if fact.desil is not None]
    if not ranked or REGION_DIFFERS in contradictions:
        return NEEDS_VISIT  # listed without a rank, or living elsewhere than listed: someone has to look
    return FOUND if ranked[0] <= target else OUTSIDE


@lru_cache(maxsize=1)
def _rules() -> dict[str, Any]:
    rules: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "data" / "target.yml").read_text())
    return rules
