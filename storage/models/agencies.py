"""What agencies' own software needs: tokens for the API, answers that can be asked for again, and files."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, DateTime, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, BigId, CreatedAt
from storage.sealed import SealedBytes, SealedJson, SealedText


class ApiToken(Base):
    """A unit's key to the agency API. Only a hash of it is kept; `hint` is its end, by which people tell it apart.

    `created_by` is empty when it was made on the command line. `busy_until` is the token's rate: each request moves it
    on by a fixed time, and it may be only so far ahead of the present (GCRA).
    """

    __tablename__ = "api_token"
    # the managers' list, by unit
    __table_args__ = (Index(None, "unit"),)

    id: Mapped[BigId]
    created_at: Mapped[CreatedAt]
    name: Mapped[str]
    unit: Mapped[str]
    scopes: Mapped[list[str]] = mapped_column(ARRAY(String))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    hint: Mapped[str]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("officer.id"))
    last_used_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    busy_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    revoked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    revoked_by: Mapped[int | None] = mapped_column(ForeignKey("officer.id"))


class ApiAnswer(Base):
    """What was answered to a request with an Idempotency-Key, written in the transaction of what it did.

    `request_hash` tells whether a later request with the same key is the same. `body` is empty after an erasure.
    """

    __tablename__ = "api_answer"
    __table_args__ = (
        # those that were kept long enough
        Index(None, "at"),
        # an erasure finds those of a ticket's referrals
        Index(None, "referral_id"),
    )

    token_id: Mapped[int] = mapped_column(ForeignKey("api_token.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    request_hash: Mapped[bytes] = mapped_column(LargeBinary)
    referral_id: Mapped[int] = mapped_column(ForeignKey("referral.id"))
    body: Mapped[Any | None] = mapped_column(SealedJson("api_answer.body"))


class ReferralFile(Base):
    """A file that the agency sent about a referral; the event `agency_sent_file` names it."""

    __tablename__ = "referral_file"
    # an erasure finds those of a ticket's referrals
    __table_args__ = (Index(None, "referral_id"),)

    id: Mapped[BigId]
    at: Mapped[CreatedAt]
    referral_id: Mapped[int] = mapped_column(ForeignKey("referral.id"))
    file_name: Mapped[str | None] = mapped_column(SealedText("referral_file.file_name"))
    media_type: Mapped[str]
    size: Mapped[int]
    content: Mapped[bytes | None] = mapped_column(SealedBytes("referral_file.content"), deferred=True)
