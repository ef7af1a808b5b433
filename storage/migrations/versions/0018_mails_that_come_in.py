"""Mails that come in, and their files."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add `inbound_mail` and `inbound_file`."""
    op.create_table(
        "inbound_mail",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("at", _MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=True),
        sa.Column("referral_id", sa.BigInteger(), nullable=True),
        sa.Column("restricted", sa.Boolean(), nullable=False),
        sa.Column("sender", sa.LargeBinary(), nullable=False),
        sa.Column("subject", sa.LargeBinary(), nullable=True),
        sa.Column("text", sa.LargeBinary(), nullable=True),
        sa.Column("whole", sa.LargeBinary(), nullable=True),
        sa.Column("step", sa.String(), nullable=True),
        sa.Column("result", sa.String(), nullable=False),
        sa.Column("delivery_key", sa.String(), nullable=True),
        sa.Column("wants_look", sa.Boolean(), nullable=False),
        sa.Column("seen_at", _MOMENT, nullable=True),
        sa.Column("seen_by", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_inbound_mail_ticket_id")),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name=op.f("fk_inbound_mail_referral_id")),
        sa.ForeignKeyConstraint(["seen_by"], ["officer.id"], name=op.f("fk_inbound_mail_seen_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound_mail")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_inbound_mail_fingerprint")),
    )
    op.create_index(
        "ix_inbound_mail_ticket_id",
        "inbound_mail",
        ["ticket_id"],
        postgresql_where=sa.text("ticket_id is not null"),
    )
    op.create_index(
        "ix_inbound_mail_unseen",
        "inbound_mail",
        ["id"],
        postgresql_where=sa.text("wants_look and seen_at is null"),
    )
    op.create_index(
        "ix_inbound_mail_delivery_key",
        "inbound_mail",
        ["delivery_key"],
        postgresql_where=sa.text("delivery_key is not null"),
    )
    op.create_table(
        "inbound_file",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("mail_id", sa.BigInteger(), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=True),
        sa.Column("file_name", sa.LargeBinary(), nullable=True),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["mail_id"], ["inbound_mail.id"], name=op.f("fk_inbound_file_mail_id"), ondelete="cascade"
        ),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_inbound_file_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound_file")),
    )
    op.create_index(op.f("ix_inbound_file_mail_id"), "inbound_file", ["mail_id"])


def downgrade() -> None:
    """Drop both."""
    op.drop_table("inbound_file")
    op.drop_table("inbound_mail")
