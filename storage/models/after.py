"""What comes after a referral was answered: what residents say about the help and about how they were treated."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import DateTime, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, BigId, CreatedAt
from storage.sealed import SealedText


class Feedback(Base):
    """A resident's word about the help: `kind` is rating (`stars` 1 to 5), not_helped or complaint.

    A complaint is about how she was treated: the SLRT manager alone reads it. It may be about no ticket at all.
    `handled_at` is set when a manager has seen to it.
    """

    __tablename__ = "feedback"
    __table_args__ = (
        # the ticket page; a resident's complaint finds its ticket
        Index(None, "ticket_id"),
        # the supervisor's list: what nobody has seen to yet
        Index("ix_feedback_open", "id", postgresql_where=text("handled_at is null")),
        # a referral is rated once
        Index("uq_feedback_rating", "referral_id", unique=True, postgresql_where=text("kind = 'rating'")),
    )

    id: Mapped[BigId]
    at: Mapped[CreatedAt]
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"))
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"))
    referral_id: Mapped[int | None] = mapped_column(ForeignKey("referral.id"))
    kind: Mapped[str]
    stars: Mapped[int | None]
    words: Mapped[str | None] = mapped_column(SealedText("feedback.words"))
    restricted: Mapped[bool] = mapped_column(default=False)
    handled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    handled_by: Mapped[int | None] = mapped_column(ForeignKey("officer.id"))
    handled_note: Mapped[str | None] = mapped_column(SealedText("feedback.handled_note"))
