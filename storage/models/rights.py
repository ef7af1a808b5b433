"""What residents ask about their own data (UU PDP): a copy, to take consent back, to have it erased."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import DateTime, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, BigId


class DataRequest(Base):
    """A request about one's own data: `kind` is export, withdraw or erase, to be answered until `due_at`.

    `state` is waiting (an erasure waits for open tickets; an export for the office), emptied (all that was said and
    told is gone, the bare chat id not yet) or done.
    """

    __tablename__ = "data_request"
    __table_args__ = (
        # the managers' list, and what the clock finishes
        Index("ix_data_request_open", "id", postgresql_where=text("state <> 'done'")),
        Index(None, "conversation_id"),
    )

    id: Mapped[BigId]
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"))
    kind: Mapped[str]
    state: Mapped[str]
    due_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    done_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    officer_id: Mapped[int | None] = mapped_column(ForeignKey("officer.id"))
