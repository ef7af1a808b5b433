"""Tickets that are closed as a whole or merged, and how often a referral was sent out again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add how a ticket was closed, where it goes on, and `referral.reopened`."""
    op.add_column("ticket", sa.Column("closed_as", sa.String(), nullable=True))
    op.add_column("ticket", sa.Column("closed_reason", sa.LargeBinary(), nullable=True))
    op.add_column("ticket", sa.Column("merged_into_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f("fk_ticket_merged_into_id"), "ticket", "ticket", ["merged_into_id"], ["id"])
    op.add_column("referral", sa.Column("reopened", sa.Integer(), server_default=sa.text("0"), nullable=False))


def downgrade() -> None:
    """Take them away."""
    op.drop_column("referral", "reopened")
    op.drop_column("ticket", "merged_into_id")
    op.drop_column("ticket", "closed_reason")
    op.drop_column("ticket", "closed_as")
