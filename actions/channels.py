"""Channels that a unit uses one after the other: when one fails, or takes too long, the next one is taken."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.dispatch import parcel_key, plan_of, send_by, travelled
from actions.events import SYSTEM, note_event
from actions.house import House
from actions.steps import lock_referral
from referral.ports import Parcel, Refused
from storage.models import Officer, Referral, Ticket

_UNTAKEN = ("approved", "sent", "received")


async def next_channel(
    session: AsyncSession, house: House, ticket: Ticket, referral: Referral, failed: str
) -> str | None:
    """Take the next channel after `failed`, unless that was done before or the agency has answered. Returns which."""
    plan = await plan_of(session, house, referral)
    if not plan.in_turn or referral.state not in _UNTAKEN:
        return None
    used = await travelled(session, referral, plan)
    left = [kind for kind in plan.kinds if kind not in used]
    if not left or list(used)[-1:] != [failed]:
        return None
    await send_by(session, house, ticket, referral, left[0], plan)
    data = {"from": failed, "to": left[0]}
    note_event(session, ticket, "next_channel", SYSTEM, referral=referral, data=data)
    return left[0]


class NextChannel:
    """Sender of `job.next`: a channel's time is over; if it has not delivered, the next one is taken."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def send(self, parcel: Parcel) -> None:
        """Look how the channel stands. What it still tries goes on: it may be the quicker one."""
        house, payload = self._house, parcel.payload
        async with house.database.transaction() as session:
            ticket, referral = await lock_referral(session, int(payload["referral"]))
            if parcel_key(referral) != payload["series"]:
                return  # it was called back, or goes out again with a series of its own
            kind = str(payload["kind"])
            plan = await plan_of(session, house, referral)
            if (await travelled(session, referral, plan)).get(kind) != "done":
                await next_channel(session, house, ticket, referral, kind)


class ConsoleSender:
    """Sender of `console` parcels: the referral stands in its unit's list, if somebody can log in to read it."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def send(self, parcel: Parcel) -> None:
        """Raises Refused where the unit has no officer with a log-in."""
        unit = str(parcel.payload["unit"])
        somebody = select(Officer.id).where(Officer.role == "agency", Officer.unit == unit, Officer.disabled.is_(False))
        async with self._house.database.transaction() as session:
            if await session.scalar(somebody.limit(1)) is None:
                raise Refused(f"nobody of {unit} has a log-in")
