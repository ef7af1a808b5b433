"""Tickets, their needs, the referrals that meet the needs, and everything that happened to them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, BigId, CreatedAt
from storage.sealed import SealedJson, SealedText


class Ticket(Base):
    """A resident's case. `region_code` is the kelurahan or desa where known; without one the SLRT office sees it.

    `closed_as` (rejected, withdrawn, merged) is set when the whole ticket was closed; a restricted need of it lives on.
    `spoken_by` is set when somebody outside the person's household tells it (neighbour, rt_head …); `agrees` is what
    was answered to whether that person knows and agrees. `catalogue_version` is the one by which its needs found their
    desks when it was opened.
    """

    __tablename__ = "ticket"
    # worklist: newest open tickets of a region; /status: a conversation's own tickets
    __table_args__ = (Index(None, "region_code", "state", "created_at"), Index(None, "conversation_id"))

    id: Mapped[BigId]
    number: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[CreatedAt]
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"))
    state: Mapped[str]
    region_code: Mapped[str | None] = mapped_column(ForeignKey("region.code"))
    rt: Mapped[str | None]
    rw: Mapped[str | None]
    complaint: Mapped[str] = mapped_column(SealedText("ticket.complaint"))
    reporter_name: Mapped[str | None] = mapped_column(SealedText("ticket.reporter_name"))
    nik: Mapped[str | None] = mapped_column(SealedText("ticket.nik"))
    kk: Mapped[str | None] = mapped_column(SealedText("ticket.kk"))
    phone: Mapped[str | None] = mapped_column(SealedText("ticket.phone"))
    wants_officer: Mapped[str | None]  # write, call; empty again once an officer has done so
    urgent: Mapped[bool]
    understood: Mapped[bool]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    spoken_by: Mapped[str | None]
    agrees: Mapped[str | None]
    lookup_outcome: Mapped[str]
    lookup_facts: Mapped[Any | None] = mapped_column(SealedJson("ticket.lookup_facts"))
    closed_as: Mapped[str | None]
    closed_reason: Mapped[str | None] = mapped_column(SealedText("ticket.closed_reason"))
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"))
    catalogue_version: Mapped[int] = mapped_column(server_default="0")


class TicketCounter(Base):
    """The running number of tickets per region and month (in `SLRT-1571-2611-00042` the last part)."""

    __tablename__ = "ticket_counter"

    region: Mapped[str] = mapped_column(primary_key=True)
    month: Mapped[str] = mapped_column(primary_key=True)
    last: Mapped[int]


class TicketNeed(Base):
    """A need of a ticket: found by the model, named by the resident or added by an officer."""

    __tablename__ = "ticket_need"
    __table_args__ = (UniqueConstraint("ticket_id", "need"),)

    id: Mapped[BigId]
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    need: Mapped[str]
    source: Mapped[str]
    confidence: Mapped[float | None]
    restricted: Mapped[bool]
    answers: Mapped[Any] = mapped_column(SealedJson("ticket_need.answers"))


class Referral(Base):
    """One need on its way to one unit of an agency; it lives by `referral.lifecycle`.

    `reopened` counts how often it was sent out again after its end.
    """

    __tablename__ = "referral"
    # ticket page; agency's own worklist of open referrals
    __table_args__ = (Index(None, "ticket_id"), Index(None, "unit", "state"))

    id: Mapped[BigId]
    created_at: Mapped[CreatedAt]
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    need: Mapped[str]
    agency: Mapped[str]
    unit: Mapped[str]
    state: Mapped[str]
    urgent: Mapped[bool]
    restricted: Mapped[bool]
    reason: Mapped[str | None] = mapped_column(SealedText("referral.reason"))
    outcome: Mapped[str | None]
    outcome_note: Mapped[str | None] = mapped_column(SealedText("referral.outcome_note"))
    confirmation: Mapped[str | None]
    due_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    previous_id: Mapped[int | None] = mapped_column(ForeignKey("referral.id"))
    link_serial: Mapped[int] = mapped_column(default=1)
    reopened: Mapped[int] = mapped_column(default=0, server_default=text("0"))


class Event(Base):
    """Something that happened to a ticket: append-only (a trigger refuses changes). `data` holds no personal data."""

    __tablename__ = "event"
    __table_args__ = (
        # the ticket's timeline
        Index(None, "ticket_id", "id"),
        # the agency API: a referral's own history, and when it changed last
        Index("ix_event_referral_id", "referral_id", "id", postgresql_where=text("referral_id is not null")),
        # the agency API: what changed lately; rows stand in the order of time, so this index is tiny
        Index("ix_event_at", "at", postgresql_using="brin"),
    )

    id: Mapped[BigId]
    at: Mapped[CreatedAt]
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    referral_id: Mapped[int | None] = mapped_column(ForeignKey("referral.id"))
    kind: Mapped[str]
    actor: Mapped[str]
    officer_id: Mapped[int | None] = mapped_column(ForeignKey("officer.id"))
    restricted: Mapped[bool]
    note: Mapped[str | None] = mapped_column(SealedText("event.note"))
    data: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))


class Visit(Base):
    """A home visit by the kelurahan's officer and what was found."""

    __tablename__ = "visit"
    __table_args__ = (Index(None, "ticket_id"),)

    id: Mapped[BigId]
    at: Mapped[CreatedAt]
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    officer_id: Mapped[int] = mapped_column(ForeignKey("officer.id"))
    finding: Mapped[str]
    note: Mapped[str | None] = mapped_column(SealedText("visit.note"))


class SafeContact(Base):
    """How the person behind an urgent or restricted report may be reached, by her own word; phones are shared.

    Without a row, or without `may_write`, nothing about the ticket's restricted needs is written to the chat.
    `code_hash` finds the code by which she sees how they stand; the code itself is kept nowhere.
    """

    __tablename__ = "safe_contact"
    __table_args__ = (UniqueConstraint("ticket_id"), UniqueConstraint("code_hash"))

    id: Mapped[BigId]
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    code_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    may_write: Mapped[bool]
    answer: Mapped[Any | None] = mapped_column(SealedJson("safe_contact.answer"))
