"""The queue: taking a row from a lane without a limit changes no index."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The queue: taking a row from a lane without a limit changes no index."""
    op.add_column("delivery", sa.Column("counted", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.execute("update delivery set counted = true where state = 'waiting' and leased_until is not null")
    op.drop_index("ix_delivery_leased", table_name="delivery")
    op.create_index(
        "ix_delivery_counted", "delivery", ["lane"], postgresql_where=sa.text("state = 'waiting' and counted")
    )
    # room in each page for the version of a row that says who has taken it
    op.execute("alter table delivery set (fillfactor = 50)")


def downgrade() -> None:
    """Every lease is in an index again."""
    op.execute("alter table delivery reset (fillfactor)")
    op.drop_index("ix_delivery_counted", table_name="delivery")
    op.create_index(
        "ix_delivery_leased",
        "delivery",
        ["lane", "leased_until"],
        postgresql_where=sa.text("state = 'waiting' and leased_until is not null"),
    )
    op.drop_column("delivery", "counted")
