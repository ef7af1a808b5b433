"""Letters on paper that were issued, as they were signed, and their running numbers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, BigId, CreatedAt
from storage.sealed import SealedBytes, SealedJson, SealedText


class Letter(Base):
    """A letter: what it says, its PDF, and whether it still holds.

    `token_hash` finds it by the code on the paper. `delivery_key` is set when it is how a referral travels: then it
    waits in the print list until `handed_at`. It was revoked by an officer, or with its referral (no `revoked_by`).
    """

    __tablename__ = "letter"
    __table_args__ = (
        UniqueConstraint("office", "year", "running"),
        # the ticket page
        Index(None, "ticket_id"),
        # a referral that is called back takes its letters along
        Index("ix_letter_referral_id", "referral_id", postgresql_where=text("referral_id is not null")),
        # the list of what is to be printed
        Index(
            "ix_letter_to_print",
            "id",
            postgresql_where=text("delivery_key is not null and handed_at is null and revoked_at is null"),
        ),
    )

    id: Mapped[BigId]
    at: Mapped[CreatedAt]
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    referral_id: Mapped[int | None] = mapped_column(ForeignKey("referral.id"))
    kind: Mapped[str]
    office: Mapped[str]
    year: Mapped[int]
    running: Mapped[int]
    number: Mapped[str]
    officer_id: Mapped[int | None] = mapped_column(ForeignKey("officer.id"))
    restricted: Mapped[bool]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    says: Mapped[Any] = mapped_column(SealedJson("letter.says"))
    pdf: Mapped[bytes] = mapped_column(SealedBytes("letter.pdf"), deferred=True)
    delivery_key: Mapped[str | None] = mapped_column(unique=True)
    handed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    handed_by: Mapped[int | None] = mapped_column(ForeignKey("officer.id"))
    handed_to: Mapped[str | None] = mapped_column(SealedText("letter.handed_to"))
    revoked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    revoked_by: Mapped[int | None] = mapped_column(ForeignKey("officer.id"))
    revoked_reason: Mapped[str | None] = mapped_column(SealedText("letter.revoked_reason"))


class LetterCounter(Base):
    """The running number of letters per office and year."""

    __tablename__ = "letter_counter"

    office: Mapped[str] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int]
