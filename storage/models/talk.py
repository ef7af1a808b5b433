"""Conversations, what was said in them, and the updates that were taken."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, ForeignKey, Index, LargeBinary, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, BigId, CreatedAt
from storage.sealed import SealedBytes, SealedJson, SealedText


class Conversation(Base):
    """One chat of one channel (telegram, web, terminal) and where the talk stands. Locked for the length of a turn.

    `waiting` holds messages that are answered together once nothing has come until `quiet_until`. Messages up to the id
    `bound_after` belonged to a report that was dropped: no later ticket takes them. `remind_job` is the row of the
    queue that reminds of the draft, once, should it be left lying.
    """

    __tablename__ = "conversation"
    __table_args__ = (UniqueConstraint("channel", "chat_hash"),)

    id: Mapped[BigId]
    created_at: Mapped[CreatedAt]
    channel: Mapped[str]
    chat_hash: Mapped[bytes] = mapped_column(LargeBinary)
    chat: Mapped[str] = mapped_column(SealedText("conversation.chat"))
    state: Mapped[Any | None] = mapped_column(SealedJson("conversation.state"))
    blocked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    forgotten_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))  # which chat it was is erased
    last_turn_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    waiting: Mapped[Any | None] = mapped_column(SealedJson("conversation.waiting"))
    quiet_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    bound_after: Mapped[int | None] = mapped_column(BigInteger)
    remind_job: Mapped[int | None] = mapped_column(BigInteger)


class InboundUpdate(Base):
    """An update that was applied: the row is committed with all that the turn did, so it applies once."""

    __tablename__ = "inbound_update"

    channel: Mapped[str] = mapped_column(primary_key=True)
    update_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[CreatedAt]
    failed: Mapped[bool] = mapped_column(default=False)
    raw: Mapped[Any | None] = mapped_column(SealedJson("inbound_update.raw"))
    conversation_id: Mapped[int | None] = mapped_column(ForeignKey("conversation.id"))  # of one that failed


class Message(Base):
    """Something said: by the resident (`direction` in) or to the resident (out); `buttons` as shown beneath it."""

    __tablename__ = "message"
    # the chat page reads a conversation's messages in order; the ticket page those of its ticket, and what was asked
    __table_args__ = (Index(None, "conversation_id", "id"), Index(None, "ticket_id"), Index(None, "inquiry_id"))

    id: Mapped[BigId]
    at: Mapped[CreatedAt]
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"))
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"))
    direction: Mapped[str]
    kind: Mapped[str]
    text: Mapped[str | None] = mapped_column(SealedText("message.text"))
    buttons: Mapped[Any | None] = mapped_column(SealedJson("message.buttons"))
    restricted: Mapped[bool] = mapped_column(default=False)
    confidential: Mapped[bool] = mapped_column(default=False, server_default=false())  # for SLRT managers alone
    channel_message_id: Mapped[int | None] = mapped_column(BigInteger)
    inquiry_id: Mapped[int | None] = mapped_column(ForeignKey("inquiry.id"))  # asks it (out) or answers it (in)
    # taken from the chat by the resident's wish; officers still read it
    hidden: Mapped[bool] = mapped_column(default=False, server_default=false())
    forwarded: Mapped[bool] = mapped_column(default=False)


class Attachment(Base):
    """A photo, voice note or document sent with a message; the content is fetched later by a queue job."""

    __tablename__ = "attachment"
    # the ticket page lists a message's attachments
    __table_args__ = (Index(None, "message_id"),)

    id: Mapped[BigId]
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"))
    kind: Mapped[str]
    file_ref: Mapped[str] = mapped_column(SealedText("attachment.file_ref"))
    file_name: Mapped[str | None] = mapped_column(SealedText("attachment.file_name"))
    media_type: Mapped[str | None]
    size: Mapped[int | None]
    state: Mapped[str] = mapped_column(default="waiting")
    content: Mapped[bytes | None] = mapped_column(SealedBytes("attachment.content"))


class FormLink(Base):
    """A one-time link to the identity form. Opening it (GET) changes nothing; only sending the form spends it.

    `purpose` is identity, or export for the page on which a resident fetches a copy of her own data.

    `ticket_id` is set when the report that it was given for was sent meanwhile: what comes late joins that ticket.
    An export with it holds that restricted ticket, whose safety code was typed.
    `finding` is what the registry answered to a sent form, until the page that follows has shown it once.
    """

    __tablename__ = "form_link"
    # a chat that asks again gets its open link
    __table_args__ = (Index(None, "conversation_id"),)

    id: Mapped[BigId]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"))
    created_at: Mapped[CreatedAt]
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    spent_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    purpose: Mapped[str] = mapped_column(server_default="identity")
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"))
    finding: Mapped[Any | None] = mapped_column(SealedJson("form_link.finding"))


class Consent(Base):
    """What a resident answered when asked for identity data: which wording was shown, where, and when.

    `way` is form or chat. `withdrawn_at` is set when a consent that was given is taken back.
    """

    __tablename__ = "consent"
    # the ticket page; what a chat agreed to
    __table_args__ = (Index(None, "ticket_id"), Index(None, "conversation_id"))

    id: Mapped[BigId]
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"))
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"))
    given: Mapped[bool]
    wording: Mapped[str]
    way: Mapped[str]
    withdrawn_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class IdentityAttempt(Base):
    """A try to prove an identity, for throttling. Neither the number tried nor the result of the look-up is kept.

    `claims_hash` tells the same data sent again, which is no new guess.
    """

    __tablename__ = "identity_attempt"
    # the throttle counts a conversation's and a NIK's tries of the last hours
    __table_args__ = (Index(None, "conversation_id", "at"), Index(None, "nik_hash", "at"))

    id: Mapped[BigId]
    at: Mapped[CreatedAt]
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"))
    nik_hash: Mapped[bytes] = mapped_column(LargeBinary)
    claims_hash: Mapped[bytes | None] = mapped_column(LargeBinary)


class SafetyAttempt(Base):
    """A wrong safety code typed in a chat, for throttling; what was typed is not kept."""

    __tablename__ = "safety_attempt"
    # the throttle counts a conversation's wrong codes of the last minutes
    __table_args__ = (Index(None, "conversation_id", "at"),)

    id: Mapped[BigId]
    at: Mapped[CreatedAt]
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"))
