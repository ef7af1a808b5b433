"""A mail of ours came back: it counts as not delivered, and the unit's next channel is taken."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.channels import next_channel
from actions.dispatch import parcel_key
from actions.errors import NotFound
from actions.events import SYSTEM, note_event
from actions.house import House
from actions.mail_keeping import AGAIN, BOUNCE, FAILED, LATE, NOT_OURS, PARTLY, keep_mail
from actions.steps import lock_referral
from referral.channels.inbound import InboundMail as Mail
from referral.queue import bounced
from referral.reply_tokens import ReplyMark
from storage.models import InboundMail, Referral, Ticket


async def take_bounce(house: House, mail: Mail, mark: ReplyMark) -> str:
    """Note which address did not take a mail. When none has, its delivery is held and the next channel taken."""
    assert mail.bounce is not None
    async with house.database.transaction() as session:
        try:
            ticket, referral = await lock_referral(session, mark.referral_id)
        except NotFound:
            return NOT_OURS
        row = await keep_mail(
            session,
            mail,
            kind=BOUNCE,
            unit=referral.unit,
            ticket_id=ticket.id,
            referral_id=referral.id,
            restricted=referral.restricted,
            sender=mail.bounce.address,
            delivery_key=_key_of(mail.bounce.message_id, referral, mark),
        )
        if row is None:
            return AGAIN
        row.result = LATE  # it was of a series that is over
        if mark.serial == referral.link_serial:
            row.result = await _draw(session, house, ticket, referral, row, mail.bounce.status)
        return row.result


def _key_of(message_id: str, referral: Referral, mark: ReplyMark) -> str:
    """Which delivery it was, by the Message-ID; without one, the referral itself."""
    series = f"referral-{referral.id}-{mark.serial}-"
    key, _, _ = message_id.strip("<>").rpartition("@")[0].rpartition(".")
    return key if key.startswith(series) else f"{series}email"


async def _draw(
    session: AsyncSession, house: House, ticket: Ticket, referral: Referral, row: InboundMail, status: str
) -> str:
    """What follows from it. Staff see it at the ticket, and in the list of what has not arrived."""
    assert row.delivery_key is not None
    addresses = set(map(str.lower, house.contacts.mail_addresses(referral.unit)))
    failed = set(await session.scalars(select(InboundMail.sender).where(InboundMail.delivery_key == row.delivery_key)))
    data = {"mail": row.id, "status": status}
    if len(addresses) > 1 and addresses - failed:
        note_event(session, ticket, "mail_bounced", SYSTEM, referral=referral, data=data | {"partly": True})
        row.wants_look = True
        return PARTLY
    if not await bounced(session, row.delivery_key, f"the mail came back ({status or 'failed'})"):
        return LATE
    note_event(session, ticket, "mail_bounced", SYSTEM, referral=referral, data=data)
    following = None
    if row.delivery_key == f"{parcel_key(referral)}email":
        following = await next_channel(session, house, ticket, referral, "email")
    row.wants_look = following is None
    return FAILED
