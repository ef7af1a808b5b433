"""Agencies in Telegram: the chats of their units, the officers who may press buttons there, and what was posted."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, DateTime, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, BigId, CreatedAt
from storage.sealed import SealedText


class UnitGroup(Base):
    """The chat in which a unit hears of its referrals: a group, or one officer's own chat with the bot.

    `chat` is Telegram's id of it and changes when a group becomes a supergroup. `lost_at`: the bot was put out;
    `ended_at`: an officer ended it, or another chat took its place.
    """

    __tablename__ = "unit_group"
    __table_args__ = (
        # a unit has one; the dispatcher asks for it
        Index("uq_unit_group_unit", "unit", unique=True, postgresql_where=text("ended_at is null")),
        # what is pressed or said in a chat
        Index(None, "chat_hash"),
    )

    id: Mapped[BigId]
    created_at: Mapped[CreatedAt]
    unit: Mapped[str]
    chat: Mapped[str] = mapped_column(SealedText("unit_group.chat"))
    chat_hash: Mapped[bytes] = mapped_column(LargeBinary)
    title: Mapped[str | None] = mapped_column(SealedText("unit_group.title"))
    lost_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class OfficerAccount(Base):
    """The Telegram account with which an officer presses buttons; found by a keyed hash, one for each officer."""

    __tablename__ = "officer_account"
    __table_args__ = (UniqueConstraint("account_hash"),)

    officer_id: Mapped[int] = mapped_column(ForeignKey("officer.id"), primary_key=True, autoincrement=False)
    created_at: Mapped[CreatedAt]
    account: Mapped[str] = mapped_column(SealedText("officer_account.account"))
    account_hash: Mapped[bytes] = mapped_column(LargeBinary)


class LinkCode(Base):
    """A one-time code that is typed in Telegram: it links a `unit`'s chat, or without one its maker's own account.

    It can be read on its maker's page until it is used or over.
    """

    __tablename__ = "link_code"
    __table_args__ = (UniqueConstraint("code_hash"),)

    id: Mapped[BigId]
    created_at: Mapped[CreatedAt]
    code: Mapped[str | None] = mapped_column(SealedText("link_code.code"))
    code_hash: Mapped[bytes] = mapped_column(LargeBinary)
    unit: Mapped[str | None]
    officer_id: Mapped[int | None] = mapped_column(ForeignKey("officer.id"))
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class GroupPost(Base):
    """What the bot posted in a unit's chat about a referral: the referral itself, or (`asks`) a question for words.

    `serial` is the referral's `link_serial` then: after it was reopened an older post is no longer the one to answer.
    `chat_hash` and `message_id` are set when it has been sent; a question asks `officer_id` for the words of the step.
    """

    __tablename__ = "group_post"
    __table_args__ = (
        # after each step its posts are shown anew
        Index(None, "referral_id"),
        # a reply in a chat
        Index(None, "chat_hash", "message_id"),
    )

    id: Mapped[BigId]
    created_at: Mapped[CreatedAt]
    referral_id: Mapped[int] = mapped_column(ForeignKey("referral.id"))
    serial: Mapped[int]
    chat_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    message_id: Mapped[int | None] = mapped_column(BigInteger)
    asks: Mapped[str | None]
    outcome: Mapped[str | None]
    officer_id: Mapped[int | None] = mapped_column(ForeignKey("officer.id"))
