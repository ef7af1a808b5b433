"""Backups with PostgreSQL's own tools. The keys stay apart: a backup alone shows nobody's data."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from storage.embedded import binaries
from storage.errors import BackupFailed


def backup(url: str, file: Path) -> None:
    """Write a compressed pg_dump of the database to a new file (0600). Raises BackupFailed."""
    if file.exists():
        raise BackupFailed(f"{file} exists already")
    part = file.with_name(f"{file.name}.part")
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
    try:
        _run("pg_dump", "--format=custom", "--no-owner", f"--file={part}", f"--dbname={url}")
        part.rename(file)
    finally:
        part.unlink(missing_ok=True)


def restore(url: str, file: Path, *, replace: bool) -> None:
    """Restore a backup in one transaction: wholly or not at all. Raises BackupFailed."""
    tables = _run("psql", url, "-Atc", "select count(*) from pg_tables where schemaname = 'public'").strip()
    if tables != "0" and not replace:
        raise BackupFailed("the database has tables already; give --replace to overwrite them")
    clean = ("--clean", "--if-exists") if replace else ()
    _run("pg_restore", "--single-transaction", "--exit-on-error", "--no-owner", *clean, f"--dbname={url}", str(file))


def _run(program: str, *arguments: str) -> str:
    done = subprocess.run(  # noqa: S603 - our own binaries
        [str(binaries() / program), *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = done.stderr.strip().splitlines()
        raise BackupFailed(said[0] if said else f"{program} ended with {done.returncode}")
    return done.stdout
