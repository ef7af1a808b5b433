"""Where the agencies' desks are reached: mail addresses and webhooks by unit, from a file outside the catalogue."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import ConfigDict, StringConstraints, model_validator

from referral.catalogue.schema import Entry
from referral.errors import ContactsError
from referral.yaml_file import YamlFile

__all__ = ["Channel", "Contacts", "ContactsError"]


@dataclass(frozen=True)
class Channel:
    """One way to reach a unit: `kind` email (`address`) or webhook (`address` is the URL, `secret` signs)."""

    kind: Literal["email", "webhook"]
    address: str
    secret: str | None = field(default=None, repr=False)


class _Way(Entry):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    email: Annotated[str, StringConstraints(pattern=r"^[^@\s<>,;]+@[^@\s<>,;]+$")] | None = None
    webhook: str | None = None
    secret: Annotated[str, StringConstraints(min_length=16)] | None = None

    @model_validator(mode="after")
    def _one_way(self) -> _Way:
        if (self.email is None) == (self.webhook is None):
            raise ValueError("must have either email or webhook")
        if self.webhook is None and self.secret is not None:
            raise ValueError("secret belongs to a webhook")
        if self.webhook is not None:
            _check_webhook(self.webhook, self.secret)
        return self

    def channel(self) -> Channel:
        if self.email is not None:
            return Channel("email", self.email)
        assert self.webhook is not None
        return Channel("webhook", self.webhook, self.secret)


def _check_webhook(url: str, secret: str | None) -> None:
    parts = urlsplit(url)
    if secret is None:
        raise ValueError("a webhook needs a secret")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("webhook must be a full address such as https://office.example.go.id/slrt")
    if parts.scheme == "http" and not _loopback(parts.hostname):
        raise ValueError("webhook must begin with https:// unless it is on this machine")


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class _File(Entry):
    sample: bool = False
    units: dict[str, tuple[_Way, ...]]


class Contacts:
    """The channels of each unit. `sample` tells that they are made up for trying out."""

    def __init__(self, channels: Mapping[str, tuple[Channel, ...]], *, sample: bool = False) -> None:
        self._channels = dict(channels)
        self.sample = sample

    @classmethod
    def load(cls, path: Path, units: Collection[str] | None = None) -> Contacts:
        """Read the file; with `units` a name that isn't among them is an error. Raises ContactsError."""
        file = YamlFile(path, ContactsError)
        content = file.read(_File)
        for unit, ways in content.units.items():
            if units is not None and unit not in units:
                raise file.wrong(("units", unit), "is no unit of the catalogue")
            if sum(way.webhook is not None for way in ways) > 1:
                raise file.wrong(("units", unit), "has more than one webhook")
        return cls(
            {unit: tuple(way.channel() for way in ways) for unit, ways in content.units.items()}, sample=content.sample
        )

    @property
    def units(self) -> tuple[str, ...]:
        """The units that can be reached."""
        return tuple(unit for unit, channels in self._channels.items() if channels)

    def channels(self, unit: str) -> tuple[Channel, ...]:
        """The ways to reach a unit; none if it isn't in the file."""
        return self._channels.get(unit, ())
