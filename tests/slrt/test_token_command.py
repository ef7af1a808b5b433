"""`slrt token …`, as an administrator types it."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from slrt.cli import app
from storage.keys import keys, save_keys


def test_a_token_is_printed_once_listed_by_its_end_and_revoked(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_keys(keys(), tmp_path / "keys.json")
    monkeypatch.setenv("SLRT_DATABASE_URL", database_url)
    monkeypatch.setenv("SLRT_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("SLRT_KEYS_FILE", str(tmp_path / "keys.json"))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)

    def ask(*words: str) -> str:
        done = CliRunner().invoke(app, ["token", *words])
        return (f"{done.exit_code}: " if done.exit_code else "") + done.output

    token = ask("create", "dinsos-kota-jambi", "--name", "Aplikasi", "--scope", "referrals:read").strip()
    assert token.startswith("slrt_")
    listed = ask("list")
    assert token not in listed
    for told in ("dinsos-kota-jambi", "Aplikasi", "referrals:read", token[-4:]):
        assert told in listed
    assert "referrals:answer" not in listed
    assert ask("revoke", "1") == "Token 1 is revoked.\n"
    assert ask("revoke", "1").startswith("1: There is no token 1")
    assert ask("create", "nowhere", "--name", "x").startswith("1: No such desk")
    assert ask("create", "dinsos-kota-jambi", "--name", "x", "--scope", "all").startswith("1: Each scope")
