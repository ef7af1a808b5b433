"""The referral queue: everything that must leave the house (replies, mails, webhooks) or be done later (jobs)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, BigId, CreatedAt
from storage.sealed import SealedJson


class Delivery(Base):
    """One thing to deliver, written in the transaction that causes it.

    `lane` is the receiver (`chat:17`, `agency:dinsos-kota-jambi`, `job:nlu`); in an `ordered` lane (chats) a row waits
    until those before it have gone. `state` is waiting, done, held (tries used up, `last_error` says why) or dropped
    (the receiver can't be reached any more, such as a bot that was blocked). Until `leased_until` a process has it.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        # the dispatcher's claim: what waits, urgent first, earliest due first
        Index("ix_delivery_due", "urgent", "due_at", postgresql_where=text("state = 'waiting'")),
        # a lane's head; also finds what a lane still owes
        Index("ix_delivery_lane", "lane", "id", postgresql_where=text("state = 'waiting'")),
        # the referral's timeline shows how it travelled
        Index(None, "referral_id"),
    )

    id: Mapped[BigId]
    created_at: Mapped[CreatedAt]
    lane: Mapped[str]
    ordered: Mapped[bool]
    kind: Mapped[str]
    key: Mapped[str] = mapped_column(unique=True)
    payload: Mapped[Any] = mapped_column(SealedJson("delivery.payload"))
    urgent: Mapped[bool]
    state: Mapped[str] = mapped_column(default="waiting")
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    leased_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    leased_by: Mapped[str | None]
    last_error: Mapped[str | None]
    done_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    referral_id: Mapped[int | None] = mapped_column(ForeignKey("referral.id"))
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id"))
