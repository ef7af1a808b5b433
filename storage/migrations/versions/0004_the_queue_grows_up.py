"""The queue: archive, lanes with circuit breaker and rate, unique pending rows, what staff were told of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """The queue: archive, lanes with circuit breaker and rate, unique pending rows, what staff were told of."""
    op.drop_index("ix_delivery_due", table_name="delivery")
    op.drop_index("ix_delivery_lane", table_name="delivery")
    op.drop_index("ix_delivery_referral_id", table_name="delivery")
    op.execute('alter table delivery alter column lane type varchar collate "C"')
    op.add_column("delivery", sa.Column("pending", sa.String(), nullable=True))
    op.add_column("delivery", sa.Column("since", _MOMENT, server_default=sa.text("now()"), nullable=False))
    op.execute("update delivery set since = created_at")
    op.add_column("delivery", sa.Column("note", sa.String(), nullable=True))
    op.add_column("delivery", sa.Column("told_at", _MOMENT, nullable=True))
    _index_delivery()
    op.create_table(
        "delivery_archive",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("archived_at", _MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("lane", sa.String(collation="C"), nullable=False),
        sa.Column("ordered", sa.Boolean(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=True),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", _MOMENT, nullable=False),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("done_at", _MOMENT, nullable=True),
        sa.Column("referral_id", sa.BigInteger(), nullable=True),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_delivery_archive_message_id")),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name=op.f("fk_delivery_archive_referral_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_archive")),
        sa.UniqueConstraint("key", name=op.f("uq_delivery_archive_key")),
    )
    op.create_index(
        "ix_delivery_archive_referral_id",
        "delivery_archive",
        ["referral_id"],
        postgresql_where=sa.text("referral_id is not null"),
    )
    op.create_index(
        "ix_delivery_archive_archived_at",
        "delivery_archive",
        ["archived_at"],
        postgresql_where=sa.text("payload is not null"),
    )
    op.create_table(
        "delivery_lane",
        sa.Column("lane", sa.String(collation="C"), nullable=False),
        sa.Column("failures", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("open_until", _MOMENT, nullable=True),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("next_at", _MOMENT, nullable=True),
        sa.Column("paused", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("lane", name=op.f("pk_delivery_lane")),
    )


def _index_delivery() -> None:
    waiting = "state = 'waiting'"
    partial: dict[str, tuple[list[str | sa.TextClause], str]] = {
        "ix_delivery_ordered": (["lane", "id"], f"{waiting} and ordered"),
        "ix_delivery_due": (["lane", "urgent", "due_at", "id"], f"{waiting} and not ordered"),
        "ix_delivery_leased": (["lane", "leased_until"], f"{waiting} and leased_until is not null"),
        "ix_delivery_held": (["id"], "state = 'held'"),
        "ix_delivery_ended": ([sa.text("coalesce(done_at, due_at)")], "state in ('done', 'dropped')"),
        "ix_delivery_referral_id": (["referral_id"], "referral_id is not null"),
    }
    for name, (columns, where) in partial.items():
        op.create_index(name, "delivery", columns, postgresql_where=sa.text(where))
    op.create_index(
        "uq_delivery_pending",
        "delivery",
        ["pending"],
        unique=True,
        postgresql_where=sa.text(f"{waiting} and pending is not null"),
    )


def downgrade() -> None:
    """Back to one table; what was archived returns to it."""
    op.drop_table("delivery_lane")
    for name in ("ordered", "due", "leased", "held", "ended", "referral_id"):
        op.drop_index(f"ix_delivery_{name}", table_name="delivery")
    op.drop_index("uq_delivery_pending", table_name="delivery")
    for column in ("pending", "since", "note", "told_at"):
        op.drop_column("delivery", column)
    op.execute(
        """
        insert into delivery (id, created_at, lane, ordered, kind, key, payload, urgent, state, attempts, due_at,
            last_error, done_at, referral_id, message_id)
        select id, created_at, lane, ordered, kind, key, payload, urgent, state, attempts, due_at,
            last_error, done_at, referral_id, message_id
        from delivery_archive where payload is not null
        """
    )
    op.drop_table("delivery_archive")
    op.execute('alter table delivery alter column lane type varchar collate "default"')
    op.create_index("ix_delivery_due", "delivery", ["urgent", "due_at"], postgresql_where=sa.text("state = 'waiting'"))
    op.create_index("ix_delivery_lane", "delivery", ["lane", "id"], postgresql_where=sa.text("state = 'waiting'"))
    op.create_index(op.f("ix_delivery_referral_id"), "delivery", ["referral_id"])
