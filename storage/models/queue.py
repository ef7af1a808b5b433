"""The referral queue: everything that must leave the house (replies, mails, webhooks) or be done later (jobs)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, ForeignKey, Index, String, func, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, BigId, CreatedAt
from storage.sealed import SealedJson

# ranges of lanes (`agency:` to `agency;`) must mean the same in every database
_LANE = String(collation="C")
_PAYLOAD = SealedJson("delivery.payload")


class Delivery(Base):
    """One thing to deliver, written in the transaction that causes it.

    `lane` is the receiver (`chat:17`, `agency:dinsos-kota-jambi`, `job:nlu`); in an `ordered` lane (chats) a row waits
    until those before it have gone. `state` is waiting, done, held (tries used up, `last_error` says why) or dropped
    (the receiver can't be reached any more, such as a bot that was blocked). Until `leased_until` a process has it;
    `counted` then, if its lane has a limit of how many may be on their way.
    `since` is when it was due first: its age. Of rows that wait, `pending` is there once. `note` says why a person
    had it sent again; `told_at` when staff were told that it is stuck. What has ended moves to DeliveryArchive.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        # the dispatcher's claim: the heads of ordered lanes; which lanes there are
        Index("ix_delivery_ordered", "lane", "id", postgresql_where=text("state = 'waiting' and ordered")),
        # the dispatcher's claim: the heads of the other lanes, urgent ones and the rest
        Index(
            "ix_delivery_due",
            *("lane", "urgent", "due_at", "id"),
            postgresql_where=text("state = 'waiting' and not ordered"),
        ),
        # the dispatcher's claim: what is on its way of a lane with a limit
        Index("ix_delivery_counted", "lane", postgresql_where=text("state = 'waiting' and counted")),
        # what needs a person: the worklist's banner, `slrt queue held`
        Index("ix_delivery_held", "id", postgresql_where=text("state = 'held'")),
        # moving to the archive what ended long ago
        Index(
            "ix_delivery_ended",
            text("coalesce(done_at, due_at)"),
            postgresql_where=text("state in ('done', 'dropped')"),
        ),
        # of what waits under such a name there is one
        Index(
            "uq_delivery_pending",
            "pending",
            unique=True,
            postgresql_where=text("state = 'waiting' and pending is not null"),
        ),
        # the referral's timeline shows how it travelled
        Index("ix_delivery_referral_id", "referral_id", postgresql_where=text("referral_id is not null")),
    )

    id: Mapped[BigId]
    created_at: Mapped[CreatedAt]
    lane: Mapped[str] = mapped_column(_LANE)
    ordered: Mapped[bool]
    kind: Mapped[str]
    key: Mapped[str] = mapped_column(unique=True)
    pending: Mapped[str | None]
    payload: Mapped[Any] = mapped_column(_PAYLOAD)
    urgent: Mapped[bool]
    state: Mapped[str] = mapped_column(default="waiting")
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    since: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    leased_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    leased_by: Mapped[str | None]
    counted: Mapped[bool] = mapped_column(server_default=text("false"))
    last_error: Mapped[str | None]
    note: Mapped[str | None]
    told_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    done_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    referral_id: Mapped[int | None] = mapped_column(ForeignKey("referral.id"))
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id"))


class DeliveryArchive(Base):
    """What was delivered or dropped a while ago. Its keys stay taken; its payload goes after some weeks."""

    __tablename__ = "delivery_archive"
    __table_args__ = (
        # the referral's timeline shows how it travelled
        Index("ix_delivery_archive_referral_id", "referral_id", postgresql_where=text("referral_id is not null")),
        # emptying payloads
        Index("ix_delivery_archive_archived_at", "archived_at", postgresql_where=text("payload is not null")),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    archived_at: Mapped[CreatedAt]
    lane: Mapped[str] = mapped_column(_LANE)
    ordered: Mapped[bool]
    kind: Mapped[str]
    key: Mapped[str] = mapped_column(unique=True)
    payload: Mapped[Any | None] = mapped_column(_PAYLOAD)
    urgent: Mapped[bool]
    state: Mapped[str]
    attempts: Mapped[int]
    due_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    last_error: Mapped[str | None]
    note: Mapped[str | None]
    done_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    referral_id: Mapped[int | None] = mapped_column(ForeignKey("referral.id"))
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id"))


class DeliveryLane(Base):
    """What all dispatchers must know of a lane that fails, has a rate or was stopped by a person.

    After `failures` in a row nothing is taken from it until `open_until`, then one row as a trial; with a rate, nothing
    until `next_at`. `paused` counts for the lanes of a family too (`agency`), and for all (an empty name).
    """

    __tablename__ = "delivery_lane"

    lane: Mapped[str] = mapped_column(_LANE, primary_key=True)
    failures: Mapped[int] = mapped_column(server_default=text("0"))
    open_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    last_error: Mapped[str | None]
    next_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    paused: Mapped[bool] = mapped_column(server_default=text("false"))
