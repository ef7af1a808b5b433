"""Letters on paper, and their running numbers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add `letter` and `letter_counter`."""
    op.create_table(
        "letter_counter",
        sa.Column("office", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("office", "year", name=op.f("pk_letter_counter")),
    )
    op.create_table(
        "letter",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("at", _MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("referral_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("office", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("running", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("officer_id", sa.BigInteger(), nullable=True),
        sa.Column("restricted", sa.Boolean(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("says", sa.LargeBinary(), nullable=False),
        sa.Column("pdf", sa.LargeBinary(), nullable=False),
        sa.Column("delivery_key", sa.String(), nullable=True),
        sa.Column("handed_at", _MOMENT, nullable=True),
        sa.Column("handed_by", sa.BigInteger(), nullable=True),
        sa.Column("handed_to", sa.LargeBinary(), nullable=True),
        sa.Column("revoked_at", _MOMENT, nullable=True),
        sa.Column("revoked_by", sa.BigInteger(), nullable=True),
        sa.Column("revoked_reason", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_letter_ticket_id")),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name=op.f("fk_letter_referral_id")),
        sa.ForeignKeyConstraint(["officer_id"], ["officer.id"], name=op.f("fk_letter_officer_id")),
        sa.ForeignKeyConstraint(["handed_by"], ["officer.id"], name=op.f("fk_letter_handed_by")),
        sa.ForeignKeyConstraint(["revoked_by"], ["officer.id"], name=op.f("fk_letter_revoked_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter")),
        sa.UniqueConstraint("office", "year", "running", name=op.f("uq_letter_office_year_running")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_letter_token_hash")),
        sa.UniqueConstraint("delivery_key", name=op.f("uq_letter_delivery_key")),
    )
    op.create_index(op.f("ix_letter_ticket_id"), "letter", ["ticket_id"])
    op.create_index(
        "ix_letter_referral_id", "letter", ["referral_id"], postgresql_where=sa.text("referral_id is not null")
    )
    op.create_index(
        "ix_letter_to_print",
        "letter",
        ["id"],
        postgresql_where=sa.text("delivery_key is not null and handed_at is null and revoked_at is null"),
    )


def downgrade() -> None:
    """Drop both."""
    op.drop_table("letter")
    op.drop_table("letter_counter")
