"""News about a whole ticket waits among the other news."""

from __future__ import annotations

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A notice may be about no single referral."""
    op.alter_column("notice", "referral_id", nullable=True)


def downgrade() -> None:
    """Each is about a referral; what waits about whole tickets is dropped."""
    op.execute("delete from notice where referral_id is null")
    op.alter_column("notice", "referral_id", nullable=False)
