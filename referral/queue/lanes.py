"""What all dispatchers know of a lane: whether it fails (circuit breaker) and rests, and whether it is stopped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from referral.policy import Breaker
from referral.queue.writing import wake
from storage.models import Delivery, DeliveryLane

_FAILED = text(
    """
    insert into delivery_lane as s (lane, failures, last_error, open_until)
    values (:lane, 1, :reason, case when cast(:most as integer) <= 1
        then statement_timestamp() + cast(:first as float) * cast(:short as float) * interval '1 second' end)
    on conflict (lane) do update set
        failures = s.failures + 1,
        last_error = excluded.last_error,
        open_until = case when s.failures + 1 >= cast(:most as integer)
            then statement_timestamp() + cast(:short as float) * interval '1 second' * least(cast(:cap as float),
                cast(:first as float) * power(cast(:factor as float), least(s.failures + 1 - :most, 60)))
        end
    returning extract(epoch from open_until - statement_timestamp())
    """
)


@dataclass(frozen=True)
class LaneState:
    """A lane that rests or is stopped."""

    lane: str
    failures: int
    open_until: datetime | None
    last_error: str | None
    paused: bool


async def failed(session: AsyncSession, lane: str, breaker: Breaker, reason: str, chance: float) -> float | None:
    """Count a failure of the lane. Returns for how many seconds it rests now: longer each time.

    `chance` (0 to 1) shortens that by up to half.
    """
    values = {
        "lane": lane,
        "reason": reason,
        "most": breaker.failures,
        "first": breaker.first_seconds,
        "cap": breaker.cap_seconds,
        "factor": breaker.factor,
        "short": 1 - chance / 2,
    }
    seconds = await session.scalar(_FAILED, values)
    return None if seconds is None else float(seconds)


async def worked(session: AsyncSession, lanes: Sequence[str]) -> None:
    """These lanes took something: their failures are forgotten."""
    await session.execute(
        update(DeliveryLane)
        .where(DeliveryLane.lane.in_(sorted(set(lanes))), DeliveryLane.failures > 0)
        .values(failures=0, open_until=None, last_error=None)
        .execution_options(synchronize_session=False)
    )


async def pause(session: AsyncSession, lane: str) -> None:
    """Let no dispatcher take from a lane (`agency:x`), a family (`agency`) or, with an empty name, from all."""
    statement = insert(DeliveryLane).values(lane=lane, paused=True)
    await session.execute(statement.on_conflict_do_update(index_elements=["lane"], set_={"paused": True}))


async def take_again(session: AsyncSession, lane: str) -> bool:
    """Undo `pause`, and end a lane's rest. False if there was nothing to undo."""
    gone = await session.scalar(delete(DeliveryLane).where(DeliveryLane.lane == lane).returning(DeliveryLane.lane))
    waiting = select(Delivery.lane).where(Delivery.state == "waiting", of_lane(lane)).distinct()
    await wake(session, (await session.scalars(waiting)).all())
    return gone is not None


async def under_way(session: AsyncSession, lane: str) -> int:
    """How many rows of a lane, a family or (an empty name) all are in someone's hands now."""
    leased = Delivery.leased_until > func.statement_timestamp()
    count = select(func.count()).where(Delivery.state == "waiting", leased, of_lane(lane))
    return await session.scalar(count) or 0


def of_lane(lane: str) -> ColumnElement[bool]:
    """The condition for the rows of a lane, of a family, or of all (an empty name)."""
    return or_(Delivery.lane == lane, Delivery.lane.startswith(f"{lane}:" if lane else "", autoescape=True))
