"""Telling staff of what is stuck: held after its last try, or waiting for too long."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import NotAllowed
from actions.house import House
from actions.views import OfficerView
from referral.policy import load_policy
from referral.queue import NewDelivery, enqueue, of_lane, retry_held
from storage.models import Delivery, Referral
from templates import render

_MANAGER = "manager"
_NOTICE = "stuck-notice"


@dataclass(frozen=True)
class StuckLane:
    """A receiver for whom something is stuck: `name` is the agency's, or none where the lane is of another kind."""

    lane: str
    name: str | None
    kind: str
    held: int
    waiting: int
    since: datetime


async def stuck_lanes(house: House, officer: OfficerView) -> list[StuckLane]:
    """What is stuck by receiver, the longest first: for managers, that of restricted needs for their circle alone."""
    if officer.role != _MANAGER:
        return []
    async with house.database.transaction() as session:
        return await _lanes(session, house, _stuck(), restricted=None if officer.restricted else False)


async def try_stuck_again(house: House, officer: OfficerView, lane: str) -> int:
    """Give what is held for a receiver (or a kind of lanes: chat) a fresh set of tries. Returns how many rows."""
    if officer.role != _MANAGER:
        raise NotAllowed
    async with house.database.transaction() as session:
        ids = await session.scalars(
            select(Delivery.id)
            .join(Referral, Referral.id == Delivery.referral_id, isouter=True)
            .where(Delivery.state == "held", of_lane(lane))
            .where(Referral.restricted.is_not(True) | officer.restricted)
        )
        found = ids.all()
        return await retry_held(session, found) if found else 0


async def tell_of_stuck(house: House) -> int:
    """Mail the SLRT desks what has got stuck since they were told last; each row is told of once. Returns how many.

    Restricted needs are told to the desks of the restricted circle. A desk without a mail address sees the worklist.
    """
    fresh = _stuck() & Delivery.told_at.is_(None)
    async with house.database.transaction() as session:
        ids = (await session.scalars(select(Delivery.id).where(fresh).with_for_update(skip_locked=True))).all()
        if not ids:
            return 0
        for restricted in (False, True):
            lanes = await _lanes(session, house, Delivery.id.in_(ids), restricted=restricted)
            for unit in slrt_desks(house, restricted=restricted) if lanes else ():
                await _mail(session, house, unit, lanes)
        await session.execute(
            update(Delivery)
            .where(Delivery.id.in_(ids))
            .values(told_at=func.now())
            .execution_options(synchronize_session=False)
        )
    return len(ids)


@cache
def _patience() -> timedelta:
    return timedelta(hours=load_policy().stuck_after_hours)


def _stuck() -> ColumnElement[bool]:
    late = (Delivery.state == "waiting") & (Delivery.since <= func.now() - _patience())
    # a notice that does not arrive is no reason for another one
    return or_(Delivery.state == "held", late) & Delivery.key.not_like(f"{_NOTICE}-%")


async def _lanes(
    session: AsyncSession, house: House, which: ColumnElement[bool], *, restricted: bool | None
) -> list[StuckLane]:
    query = (
        select(Delivery.lane, Delivery.state, func.count(), func.min(Delivery.since))
        .join(Referral, Referral.id == Delivery.referral_id, isouter=True)
        .where(which)
        .group_by(Delivery.lane, Delivery.state)
    )
    if restricted is not None:
        query = query.where(Referral.restricted.is_(True) if restricted else Referral.restricted.is_not(True))
    found: dict[str, StuckLane] = {}
    for lane, state, count, first in await session.execute(query):
        kind, _, receiver = lane.partition(":")
        unit = house.catalogue.units.get(receiver.partition(":")[0])
        group = lane if unit else kind  # chats are told of together, without saying whose they are
        name = house.catalogue.agencies[unit.agency].name if unit else None
        known = found.get(group, StuckLane(group, name, kind, 0, 0, first))
        found[group] = replace(
            known,
            held=known.held + count * (state == "held"),
            waiting=known.waiting + count * (state == "waiting"),
            since=min(known.since, first),
        )
    return sorted(found.values(), key=lambda stuck: stuck.since)


def slrt_desks(house: House, *, restricted: bool) -> Sequence[str]:
    """The units that decide anew when something went wrong, as far as they have a mail address."""
    units = dict.fromkeys(rule.unit for rule in house.catalogue.returned if rule.restricted in (None, restricted))
    chosen = [unit for unit in units if house.catalogue.units[unit].restricted == restricted]
    return [unit for unit in chosen if any(way.kind == "email" for way in house.contacts.channels(unit))]


async def _mail(session: AsyncSession, house: House, unit: str, lanes: Sequence[StuckLane]) -> None:
    values = {"lanes": lanes, "link": f"{house.public_url}/kerja"}
    await enqueue(
        session,
        NewDelivery(
            lane=f"agency:{unit}",
            ordered=False,
            kind="email",
            key=f"{_NOTICE}-{unit}-{secrets.token_hex(8)}",
            pending=f"{_NOTICE}-{unit}",  # one that has not left yet is enough
            payload={
                "unit": unit,
                "thread": f"{_NOTICE}-{unit}",
                "subject": render("email/stuck_subject.txt", **values),
                "text": render("email/stuck.txt", **values),
                "html": render("email/stuck.html", **values),
            },
        ),
    )
