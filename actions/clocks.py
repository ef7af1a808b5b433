"""What happens because time passes: silence of the resident becomes "unconfirmed", never "solved"."""

from __future__ import annotations

import structlog
from sqlalchemy import select

from actions.errors import NotNow
from actions.events import SYSTEM
from actions.house import House
from actions.steps import lock_referral, take_step
from storage.models import Referral

_MOST = 500


async def expire_confirmations(house: House) -> int:
    """Mark finished referrals whose resident has not answered in time; safe to run anywhere. Returns how many."""
    async with house.database.transaction() as session:
        over = await session.scalars(
            select(Referral.id)
            .where(Referral.state == "done", Referral.confirmation == "waiting", Referral.due_at < house.clock())
            .order_by(Referral.id)
            .limit(_MOST)
        )
        ids = over.all()
    for referral_id in ids:
        async with house.database.transaction() as session:
            ticket, referral = await lock_referral(session, referral_id)
            try:
                await take_step(session, house, ticket, referral, "expire", SYSTEM)
            except NotNow:
                continue  # the resident was quicker
    if ids:
        structlog.get_logger().info("confirmations.expired", count=len(ids))
    return len(ids)
