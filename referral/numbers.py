"""Ticket numbers: SLRT-1571-2611-00042 (region, year and month in WIB, running number without gaps)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from referral.calendar import WIB
from storage.models import TicketCounter

_UNKNOWN = "1571"  # the SLRT office that decides when the place is not known


async def next_ticket_number(session: AsyncSession, region_code: str | None, moment: datetime) -> str:
    """The next number. It is only used up if the session commits; until then others of its region and month wait."""
    parts = (region_code or "").split(".")
    region = "".join(parts[:2]) if len(parts) > 1 else _UNKNOWN
    month = moment.astimezone(WIB).strftime("%y%m")
    statement = insert(TicketCounter).values(region=region, month=month, last=1)
    statement = statement.on_conflict_do_update(
        index_elements=[TicketCounter.region, TicketCounter.month], set_={"last": TicketCounter.last + 1}
    )
    number = await session.scalar(statement.returning(TicketCounter.last))
    return f"SLRT-{region}-{month}-{number:05d}"
