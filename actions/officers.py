"""Officers: adding them, logging in and out."""

from __future__ import annotations

import asyncio
import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import Incomplete, NotFound, TooManyAttempts
from actions.events import Actor, note_look
from actions.house import House
from actions.views import OfficerView, SignedIn
from storage.keys import keys
from storage.models import LoginAttempt, Officer, OfficerSession

ROLES = ("fo", "bo", "coordinator", "manager", "agency", "admin")
# these work in one area; without it they would see everybody's tickets
_LOCAL_ROLES = ("fo", "bo", "coordinator")

# argon2id with the library's defaults (RFC 9106, low memory)
_HASHER = PasswordHasher()


async def add_officer(
    house: House,
    *,
    login: str,
    name: str,
    role: str,
    password: str,
    region_code: str | None = None,
    unit: str | None = None,
    restricted: bool = False,
    sample: bool = False,
) -> int:
    """Add an officer. Raises Incomplete naming the field (login, name, role, password, region, unit) to mend."""
    _check_new(house, login.strip(), name.strip(), role, password, region_code, unit)
    async with house.database.transaction() as session:
        if await session.scalar(select(Officer.id).where(Officer.login == login.strip().lower())):
            raise Incomplete("login")
        officer = Officer(
            login=login.strip().lower(),
            name=name.strip(),
            role=role,
            region_code=region_code,
            unit=unit,
            restricted=restricted,
            sample=sample,
            password_hash=_HASHER.hash(password),
        )
        session.add(officer)
        await session.flush()
        note_look(session, Actor("system", officer.id), "officer.added", role)
        return officer.id


def _check_new(
    house: House, login: str, name: str, role: str, password: str, region_code: str | None, unit: str | None
) -> None:
    checks = {
        "login": bool(login) and " " not in login,
        "name": bool(name),
        "role": role in ROLES,
        "password": len(password) >= house.limits.login.shortest_password,
        "region": (region_code is None and role not in _LOCAL_ROLES)
        or (region_code is not None and house.gazetteer.get(region_code) is not None),
        "unit": (role == "agency") == (unit is not None) and (unit is None or unit in house.catalogue.units),
    }
    for field, good in checks.items():
        if not good:
            raise Incomplete(field)


async def change_officer(house: House, login: str, *, password: str | None) -> None:
    """Give an officer a new password, or with None shut her out; her sessions end. Raises NotFound, Incomplete."""
    if password is not None and len(password) < house.limits.login.shortest_password:
        raise Incomplete("password")
    async with house.database.transaction() as session:
        officer = await session.scalar(select(Officer).where(Officer.login == login.strip().lower()))
        if officer is None:
            raise NotFound
        officer.disabled = password is None
        if password is not None:
            officer.password_hash = _HASHER.hash(password)
        await session.execute(delete(OfficerSession).where(OfficerSession.officer_id == officer.id))
        action = "officer.disabled" if officer.disabled else "officer.password"
        note_look(session, Actor("system", officer.id), action, "command line")


async def log_in(house: House, login: str, password: str) -> str | None:
    """The token of a new session, or None when login and password don't fit. Raises TooManyAttempts."""
    login_hash = keys().fingerprint_of(login.strip().lower(), "login")
    async with house.database.transaction() as session:
        since = house.clock() - house.limits.login.window
        failures = select(func.count()).where(LoginAttempt.login_hash == login_hash, LoginAttempt.at > since)
        if (await session.scalar(failures) or 0) >= house.limits.login.most_failures:
            raise TooManyAttempts
        officer = await session.scalar(select(Officer).where(Officer.login == login.strip().lower()))
        fits = await asyncio.to_thread(_fits, officer, password)  # slow on purpose: other requests go on meanwhile
        if not fits or officer is None or officer.disabled or (officer.sample and not house.demo):
            session.add(LoginAttempt(login_hash=login_hash, at=house.clock()))
            return None
        await session.execute(delete(LoginAttempt).where(LoginAttempt.login_hash == login_hash))
        return await _new_session(session, house, officer)


@cache
def _decoy() -> str:
    """Verified when the login does not exist, so that the answer takes as long; slow, so not made at every start."""
    return _HASHER.hash(secrets.token_hex(16))


def _fits(officer: Officer | None, password: str) -> bool:
    decoy = _decoy()  # made in either case, so that time tells nothing
    try:
        return _HASHER.verify(officer.password_hash if officer else decoy, password)
    except (VerificationError, InvalidHashError):
        return False


async def _new_session(session: AsyncSession, house: House, officer: Officer) -> str:
    token = secrets.token_urlsafe(32)
    await session.execute(delete(OfficerSession).where(OfficerSession.expires_at <= house.clock()))
    session.add(
        OfficerSession(
            token_hash=_hash(token),
            officer_id=officer.id,
            csrf=secrets.token_urlsafe(24),
            expires_at=house.clock() + house.limits.login.session,
        )
    )
    note_look(session, Actor(officer.role, officer.id), "officer.logged_in", "log-in")
    return token


async def signed_in(house: House, token: str) -> SignedIn | None:
    """Who a session's token belongs to, or None when it is unknown, over, or the officer was disabled."""
    async with house.database.transaction() as session:
        row = await session.get(OfficerSession, _hash(token))
        if row is None or row.expires_at <= house.clock():
            return None
        officer = await session.get_one(Officer, row.officer_id)
        if officer.disabled or (officer.sample and not house.demo):
            return None
        return SignedIn(officer_view(house, officer), row.csrf)


async def log_out(house: House, token: str) -> None:
    """End a session."""
    async with house.database.transaction() as session:
        await session.execute(delete(OfficerSession).where(OfficerSession.token_hash == _hash(token)))


async def sample_officers(house: House) -> int:
    """How many sample officers could log in (their passwords are printed in the manual)."""
    async with house.database.transaction() as session:
        return await session.scalar(select(func.count()).where(Officer.sample.is_(True))) or 0


def officer_view(house: House, officer: Officer) -> OfficerView:
    """The officer as the console knows her."""
    place = house.gazetteer.get(officer.region_code) if officer.region_code else None
    managers_only = tuple(need.code for need in house.catalogue.needs.values() if need.managers_only)
    return OfficerView(
        id=officer.id,
        login=officer.login,
        name=officer.name,
        role=officer.role,
        region_code=officer.region_code,
        region_name=place.name if place else None,
        unit=officer.unit,
        restricted=officer.restricted,
        sample=officer.sample,
        hidden_needs=() if officer.role == "manager" else managers_only,
    )


def _hash(token: str) -> bytes:
    return keys().fingerprint_of(token, "officer_session")
