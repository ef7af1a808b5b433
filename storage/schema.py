"""Bringing a database to the tables that this code expects."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from storage.database import Database
from storage.errors import DatabaseNotReady

_FOLDER = Path(__file__).parent / "migrations"


def alembic_config(connection: Connection | None = None) -> Config:
    """Alembic's configuration for our migrations, on `connection` where given."""
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.attributes["connection"] = connection
    return config


async def upgrade(database: Database, revision: str = "head") -> None:
    """Run the migrations up to `revision`. Two processes at once are safe: one waits for the other."""

    def run(connection: Connection) -> None:
        connection.execute(text("select pg_advisory_xact_lock(hashtextextended('slrt-migrations', 0))"))
        command.upgrade(alembic_config(connection), revision)

    async with database.engine.begin() as connection:
        await connection.run_sync(run)


async def check(database: Database) -> None:
    """Raise DatabaseNotReady unless the tables are those of this code."""

    def current(connection: Connection) -> str | None:
        return MigrationContext.configure(connection).get_current_revision()

    wanted = ScriptDirectory.from_config(alembic_config()).get_current_head()
    async with database.engine.connect() as connection:
        found = await connection.run_sync(current)
    if found != wanted:
        raise DatabaseNotReady(f"its tables are of version {found}, this code needs {wanted}; run: slrt db upgrade")
