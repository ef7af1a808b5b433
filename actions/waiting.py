"""Messages that wait for a moment of quiet, so that what is told in a burst is understood and answered as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, update
from sqlalchemy.ext.asyncio import AsyncSession

from actions.house import House
from actions.talk import Hold, Incoming, Part, together
from nlu.port import Understanding
from referral.queue import NewDelivery, enqueue
from storage.models import Conversation, Delivery

JOB = "job.words"
_GRACE_SECONDS = 5  # beyond the wait itself the process that took the words has them for itself so long


def waiting_parts(conversation: Conversation) -> tuple[Part, ...]:
    """The messages of a chat that have not been answered yet."""
    kept: dict[str, Any] = conversation.waiting or {}
    return tuple(Part(**part) for part in kept.get("parts", ()))


def waits_for(house: House, conversation: Conversation) -> float:
    """Seconds until the chat has been quiet for long enough; 0 or less when it has."""
    if conversation.quiet_until is None:
        return 0.0
    return (conversation.quiet_until - house.clock()).total_seconds()


async def let_wait(
    session: AsyncSession, house: House, conversation: Conversation, parts: Sequence[Part], hold: Hold
) -> float:
    """Keep the messages for later, with a job in the queue should this process die. Returns the seconds to wait."""
    now = house.clock()
    kept: dict[str, Any] = conversation.waiting or {"since": now.isoformat(), "job": None}
    longest = datetime.fromisoformat(kept["since"]) + timedelta(seconds=hold.most)
    conversation.quiet_until = max(min(now + timedelta(seconds=hold.seconds), longest), now)
    job = await _job(session, house, conversation, kept["job"], hold.seconds, parts)
    conversation.waiting = {**kept, "job": job, "parts": [asdict(part) for part in parts]}
    return waits_for(house, conversation)


async def _job(
    session: AsyncSession,
    house: House,
    conversation: Conversation,
    known: int | None,
    seconds: float,
    parts: Sequence[Part],
) -> int:
    lease = int(seconds) + _GRACE_SECONDS
    if known is not None:
        moment = func.statement_timestamp()
        moved = await session.scalar(
            update(Delivery)
            .where(Delivery.id == known, Delivery.state == "waiting")
            .values(
                due_at=conversation.quiet_until,
                leased_by=house.process,
                leased_until=moment + timedelta(seconds=lease),
            )
            .returning(Delivery.id)
            .execution_options(synchronize_session=False)
        )
        if moved is not None:
            return moved
    return await enqueue(
        session,
        NewDelivery(
            lane=f"words:{conversation.id}",
            ordered=False,
            kind=JOB,
            key=f"words-{parts[-1].message}",
            payload={"conversation": conversation.id},
            urgent=True,
            due_at=conversation.quiet_until,
            leased_by=house.process,
            lease_seconds=lease,
        ),
    )


async def end_wait(session: AsyncSession, conversation: Conversation) -> None:
    """Nothing waits any more; the job has nothing left to do."""
    kept: dict[str, Any] = conversation.waiting or {}
    conversation.waiting = conversation.quiet_until = None
    await session.execute(
        update(Delivery)
        .where(Delivery.id == kept.get("job"), Delivery.state == "waiting")
        .values(state="done", done_at=func.statement_timestamp(), leased_by=None, leased_until=None)
        .execution_options(synchronize_session=False)
    )


def as_one(conversation: Conversation, parts: Sequence[Part]) -> Incoming:
    """The messages as one thing that came in."""
    return Incoming(
        conversation.channel,
        conversation.chat,
        "text",
        text=together(parts),
        message_id=parts[-1].id,
        parts=tuple(parts),
    )


def at_least(meaning: Understanding, last: Understanding | None) -> Understanding:
    """What all the words mean, and at least what the last of them meant alone: a danger isn't lost in many words."""
    if last is None or not last.available:
        return meaning
    if not meaning.available:
        return last
    known = {guess.need for guess in meaning.needs}
    more = tuple(guess for guess in last.needs if guess.need not in known)
    return replace(meaning, needs=meaning.needs + more, urgent=meaning.urgent or last.urgent)
