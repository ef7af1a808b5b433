"""Telling an office by mail what came of its answer by mail: to its own addresses alone, and never without end."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.dispatch import answer_link, mail_mark, parcel_key
from actions.house import House
from referral.catalogue.replies import load_replies
from referral.channels.inbound import InboundMail as Mail
from referral.queue import NewDelivery, enqueue
from storage.models import Delivery, InboundMail, Referral, Ticket
from templates import render


async def send_receipt(
    session: AsyncSession, house: House, ticket: Ticket, referral: Referral, row: InboundMail, mail: Mail
) -> None:
    """Queue the mail that says whether an answer was written down, and if not, why; some a day for each referral."""
    if await _sent_today(session, referral) >= house.limits.mail.receipts_a_day:
        return
    values = {
        "result": row.result,
        "step": row.step,
        "number": None if referral.restricted else ticket.number,
        "link": answer_link(house, referral),
        "state": referral.state,
        "words": load_replies().shown(),
        "outcomes": load_replies().shown_outcomes(),
    }
    name = "answer_restricted" if referral.restricted else "answer_taken"
    await enqueue(
        session,
        NewDelivery(
            lane=f"agency:{referral.unit}",
            ordered=False,
            kind="email",
            key=f"{_series(referral)}{row.id}",
            payload={
                "unit": referral.unit,
                "thread": f"referral-{referral.id}",
                "mark": mail_mark(house, referral),
                "answers": mail.message_id,
                "subject": render(f"email/{name}_subject.txt", **values),
                "text": render(f"email/{name}.txt", **values),
                "html": render(f"email/{name}.html", **values),
            },
            urgent=referral.urgent and not referral.restricted,
            referral_id=referral.id,
        ),
    )


def _series(referral: Referral) -> str:
    return f"{parcel_key(referral)}receipt-"


async def _sent_today(session: AsyncSession, referral: Referral) -> int:
    since = func.statement_timestamp() - timedelta(days=1)
    sent = select(func.count()).where(
        Delivery.referral_id == referral.id,
        Delivery.key.contains("-receipt-", autoescape=True),
        Delivery.created_at > since,
    )
    return await session.scalar(sent) or 0
