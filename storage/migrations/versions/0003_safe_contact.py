"""How the person behind a restricted report may be reached, and her safety code."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "safe_contact",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=True),
        sa.Column("may_write", sa.Boolean(), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_safe_contact_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_safe_contact")),
        sa.UniqueConstraint("ticket_id", name=op.f("uq_safe_contact_ticket_id")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_safe_contact_code_hash")),
    )
    op.create_table(
        "safety_attempt",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("conversation_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_safety_attempt_conversation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_safety_attempt")),
    )
    op.create_index(
        op.f("ix_safety_attempt_conversation_id_at"), "safety_attempt", ["conversation_id", "at"], unique=False
    )


def downgrade() -> None:
    """Undo it."""
    op.drop_index(op.f("ix_safety_attempt_conversation_id_at"), table_name="safety_attempt")
    op.drop_table("safety_attempt")
    op.drop_table("safe_contact")
