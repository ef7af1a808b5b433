"""Words that wait for a moment of quiet, drafts that were dropped, and forwarded messages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Columns of the conversation and its messages."""
    op.add_column("conversation", sa.Column("waiting", sa.LargeBinary(), nullable=True))
    op.add_column("conversation", sa.Column("quiet_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("conversation", sa.Column("bound_after", sa.BigInteger(), nullable=True))
    op.add_column("message", sa.Column("forwarded", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.alter_column("message", "forwarded", server_default=None)


def downgrade() -> None:
    """Without them."""
    op.drop_column("message", "forwarded")
    op.drop_column("conversation", "bound_after")
    op.drop_column("conversation", "quiet_until")
    op.drop_column("conversation", "waiting")
