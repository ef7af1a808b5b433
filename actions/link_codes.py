"""One-time codes that are typed in Telegram: they link a unit's chat, or an officer's own account."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import NotFound, TooManyAttempts
from actions.house import House
from storage.keys import keys
from storage.models import Fact, LinkCode, LoginAttempt

# nothing that is mistaken for something else when it is typed off a page
_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
_HALF = 4
_BOT = "telegram.bot"


@dataclass(frozen=True)
class CodeView:
    """A code that can be typed now; `bot` is the bot's name in Telegram, once it has run."""

    code: str
    expires_at: datetime
    bot: str | None

    @property
    def in_group(self) -> str:
        """What is typed in a group: with the bot's name it arrives whatever else was written there."""
        return f"/hubungkan@{self.bot} {self.code}" if self.bot else f"/hubungkan {self.code}"

    @property
    def in_private(self) -> str:
        """What is typed in one's own chat with the bot."""
        return f"/hubungkan {self.code}"


async def new_code(session: AsyncSession, house: House, *, unit: str | None, officer_id: int | None) -> CodeView:
    """A fresh code for a unit's chat, or without a unit for the officer's own account; earlier ones end."""
    same = LinkCode.unit == unit if unit else LinkCode.unit.is_(None) & (LinkCode.officer_id == officer_id)
    await session.execute(delete(LinkCode).where(same | (LinkCode.expires_at <= house.clock())))
    code = "-".join("".join(secrets.choice(_LETTERS) for _ in range(_HALF)) for _ in range(2))
    row = LinkCode(
        code=code,
        code_hash=_hash(code),
        unit=unit,
        officer_id=officer_id,
        expires_at=house.clock() + house.limits.link_codes.lifetime,
    )
    session.add(row)
    await session.flush()
    return CodeView(code, row.expires_at, await bot_name(session))


async def open_code(
    session: AsyncSession, house: House, *, unit: str | None = None, officer_id: int | None = None
) -> CodeView | None:
    """The code that can still be typed for a unit, or for an officer's account."""
    same = LinkCode.unit == unit if unit else LinkCode.unit.is_(None) & (LinkCode.officer_id == officer_id)
    row = await session.scalar(select(LinkCode).where(same, LinkCode.expires_at > house.clock()))
    return CodeView(row.code or "", row.expires_at, await bot_name(session)) if row else None


async def find_code(session: AsyncSession, house: House, typed: str, account: str) -> LinkCode:
    """The code that was typed, however it is written; whoever uses it deletes it.

    Raises NotFound when there is none, TooManyAttempts when this account has tried too many. Wrong ones are counted:
    commit all the same.
    """
    who = keys().fingerprint_of(account, "link_attempt")
    since = house.clock() - house.limits.login.window
    tries = select(func.count()).where(LoginAttempt.login_hash == who, LoginAttempt.at > since)
    if (await session.scalar(tries) or 0) >= house.limits.login.most_failures:
        raise TooManyAttempts
    query = select(LinkCode).where(LinkCode.code_hash == _hash(typed), LinkCode.expires_at > house.clock())
    row = await session.scalar(query.with_for_update())
    if row is None:
        session.add(LoginAttempt(login_hash=who, at=house.clock()))
        raise NotFound
    return row


async def note_bot(house: House, name: str) -> None:
    """Keep the bot's name in Telegram, for those who tell officers what to type."""
    async with house.database.transaction() as session:
        await session.merge(Fact(name=_BOT, value=name))


async def bot_name(session: AsyncSession) -> str | None:
    """The bot's name in Telegram, if the bot has run."""
    kept = await session.get(Fact, _BOT)
    return kept.value if kept else None


def _hash(code: str) -> bytes:
    plain = "".join(letter for letter in code.upper() if letter.isalnum())
    return keys().fingerprint_of(plain, "link_code")
