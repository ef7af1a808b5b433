"""Officers' own Telegram accounts: with them they answer in their unit's chat."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import NotAllowed
from actions.events import Actor, note_look
from actions.house import House
from actions.link_codes import CodeView, new_code, open_code
from actions.officers import officer_view
from actions.views import OfficerView
from storage.keys import keys
from storage.models import Officer, OfficerAccount

_AGENCY = "agency"


@dataclass(frozen=True)
class AccountView:
    """What an agency's officer sees of her own account: her office, when she linked Telegram, a code to do so."""

    agency_name: str
    unit_name: str
    linked_at: datetime | None
    code: CodeView | None


async def account_view(house: House, officer: OfficerView) -> AccountView:
    """The officer's own page. Raises NotAllowed for those who are not an agency's."""
    if officer.role != _AGENCY or officer.unit is None:
        raise NotAllowed
    unit = house.catalogue.units[officer.unit]
    async with house.database.transaction() as session:
        row = await session.get(OfficerAccount, officer.id)
        return AccountView(
            agency_name=house.catalogue.agencies[unit.agency].name,
            unit_name=unit.name,
            linked_at=row.created_at if row else None,
            code=await open_code(session, house, officer_id=officer.id),
        )


async def make_account_code(house: House, officer: OfficerView) -> CodeView:
    """A fresh code to link the officer's own account. Raises NotAllowed."""
    if officer.role != _AGENCY:
        raise NotAllowed
    async with house.database.transaction() as session:
        return await new_code(session, house, unit=None, officer_id=officer.id)


async def unlink_account(house: House, officer: OfficerView) -> None:
    """Buttons pressed with her account count no longer."""
    async with house.database.transaction() as session:
        await session.execute(delete(OfficerAccount).where(OfficerAccount.officer_id == officer.id))
        note_look(session, Actor(officer.role, officer.id), "account.unlinked", "account page")


async def link_account(session: AsyncSession, officer: Officer, account: str) -> None:
    """From now on the account is this officer's, and her only one."""
    account_hash = _hash(account)
    await session.execute(
        delete(OfficerAccount).where(
            or_(OfficerAccount.officer_id == officer.id, OfficerAccount.account_hash == account_hash)
        )
    )
    session.add(OfficerAccount(officer_id=officer.id, account=account, account_hash=account_hash))
    note_look(session, Actor(officer.role, officer.id), "account.linked", "code typed in Telegram")


async def officer_of(session: AsyncSession, house: House, account: str) -> OfficerView | None:
    """The agency's officer to whom an account belongs, unless she was shut out."""
    query = (
        select(Officer)
        .join(OfficerAccount, OfficerAccount.officer_id == Officer.id)
        .where(OfficerAccount.account_hash == _hash(account), Officer.role == _AGENCY, Officer.disabled.is_(False))
    )
    officer = await session.scalar(query)
    if officer is None or (officer.sample and not house.demo):
        return None
    return officer_view(house, officer)


async def account_of(session: AsyncSession, officer_id: int) -> tuple[str, str] | None:
    """An officer's name and account, as far as she linked one."""
    row = await session.get(OfficerAccount, officer_id)
    if row is None:
        return None
    officer = await session.get_one(Officer, officer_id)
    return officer.name, row.account


def _hash(account: str) -> bytes:
    return keys().fingerprint_of(account, "officer_account")
