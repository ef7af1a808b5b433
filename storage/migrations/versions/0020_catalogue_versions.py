"""Versions of the catalogue, officers' drafts of the next one, and by which version a ticket was routed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add both tables and the ticket's column."""
    op.create_table(
        "catalogue_version",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", _MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("officer_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("restores", sa.Integer(), nullable=True),
        sa.Column("files", postgresql.JSONB(), nullable=False),
        sa.Column("changes", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(["officer_id"], ["officer.id"], name=op.f("fk_catalogue_version_officer_id")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_catalogue_version")),
    )
    op.execute(
        "create trigger catalogue_version_append_only before update or delete on catalogue_version "
        "for each row execute function refuse_change()"
    )
    op.create_table(
        "catalogue_draft",
        sa.Column("officer_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("based_on", sa.Integer(), nullable=False),
        sa.Column("edits", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(["officer_id"], ["officer.id"], name=op.f("fk_catalogue_draft_officer_id")),
        sa.PrimaryKeyConstraint("officer_id", name=op.f("pk_catalogue_draft")),
    )
    op.add_column("ticket", sa.Column("catalogue_version", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    """Without them."""
    op.drop_column("ticket", "catalogue_version")
    op.drop_table("catalogue_draft")
    op.drop_table("catalogue_version")
