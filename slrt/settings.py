"""All settings: environment variables `SLRT_…` or a `.env` file. Nothing else in the project reads the environment."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from slrt.errors import SettingWrong


class Settings(BaseSettings):
    """One value each; `docs/settings.md` has the table, and a test holds it true."""

    model_config = SettingsConfigDict(env_prefix="SLRT_", env_file=".env", extra="forbid", frozen=True)

    data_dir: Path = Field(Path("data"), description="Folder for the embedded database, keys, model and logs.")
    database_url: str | None = Field(
        None, description="PostgreSQL to use (`postgresql://…`). Unset: an embedded one in the data folder."
    )
    keys_file: Path | None = Field(
        None, description="File with the keys for personal data. Unset: `keys.json` in the data folder."
    )
    contacts_file: Path | None = Field(
        None, description="Agencies' mail addresses and webhooks. Unset: `contacts.yml` in the data folder."
    )
    telegram_token: str | None = Field(None, description="The bot's token from BotFather. Unset: no Telegram.")
    telegram_api_url: str = Field("https://api.telegram.org", description="Telegram's servers, or a local Bot API.")
    telegram_webhook_url: str | None = Field(
        None, description="Public https address under which Telegram calls us. Unset: we ask Telegram (polling)."
    )
    telegram_webhook_port: int = Field(8081, ge=1, le=65535, description="Port on which the bot hears the webhook.")
    telegram_webhook_secret: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9_-]{1,256}$",
        description="Secret that Telegram shows with each call. Needed with a webhook.",
    )
    http_host: str = Field("127.0.0.1", description="Address on which the web pages are served.")
    http_port: int = Field(8080, ge=0, le=65535, description="Port of the web pages.")
    public_url: str | None = Field(
        None, description="Address of the web pages as others reach them. Unset: `http://HOST:PORT`."
    )
    smtp_url: str | None = Field(
        None,
        description="Mail server, `smtp://user:password@host:port` (`smtps://` for TLS). Unset: the sample inbox.",
    )
    inbox_port: int = Field(8025, ge=1, le=65535, description="Mail port of the sample inbox (try-out, loopback only).")
    mail_from: str = Field("slrt@localhost", description="Sender of the mails.")
    mail_reply_to: str | None = Field(
        None,
        pattern=r"^[^@\s<>,;+]+@[^@\s<>,;]+$",
        description="Address for agencies' answers, of a mailbox that also takes `name+anything@…`. Unset: the sender.",
    )
    imap_url: str | None = Field(
        None,
        description="Mailbox of agencies' answers, `imaps://user:password@host/INBOX`. Unset: none is read.",
    )
    imap_seconds: float = Field(30.0, ge=0.2, le=3600, description="How often the mailbox is looked into, in seconds.")
    mail_webhook_secret: str | None = Field(
        None,
        min_length=16,
        description="Secret of the mail service that posts agencies' answers to `/surel/masuk`. Unset: off.",
    )
    nlu_port: int = Field(5005, ge=1, le=65535, description="Port of our own Rasa on this machine (loopback only).")
    nlu_urls: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Rasa servers to ask, comma-separated. Unset: the one on this machine."
    )
    nlu_token: str | None = Field(None, description="Token of the Rasa servers. Unset: made in the data folder.")
    nlu_timeout: float = Field(2.0, gt=0, le=60, description="Seconds to wait for the understanding of a message.")
    rasa_python: Path = Field(
        Path(".venv-rasa/bin/python"), description="Python 3.10 in which Rasa is installed (`make` sets it up)."
    )
    demo: bool = Field(
        True, description="1: try-out with sample officers and agencies. 0: for real; samples are refused."
    )
    log_format: str = Field(
        "console", pattern="^(console|json)$", description="`console` for people, `json` for machines."
    )

    @field_validator("database_url")
    @classmethod
    def _postgres(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("postgresql://", "postgres://")):
            raise ValueError("must begin with postgresql://")
        return value

    @field_validator("telegram_api_url", "public_url", "telegram_webhook_url")
    @classmethod
    def _http(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("must be a full address such as https://slrt.example.go.id")
        return value.rstrip("/")

    @field_validator("smtp_url")
    @classmethod
    def _smtp(cls, value: str | None) -> str | None:
        if value is not None and (urlsplit(value).scheme not in ("smtp", "smtps") or not urlsplit(value).hostname):
            raise ValueError("must be like smtp://user:password@host:587")
        return value

    @field_validator("imap_url")
    @classmethod
    def _imap(cls, value: str | None) -> str | None:
        if value is not None and (urlsplit(value).scheme not in ("imap", "imaps") or not urlsplit(value).username):
            raise ValueError("must be like imaps://user:password@host:993/INBOX")
        return value

    @field_validator("nlu_urls", mode="before")
    @classmethod
    def _list(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(part.strip().rstrip("/") for part in value.split(",") if part.strip())

    @model_validator(mode="after")
    def _together(self) -> Self:
        if self.telegram_webhook_url and not self.telegram_webhook_secret:
            raise ValueError("SLRT_TELEGRAM_WEBHOOK_URL needs SLRT_TELEGRAM_WEBHOOK_SECRET beside it")
        if self.telegram_webhook_url and not self.telegram_webhook_url.startswith("https://"):
            raise ValueError("SLRT_TELEGRAM_WEBHOOK_URL must begin with https://, Telegram calls nothing else")
        if not self.demo and not self.smtp_url:
            raise ValueError("SLRT_DEMO=0 needs SLRT_SMTP_URL: by mail the referrals reach the agencies")
        return self

    @property
    def web_url(self) -> str:
        """The address of the web pages, without a slash at the end."""
        return self.public_url or f"http://{self.http_host}:{self.http_port}"

    @property
    def mail_server(self) -> str:
        """The mail server to use: in the try-out the sample inbox, unless another is named."""
        return self.smtp_url or f"smtp://127.0.0.1:{self.inbox_port}"

    @property
    def answers_by_mail(self) -> bool:
        """Whether what agencies answer to our mails comes in."""
        return bool(self.imap_url or self.mail_webhook_secret)

    @property
    def keys_path(self) -> Path:
        """Where the keys are."""
        return self.keys_file or self.data_dir / "keys.json"

    @property
    def contacts_path(self) -> Path:
        """Where the agencies' contacts are."""
        return self.contacts_file or self.data_dir / "contacts.yml"


def load_settings() -> Settings:
    """Read the settings. Raises SettingWrong: one clear sentence that names the variable and never shows its value."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = f"SLRT_{str(first['loc'][0]).upper().removeprefix('SLRT_')}" if first["loc"] else ""
        unknown = first["type"] == "extra_forbidden"
        why = "is no setting of ours" if unknown else first["msg"].removeprefix("Value error, ")
        raise SettingWrong(f"{name} {why}".strip()) from None


def inherited() -> dict[str, str]:
    """The environment that child processes are given."""
    return dict(os.environ)
