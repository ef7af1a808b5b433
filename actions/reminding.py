"""One gentle reminder of a report that was left lying: planned with the turn, looked at again when it is due."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlalchemy import func, update
from sqlalchemy.ext.asyncio import AsyncSession

from actions.house import House
from actions.notices import TELEGRAM
from referral.queue import NewDelivery, enqueue
from storage.models import Conversation, Delivery

JOB = "job.remind"


async def plan_reminder(session: AsyncSession, house: House, conversation: Conversation, after: float | None) -> None:
    """Let a reminder come `after` so many seconds of silence; None: not at all. One that is planned stays as it is."""
    if after is None or conversation.channel != TELEGRAM:  # a page shows where it stood when it is opened again
        await _call_off(session, conversation)
    elif conversation.remind_job is None:
        due = house.limits.night.over(house.clock() + timedelta(seconds=after))
        conversation.remind_job = await _job(session, conversation, due, after)


async def put_off(session: AsyncSession, house: House, conversation: Conversation, after: float) -> bool:
    """Plan it anew if the resident has written since, or if it is night. Says whether it was too early."""
    now = house.clock()
    last = conversation.last_turn_at or now
    due = house.limits.night.over(max(now, last + timedelta(seconds=after)))
    early = due > now
    conversation.remind_job = await _job(session, conversation, due, after) if early else None
    return early


async def _job(session: AsyncSession, conversation: Conversation, due: datetime, after: float) -> int:
    return await enqueue(
        session,
        NewDelivery(
            lane="job:remind",
            ordered=False,
            kind=JOB,
            key=f"remind-{conversation.id}-{secrets.token_hex(8)}",
            payload={"conversation": conversation.id, "after": after},
            due_at=due,
        ),
    )


async def _call_off(session: AsyncSession, conversation: Conversation) -> None:
    if conversation.remind_job is None:
        return
    await session.execute(
        update(Delivery)
        .where(Delivery.id == conversation.remind_job, Delivery.state == "waiting")
        .values(state="done", done_at=func.statement_timestamp(), leased_by=None, leased_until=None)
        .execution_options(synchronize_session=False)
    )
    conversation.remind_job = None
