"""Requests about one's own data, and what an erasure may take out of the history."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_TAKEN_OUT = {"event": "note", "audit": "person_id"}


def upgrade() -> None:
    """Add data_request, two columns, and let the history lose its texts (never anything else)."""
    op.create_table(
        "data_request",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("conversation_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("officer_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_data_request_conversation_id")),
        sa.ForeignKeyConstraint(["officer_id"], ["officer.id"], name=op.f("fk_data_request_officer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_request")),
    )
    op.create_index("ix_data_request_open", "data_request", ["id"], postgresql_where=sa.text("state <> 'done'"))
    op.create_index(op.f("ix_data_request_conversation_id"), "data_request", ["conversation_id"], unique=False)
    op.add_column("form_link", sa.Column("purpose", sa.String(), server_default="identity", nullable=False))
    op.add_column("conversation", sa.Column("forgotten_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("inbound_update", sa.Column("conversation_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_inbound_update_conversation_id"), "inbound_update", "conversation", ["conversation_id"], ["id"]
    )
    op.execute(
        """
        create function refuse_change_but_emptying() returns trigger language plpgsql as $$
        begin
            if tg_op = 'UPDATE' and to_jsonb(new) - tg_argv[0] = to_jsonb(old) - tg_argv[0]
               and to_jsonb(new) ->> tg_argv[0] is null then
                return new;
            end if;
            raise exception 'rows of % are never changed', tg_table_name;
        end $$
        """
    )
    for table, column in _TAKEN_OUT.items():
        op.execute(f"drop trigger {table}_append_only on {table}")
        op.execute(
            f"create trigger {table}_append_only before update or delete on {table} "
            f"for each row execute function refuse_change_but_emptying('{column}')"
        )


def downgrade() -> None:
    """Take them away."""
    for table in _TAKEN_OUT:
        op.execute(f"drop trigger {table}_append_only on {table}")
        op.execute(
            f"create trigger {table}_append_only before update or delete on {table} "
            "for each row execute function refuse_change()"
        )
    op.execute("drop function refuse_change_but_emptying()")
    op.drop_constraint(op.f("fk_inbound_update_conversation_id"), "inbound_update", type_="foreignkey")
    op.drop_column("inbound_update", "conversation_id")
    op.drop_column("form_link", "purpose")
    op.drop_column("conversation", "forgotten_at")
    op.drop_table("data_request")
