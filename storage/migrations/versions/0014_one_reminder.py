"""The reminder of a draft that was left lying."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Which row of the queue reminds of the chat's draft."""
    op.add_column("conversation", sa.Column("remind_job", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    """Without it."""
    op.drop_column("conversation", "remind_job")
