"""What follows a delivery: a referral that reached its unit moves on, a chat that is gone is noted."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from actions.channels import next_channel
from actions.dispatch import CONSOLE, LETTER, parcel_key
from actions.errors import NotNow
from actions.events import SYSTEM, note_event
from actions.group_posts import TELEGRAM
from actions.house import House
from actions.steps import lock_referral, take_step
from actions.turns import give_up_waiting
from actions.waiting import JOB as WORDS
from referral.ports import Parcel
from referral.queue import wake
from storage.models import Conversation, Delivery, Message, Ticket

_AGENCY_KINDS = {"email", "webhook", CONSOLE, TELEGRAM}
_JOB = "job.understand"


class Settle:
    """`referral.ports.Settle`: runs in the transaction that marks the delivery done, held or dropped."""

    def __init__(self, house: House) -> None:
        self._house = house

    def follows(self, parcel: Parcel, result: str) -> bool:
        """Whether anything follows from this end. See `referral.ports.Settle`."""
        if result != "done":
            return True
        return (parcel.kind in _AGENCY_KINDS and parcel.referral_id is not None) or _holds_code(parcel)

    async def received(self, session: AsyncSession, receipts: Mapping[int, int]) -> None:
        """Keep Telegram's numbers of our messages: with them they can be deleted. See `referral.ports.Settle`."""
        rows = [{"id": message, "channel_message_id": number} for message, number in receipts.items()]
        await session.execute(update(Message), rows)

    async def __call__(self, session: AsyncSession, parcel: Parcel, result: str) -> None:
        """Let the house know what became of a parcel."""
        if parcel.referral_id is not None and (parcel.kind in _AGENCY_KINDS or _no_letter(parcel, result)):
            await self._agency(session, parcel, result)
        if parcel.kind == _JOB and result == "held":
            ticket = await session.get_one(Ticket, int(parcel.payload["ticket"]))
            note_event(session, ticket, "delivery_held", SYSTEM, data={"kind": parcel.kind})
        if parcel.kind == WORDS and result == "held":
            await give_up_waiting(session, self._house, int(parcel.payload["conversation"]))
        if parcel.kind == "telegram.send" and parcel.message_id is not None:
            await self._said(session, parcel, parcel.message_id, result)

    async def _said(self, session: AsyncSession, parcel: Parcel, message_id: int, result: str) -> None:
        if result == "dropped":
            message = await session.get_one(Message, message_id)
            conversation = await session.get_one(Conversation, message.conversation_id)
            conversation.blocked_at = self._house.clock()
        if _holds_code(parcel) and result != "held":
            await session.execute(update(Message).where(Message.id == message_id).values(text=None))
            await session.execute(update(Delivery).where(Delivery.id == parcel.id).values(payload={}))

    async def _agency(self, session: AsyncSession, parcel: Parcel, result: str) -> None:
        assert parcel.referral_id is not None
        ticket, referral = await lock_referral(session, parcel.referral_id)
        if not parcel.key.startswith(parcel_key(referral)):
            return  # it was called back meanwhile; what follows has a key of its own
        if result != "done":
            note_event(session, ticket, "delivery_held", SYSTEM, referral=referral, data={"kind": parcel.kind})
            if parcel.key == f"{parcel_key(referral)}{parcel.kind}":
                await next_channel(session, self._house, ticket, referral, parcel.kind)
            return
        # a webhook's 2xx says that it was received; a mail server's answer only that it was sent
        steps = ("send", "receive") if parcel.kind == "webhook" else ("send",)
        for step in steps:
            try:
                await take_step(session, self._house, ticket, referral, step, SYSTEM)
            except NotNow:
                continue  # the agency was quicker, or another channel was


def _no_letter(parcel: Parcel, result: str) -> bool:
    """Whether a letter could not be written. A written one waits to be printed: the referral has not left yet."""
    return parcel.kind == LETTER and result != "done"


def _holds_code(parcel: Parcel) -> bool:
    """Whether it shows a safety code, which is forgotten once it was shown."""
    return parcel.kind == "telegram.send" and bool(parcel.payload.get("secret"))


async def release_leases(house: House, role: str) -> None:
    """Let the dispatcher send what an earlier process of a role that runs once left behind when it was killed."""
    async with house.database.transaction() as session:
        lanes = await session.scalars(
            update(Delivery)
            .where(
                Delivery.state == "waiting",
                Delivery.leased_by.startswith(f"{role}@", autoescape=True),
                Delivery.leased_by != house.process,
            )
            .values(leased_by=None, leased_until=None)
            .returning(Delivery.lane)
        )
        await wake(session, lanes.all())
