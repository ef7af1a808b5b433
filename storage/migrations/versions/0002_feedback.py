"""What residents say about the help, and messages that SLRT managers alone read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add feedback and `message.confidential`."""
    op.add_column("message", sa.Column("confidential", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.create_table(
        "feedback",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("conversation_id", sa.BigInteger(), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=True),
        sa.Column("referral_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("stars", sa.Integer(), nullable=True),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("restricted", sa.Boolean(), nullable=False),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("handled_by", sa.BigInteger(), nullable=True),
        sa.Column("handled_note", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_feedback_conversation_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_feedback_ticket_id")),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name=op.f("fk_feedback_referral_id")),
        sa.ForeignKeyConstraint(["handled_by"], ["officer.id"], name=op.f("fk_feedback_handled_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback")),
    )
    op.create_index(op.f("ix_feedback_ticket_id"), "feedback", ["ticket_id"], unique=False)
    op.create_index(
        "ix_feedback_open", "feedback", ["id"], unique=False, postgresql_where=sa.text("handled_at is null")
    )
    op.create_index(
        "uq_feedback_rating",
        "feedback",
        ["referral_id"],
        unique=True,
        postgresql_where=sa.text("kind = 'rating'"),
    )


def downgrade() -> None:
    """Take both away."""
    op.drop_table("feedback")
    op.drop_column("message", "confidential")
