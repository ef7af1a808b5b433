"""What passes between officers and residents, and what residents say about the help and how they were treated."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import DateTime, ForeignKey, Index, LargeBinary, text
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


class Inquiry(Base):
    """What an officer told or asked a resident about a ticket.

    `kind` is message (an answer may come), question or document (the ticket waits for it). `state` is proposed (an
    agency asks, an officer has to pass it on), waiting, answered, declined (she has no such thing) or closed (no longer
    needed). `office` is the name that the resident reads; `seen_at` is set when an officer has seen the answer.
    """

    __tablename__ = "inquiry"
    # the ticket page and the worklist; a chat's open ones are found through its tickets
    __table_args__ = (Index(None, "ticket_id"),)

    id: Mapped[BigId]
    at: Mapped[CreatedAt]
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    referral_id: Mapped[int | None] = mapped_column(ForeignKey("referral.id"))
    kind: Mapped[str]
    text: Mapped[str] = mapped_column(SealedText("inquiry.text"))
    office: Mapped[str]
    actor: Mapped[str]
    officer_id: Mapped[int | None] = mapped_column(ForeignKey("officer.id"))
    restricted: Mapped[bool]
    state: Mapped[str]
    answered_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    seen_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    seen_by: Mapped[int | None] = mapped_column(ForeignKey("officer.id"))
    token_hash: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    expires_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class Notice(Base):
    """A change of a referral that its resident has not been told of yet; the row is gone once it was told.

    `what` is the name of its text, `due_at` the day that it names. All rows of a ticket become one message. Without
    a referral it is the end of the whole ticket.
    """

    __tablename__ = "notice"
    __table_args__ = (Index(None, "ticket_id"),)

    id: Mapped[BigId]
    at: Mapped[CreatedAt]
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    referral_id: Mapped[int | None] = mapped_column(ForeignKey("referral.id"))
    what: Mapped[str]
    due_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
