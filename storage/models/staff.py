"""Officers, their log-ins, and the trail of who looked at what."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, BigId, CreatedAt


class Officer(Base):
    """Someone who may log in; `region_code` is the area (kelurahan, or a prefix such as 15.71), `unit` an agency's."""

    __tablename__ = "officer"

    id: Mapped[BigId]
    login: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    role: Mapped[str]
    region_code: Mapped[str | None]
    unit: Mapped[str | None]
    restricted: Mapped[bool] = mapped_column(default=False)
    sample: Mapped[bool] = mapped_column(default=False)
    disabled: Mapped[bool] = mapped_column(default=False)
    password_hash: Mapped[str]


class OfficerSession(Base):
    """A log-in that lasts. Only a hash of the cookie's token is kept."""

    __tablename__ = "officer_session"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    officer_id: Mapped[int] = mapped_column(ForeignKey("officer.id"))
    csrf: Mapped[str]
    created_at: Mapped[CreatedAt]
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class LoginAttempt(Base):
    """A failed log-in, for throttling."""

    __tablename__ = "login_attempt"
    # the throttle counts a log-in name's failures of the last minutes
    __table_args__ = (Index(None, "login_hash", "at"),)

    id: Mapped[BigId]
    at: Mapped[CreatedAt]
    login_hash: Mapped[bytes] = mapped_column(LargeBinary)


class Audit(Base):
    """Who did or saw what, why, for which ticket: append-only (a trigger refuses changes), ids alone."""

    __tablename__ = "audit"
    # the supervisor reads what was done to a ticket
    __table_args__ = (Index(None, "ticket_id"),)

    id: Mapped[BigId]
    at: Mapped[CreatedAt]
    actor: Mapped[str]
    officer_id: Mapped[int | None] = mapped_column(ForeignKey("officer.id"))
    action: Mapped[str]
    reason: Mapped[str]
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"))
    person_id: Mapped[int | None]
    data: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))


class Fact(Base):
    """A fact about this database itself, such as the fingerprint of its keys."""

    __tablename__ = "fact"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]
