"""The command line, as an administrator types it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from slrt.cli import app
from storage.keys import keys, save_keys


@pytest.fixture
def command(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Run a command on a fresh database; gives what it printed, with the exit code in front when it failed."""
    save_keys(keys(), tmp_path / "keys.json")
    monkeypatch.setenv("SLRT_DATABASE_URL", database_url)
    monkeypatch.setenv("SLRT_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("SLRT_KEYS_FILE", str(tmp_path / "keys.json"))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> str:
        done = CliRunner().invoke(app, list(words))
        return (f"{done.exit_code}: " if done.exit_code else "") + done.output

    return run
