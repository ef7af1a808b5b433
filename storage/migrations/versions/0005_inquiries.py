"""What officers tell and ask residents, and the answers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add inquiry and `message.inquiry_id`."""
    op.create_table(
        "inquiry",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("referral_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("office", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("officer_id", sa.BigInteger(), nullable=True),
        sa.Column("restricted", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_by", sa.BigInteger(), nullable=True),
        sa.Column("token_hash", sa.LargeBinary(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_inquiry_ticket_id")),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name=op.f("fk_inquiry_referral_id")),
        sa.ForeignKeyConstraint(["officer_id"], ["officer.id"], name=op.f("fk_inquiry_officer_id")),
        sa.ForeignKeyConstraint(["seen_by"], ["officer.id"], name=op.f("fk_inquiry_seen_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inquiry")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_inquiry_token_hash")),
    )
    op.create_index(op.f("ix_inquiry_ticket_id"), "inquiry", ["ticket_id"], unique=False)
    op.add_column("message", sa.Column("inquiry_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f("fk_message_inquiry_id"), "message", "inquiry", ["inquiry_id"], ["id"])
    op.create_index(op.f("ix_message_inquiry_id"), "message", ["inquiry_id"], unique=False)


def downgrade() -> None:
    """Take both away."""
    op.drop_column("message", "inquiry_id")
    op.drop_table("inquiry")
