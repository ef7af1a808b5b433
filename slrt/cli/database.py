"""`slrt db …`."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from slrt.building import prepare_database
from slrt.cli.common import at_database, fail, settings_or_fail
from slrt.errors import StartError
from storage import backup as backups
from storage.database import Database
from storage.errors import StorageError
from storage.keys import create_keys, save_keys

app = typer.Typer(no_args_is_help=True)


@app.command()
def upgrade() -> None:
    """Bring the tables to the version that this code needs. Safe to run again, and by several at once."""
    settings = settings_or_fail()

    async def run(url: str) -> None:
        database = Database(url)
        try:
            await prepare_database(database)
        finally:
            await database.close()

    try:
        with at_database(settings) as url:
            asyncio.run(run(url))
    except (StartError, StorageError) as error:
        fail(str(error))
    typer.echo("The tables are up to date.")


@app.command()
def keys() -> None:
    """Make the keys file for a new database (SLRT_KEYS_FILE). One that exists is never overwritten."""
    settings = settings_or_fail()
    try:
        save_keys(create_keys(), settings.keys_path)
    except FileExistsError:
        fail(f"{settings.keys_path} exists already, and without it its data can't be read. Nothing was changed.")
    typer.echo(f"Keys written to {settings.keys_path}. Keep a copy in another safe place.")


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="Where to write the backup (a new file).")],
) -> None:
    """Write a backup with pg_dump. The keys are not in it: keep a copy of the keys file in another safe place."""
    settings = settings_or_fail()
    try:
        with at_database(settings) as url:
            backups.backup(url, file)
    except (StartError, StorageError) as error:
        fail(str(error))
    typer.echo(f"Backup written to {file}.")
    typer.echo(f"It can be read only with the keys in {settings.keys_path}: keep a copy of them, but not beside it.")


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A backup of `slrt db backup`.", exists=True, dir_okay=False)],
    replace: Annotated[bool, typer.Option("--replace", help="Overwrite the tables that are there.")] = False,
) -> None:
    """Restore a backup into the database; refuses to overwrite tables unless --replace is given."""
    settings = settings_or_fail()
    try:
        with at_database(settings) as url:
            backups.restore(url, file, replace=replace)
    except (StartError, StorageError) as error:
        fail(str(error))
    typer.echo("Restored.")
