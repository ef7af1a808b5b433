"""The catalogue's versions, and the changes that officers are about to publish."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, ForeignKey
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, CreatedAt


class CatalogueVersion(Base):
    """A version of the whole catalogue: append-only (a trigger refuses changes).

    Number 0 is what came with the product when the first change was published. `files` are the texts by name; `changes`
    is what differs from the version before; `restores` names the older version whose content this one takes back.
    """

    __tablename__ = "catalogue_version"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[CreatedAt]
    officer_id: Mapped[int | None] = mapped_column(ForeignKey("officer.id"))  # None: by the command line
    reason: Mapped[str]
    restores: Mapped[int | None]
    files: Mapped[dict[str, Any]]
    changes: Mapped[list[Any]] = mapped_column(JSONB)


class CatalogueDraft(Base):
    """What one officer has changed and not published: `edits` over the version that was the newest at their begin."""

    __tablename__ = "catalogue_draft"

    officer_id: Mapped[int] = mapped_column(ForeignKey("officer.id"), primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    based_on: Mapped[int]
    edits: Mapped[list[Any]] = mapped_column(JSONB)
