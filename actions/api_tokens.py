"""Tokens for the agency API: made, listed and revoked by managers, and what each request is let in by."""

from __future__ import annotations

import math
import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from actions.errors import Incomplete, NotAllowed, NotFound, NotNow, TokenUnknown, TooFast
from actions.events import Actor, note_look
from actions.house import House
from actions.views import OfficerView
from storage.keys import keys
from storage.models import ApiToken, Officer

READ, ANSWER = "referrals:read", "referrals:answer"
SCOPES = (READ, ANSWER)
_PREFIX = "slrt_"
_LONGEST_NAME = 80
COMMAND_LINE = Actor("system")


@dataclass(frozen=True)
class Client:
    """An agency's software that was let in: its token, the unit it speaks for, and what it may do."""

    token_id: int
    name: str
    unit: str
    scopes: tuple[str, ...]


@dataclass(frozen=True)
class TokenView:
    """A line of the managers' list. `hint` is the token's end; without `created_by` the command line made it."""

    id: int
    name: str
    unit: str
    unit_name: str
    scopes: tuple[str, ...]
    hint: str
    created_at: datetime
    created_by: str | None
    last_used_at: datetime | None
    revoked_at: datetime | None
    revoked_by: str | None


@dataclass(frozen=True)
class NewToken:
    """What a token is to be for."""

    name: str
    unit: str
    scopes: tuple[str, ...]


async def issue_token(house: House, officer: OfficerView | None, new: NewToken) -> str:
    """Make a token and return it; nobody can read it again. `officer` None: the command line.

    Raises NotAllowed, or Incomplete naming the field (name, unit, scopes) to mend.
    """
    _check(house, officer, new)
    token = _PREFIX + secrets.token_urlsafe(32)
    async with house.database.transaction() as session:
        row = ApiToken(
            name=new.name.strip(),
            unit=new.unit,
            scopes=[scope for scope in SCOPES if scope in new.scopes],
            token_hash=_hash(token),
            hint=token[-4:],
            created_by=officer.id if officer else None,
        )
        session.add(row)
        await session.flush()
        _note(session, officer, "api_token.issued", row)
    return token


def _check(house: House, officer: OfficerView | None, new: NewToken) -> None:
    if officer is not None and officer.role != "manager":
        raise NotAllowed
    if not 0 < len(new.name.strip()) <= _LONGEST_NAME:
        raise Incomplete("name")
    if new.unit not in token_units(house, officer):
        raise Incomplete("unit")
    if not new.scopes or not set(new.scopes) <= set(SCOPES):
        raise Incomplete("scopes")


def token_units(house: House, officer: OfficerView | None) -> dict[str, str]:
    """Names of the units that can have tokens, by code: agencies' desks of the officer's area, never our own."""
    area = officer.region_code if officer else None
    names = {
        unit.code: f"{house.catalogue.agencies[unit.agency].name}: {unit.name}"
        for unit in house.catalogue.units.values()
        if not unit.internal and _near(area, house.catalogue.agencies[unit.agency].region)
    }
    return dict(sorted(names.items(), key=lambda item: item[1]))


def _near(area: str | None, region: str) -> bool:
    """Whether an agency serves the area: it lies within, or (an office of the province) around it."""
    return area is None or f"{region}.".startswith(f"{area}.") or f"{area}.".startswith(f"{region}.")


async def list_tokens(house: House, officer: OfficerView | None) -> list[TokenView]:
    """All tokens of the officer's area, those that hold first. Raises NotAllowed."""
    if officer is not None and officer.role != "manager":
        raise NotAllowed
    maker, ender = aliased(Officer), aliased(Officer)
    query = (
        select(ApiToken, maker.name, ender.name)
        .outerjoin(maker, maker.id == ApiToken.created_by)
        .outerjoin(ender, ender.id == ApiToken.revoked_by)
        .order_by(ApiToken.revoked_at.is_not(None), ApiToken.unit, ApiToken.id)
    )
    units = token_units(house, officer)
    async with house.database.transaction() as session:
        return [
            _view(row, units.get(row.unit, row.unit), made_by, ended_by)
            for row, made_by, ended_by in await session.execute(query)
            if officer is None or officer.region_code is None or row.unit in units
        ]


def _view(row: ApiToken, unit_name: str, made_by: str | None, ended_by: str | None) -> TokenView:
    return TokenView(
        id=row.id,
        name=row.name,
        unit=row.unit,
        unit_name=unit_name,
        scopes=tuple(row.scopes),
        hint=row.hint,
        created_at=row.created_at,
        created_by=made_by,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
        revoked_by=ended_by,
    )


async def revoke_token(house: House, officer: OfficerView | None, token_id: int) -> None:
    """End a token at once. Raises NotAllowed, NotFound, or NotNow when it has ended already."""
    if officer is not None and officer.role != "manager":
        raise NotAllowed
    async with house.database.transaction() as session:
        row = await session.get(ApiToken, token_id, with_for_update=True)
        if row is None or (officer and officer.region_code and row.unit not in token_units(house, officer)):
            raise NotFound
        if row.revoked_at is not None:
            raise NotNow
        row.revoked_at, row.revoked_by = house.clock(), officer.id if officer else None
        _note(session, officer, "api_token.revoked", row)


def _note(session: AsyncSession, officer: OfficerView | None, action: str, row: ApiToken) -> None:
    actor = Actor(officer.role, officer.id) if officer else COMMAND_LINE
    note_look(session, actor, action, f"token {row.id} of {row.unit}")


async def admit(house: House, token: str) -> Client:
    """Let a request in and count it. Raises TokenUnknown or TooFast.

    The count is the token's own row: it holds over all consoles and through a restart.
    """
    limits, now = house.limits.api, house.clock()
    busy = func.greatest(func.coalesce(ApiToken.busy_until, now), now)
    taken = (
        update(ApiToken)
        .where(ApiToken.token_hash == _hash(token), ApiToken.revoked_at.is_(None), busy <= now + limits.ahead)
        .values(busy_until=busy + limits.interval, last_used_at=now)
        .returning(ApiToken.id, ApiToken.name, ApiToken.unit, ApiToken.scopes)
        .execution_options(synchronize_session=False)
    )
    async with house.database.transaction() as session:
        row = (await session.execute(taken)).one_or_none()
        if row is None:
            raise await _refused(session, house, token)
    if row.unit not in house.catalogue.units:
        raise TokenUnknown  # the catalogue no longer has this desk
    return Client(row.id, row.name, row.unit, tuple(row.scopes))


async def _refused(session: AsyncSession, house: House, token: str) -> TokenUnknown | TooFast:
    held = select(ApiToken.busy_until).where(ApiToken.token_hash == _hash(token), ApiToken.revoked_at.is_(None))
    busy = await session.scalar(held)
    if busy is None:
        return TokenUnknown()
    wait = busy - house.clock() - house.limits.api.ahead
    return TooFast(max(1, math.ceil(wait.total_seconds())))


def _hash(token: str) -> bytes:
    return keys().fingerprint_of(token, "api_token")
