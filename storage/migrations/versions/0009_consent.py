"""Consent, for whom somebody speaks, and forms that come late."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add consent, and columns of ticket, form_link and identity_attempt."""
    op.create_table(
        "consent",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("conversation_id", sa.BigInteger(), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=True),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("wording", sa.String(), nullable=False),
        sa.Column("way", sa.String(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_consent_conversation_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_consent_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    op.create_index(op.f("ix_consent_ticket_id"), "consent", ["ticket_id"], unique=False)
    op.create_index(op.f("ix_consent_conversation_id"), "consent", ["conversation_id"], unique=False)
    op.add_column("ticket", sa.Column("spoken_by", sa.String(), nullable=True))
    op.add_column("ticket", sa.Column("agrees", sa.String(), nullable=True))
    op.add_column("form_link", sa.Column("ticket_id", sa.BigInteger(), nullable=True))
    op.add_column("form_link", sa.Column("finding", sa.LargeBinary(), nullable=True))
    op.create_foreign_key(op.f("fk_form_link_ticket_id"), "form_link", "ticket", ["ticket_id"], ["id"])
    op.create_index(op.f("ix_form_link_conversation_id"), "form_link", ["conversation_id"], unique=False)
    op.add_column("identity_attempt", sa.Column("claims_hash", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    """Take them away."""
    op.drop_column("identity_attempt", "claims_hash")
    op.drop_index(op.f("ix_form_link_conversation_id"), table_name="form_link")
    op.drop_constraint(op.f("fk_form_link_ticket_id"), "form_link", type_="foreignkey")
    op.drop_column("form_link", "finding")
    op.drop_column("form_link", "ticket_id")
    op.drop_column("ticket", "agrees")
    op.drop_column("ticket", "spoken_by")
    op.drop_table("consent")
