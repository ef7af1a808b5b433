"""Residents who want an officer to write or call."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add `ticket.wants_officer`."""
    op.add_column("ticket", sa.Column("wants_officer", sa.String(), nullable=True))


def downgrade() -> None:
    """Take it away."""
    op.drop_column("ticket", "wants_officer")
