"""Settings: the documented table is true, and a wrong value stops the start with one clear sentence."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from slrt.errors import SettingWrong
from slrt.settings import Settings, load_settings

ROW = re.compile(r"^\| `(SLRT_[A-Z_]+)` \| (.+?) \| (.+) \|$", re.MULTILINE)


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def documented(default: object) -> str:
    if default is None or default == ():
        return "unset"
    return f"`{int(default) if isinstance(default, bool) else default}`"


def test_table_in_the_docs_is_true(repository: Path) -> None:
    rows = {name: (default, text) for name, default, text in ROW.findall((repository / "docs/settings.md").read_text())}
    wanted = {
        f"SLRT_{name.upper()}": (documented(field.default), field.description)
        for name, field in Settings.model_fields.items()
    }
    assert rows == wanted


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("SLRT_HTTP_PORT", "eighty", "SLRT_HTTP_PORT"),
        ("SLRT_HTTP_PORT", "70000", "SLRT_HTTP_PORT"),
        ("SLRT_DATABASE_URL", "mysql://secret@host/db", "SLRT_DATABASE_URL must begin with postgresql://"),
        ("SLRT_PUBLIC_URL", "slrt.example", "SLRT_PUBLIC_URL must be a full address"),
        ("SLRT_SMTP_URL", "http://secret@mail", "SLRT_SMTP_URL must be like smtp://"),
        ("SLRT_DEMO", "0", "SLRT_DEMO=0 needs SLRT_SMTP_URL"),
        ("SLRT_TELEGRAM_WEBHOOK_URL", "https://x.example", "needs SLRT_TELEGRAM_WEBHOOK_SECRET"),
        ("SLRT_LOG_FORMAT", "xml", "SLRT_LOG_FORMAT"),
        ("SLRT_IMAP_URL", "https://secret@mail", "SLRT_IMAP_URL must be like imaps://"),
        ("SLRT_IMAP_URL", "imaps://mail.example", "SLRT_IMAP_URL must be like imaps://"),
        ("SLRT_MAIL_REPLY_TO", "slrt+x@y", "SLRT_MAIL_REPLY_TO"),
    ],
)
def test_a_wrong_value_is_one_sentence_without_the_value(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingWrong) as caught:
        load_settings()
    sentence = str(caught.value)
    assert says in sentence
    assert "\n" not in sentence
    assert "secret" not in sentence.lower() or "SECRET" in says


def test_an_unknown_name_in_the_file_is_told(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SLRT_HTTP_PROT=8080\n")
    with pytest.raises(SettingWrong, match="SLRT_HTTP_PROT is no setting of ours"):
        load_settings()


def test_urls_lose_their_last_slash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLRT_PUBLIC_URL", "https://slrt.example.go.id/")
    monkeypatch.setenv("SLRT_NLU_URLS", "http://a:1/, http://b:2")
    settings = load_settings()
    assert settings.web_url == "https://slrt.example.go.id"
    assert settings.nlu_urls == ("http://a:1", "http://b:2")
