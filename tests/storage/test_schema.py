"""The migrations make the tables that the code expects, and can be undone."""

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError

from storage.database import Database
from storage.errors import DatabaseNotReady
from storage.models import Base
from storage.schema import alembic_config, check, upgrade


async def test_migrated_tables_equal_the_models(database: Database) -> None:
    def compare(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), Base.metadata))

    async with database.engine.connect() as connection:
        assert await connection.run_sync(compare) == []


async def test_down_to_nothing_and_up_again(database: Database) -> None:
    def down(connection: Connection) -> list[str]:
        command.downgrade(alembic_config(connection), "base")
        return inspect(connection).get_table_names()

    async with database.engine.begin() as connection:
        assert await connection.run_sync(down) == ["alembic_version"]
    with pytest.raises(DatabaseNotReady, match="slrt db upgrade"):
        await check(database)
    await upgrade(database)
    await check(database)


@pytest.mark.parametrize("table", ["event", "audit", "catalogue_version"])
async def test_history_refuses_change(database: Database, table: str) -> None:
    async with database.transaction() as session:
        await session.execute(text("set local session_replication_role = replica"))  # no ticket is needed for this
        await session.execute(
            text("insert into event (ticket_id, kind, actor, restricted) values (1, 'opened', 'resident', false)")
        )
        await session.execute(text("insert into audit (actor, action, reason) values ('officer', 'look', 'test')"))
        await session.execute(
            text("insert into catalogue_version (number, reason, files, changes) values (0, 'test', '{}', '[]')")
        )
    column = "reason" if table == "catalogue_version" else "actor"
    for statement in (f"update {table} set {column} = 'x'", f"delete from {table}"):
        with pytest.raises(DBAPIError, match="never changed"):
            async with database.transaction() as session:
                await session.execute(text(statement))
