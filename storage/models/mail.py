"""Mails that came in: agencies' answers, and what officers must look at."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import DateTime, ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, BigId, CreatedAt
from storage.sealed import SealedBytes, SealedText


class InboundMail(Base):
    """A mail that came in. `fingerprint` (of its Message-ID and sender) makes that it counts once.

    `kind` is reply, stranger (it bears our mark, but its sender is not known for the unit: nothing of it is applied),
    bounce (a mail of ours came back; `sender` is the address that did not take it) or stray (from a known address,
    without a mark). `step` is what a reply asks for, `result` what came of it. `text` is what its writer wrote herself,
    `whole` the mail with all that it quotes. `wants_look` until `seen_at`.
    """

    __tablename__ = "inbound_mail"
    __table_args__ = (
        # the ticket page
        Index("ix_inbound_mail_ticket_id", "ticket_id", postgresql_where=text("ticket_id is not null")),
        # the worklist; the managers' list of mails without a referral
        Index("ix_inbound_mail_unseen", "id", postgresql_where=text("wants_look and seen_at is null")),
        # which addresses of a mail have come back
        Index("ix_inbound_mail_delivery_key", "delivery_key", postgresql_where=text("delivery_key is not null")),
    )

    id: Mapped[BigId]
    at: Mapped[CreatedAt]
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    kind: Mapped[str]
    unit: Mapped[str]
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"))
    referral_id: Mapped[int | None] = mapped_column(ForeignKey("referral.id"))
    restricted: Mapped[bool]
    sender: Mapped[str] = mapped_column(SealedText("inbound_mail.sender"))
    subject: Mapped[str | None] = mapped_column(SealedText("inbound_mail.subject"))
    text: Mapped[str | None] = mapped_column(SealedText("inbound_mail.text"))
    whole: Mapped[str | None] = mapped_column(SealedText("inbound_mail.whole"))
    step: Mapped[str | None]
    result: Mapped[str]
    delivery_key: Mapped[str | None]
    wants_look: Mapped[bool]
    seen_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    seen_by: Mapped[int | None] = mapped_column(ForeignKey("officer.id"))


class InboundFile(Base):
    """A file that came with a mail. Without `content`: it was larger than we keep, or it was erased."""

    __tablename__ = "inbound_file"
    # the ticket page lists a mail's files
    __table_args__ = (Index(None, "mail_id"),)

    id: Mapped[BigId]
    mail_id: Mapped[int] = mapped_column(ForeignKey("inbound_mail.id", ondelete="cascade"))
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"))
    file_name: Mapped[str | None] = mapped_column(SealedText("inbound_file.file_name"))
    media_type: Mapped[str]
    size: Mapped[int]
    content: Mapped[bytes | None] = mapped_column(SealedBytes("inbound_file.content"), deferred=True)
