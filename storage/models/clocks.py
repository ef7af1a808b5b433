"""Clocks: by when somebody has to do something about a ticket or a referral, and who was told of it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ARRAY, DateTime, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, BigId


class Clock(Base):
    """A clock of `kind` verify, follow_up, finish, confirm or answer; it runs until `ended_at`.

    It belongs to a referral, to an inquiry (answer), or to a ticket without needs (verify). While `paused_at` is set it
    stands still. `taken` names the steps of its ladder that were taken or passed over; `next_at` is when the next is
    due. `by_hours` tells how its lateness is told to people.
    """

    __tablename__ = "clock"
    __table_args__ = (
        # the dispatcher: which steps are due
        Index("ix_clock_due", "next_at", postgresql_where=text("ended_at is null")),
        # the worklist and each step: a ticket's clocks; what belongs to one thing runs once
        Index(
            "uq_clock_running",
            "ticket_id",
            "referral_id",
            "inquiry_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text("ended_at is null"),
        ),
        Index(None, "referral_id"),
    )

    id: Mapped[BigId]
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    referral_id: Mapped[int | None] = mapped_column(ForeignKey("referral.id"))
    inquiry_id: Mapped[int | None] = mapped_column(ForeignKey("inquiry.id"))
    kind: Mapped[str]
    by_hours: Mapped[bool]
    restricted: Mapped[bool]
    started_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    due_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    paused_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    next_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    taken: Mapped[list[str]] = mapped_column(ARRAY(String), default=list, server_default=text("'{}'"))
    told: Mapped[list[str]] = mapped_column(ARRAY(String), default=list, server_default=text("'{}'"))
