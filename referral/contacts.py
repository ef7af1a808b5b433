"""Where the agencies' desks are reached: mail addresses and webhooks by unit, from a file outside the catalogue."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from referral.catalogue.schema import Code, Entry, RegionCode
from referral.errors import ContactsError
from referral.yaml_file import YamlFile

__all__ = ["Channel", "Contacts", "ContactsError", "Plan"]

_MAIL = r"^[^@\s<>,;]+@[^@\s<>,;]+$"
_WAYS = ("email", "webhook", "letter", "console")


@dataclass(frozen=True)
class Channel:
    """One way to reach a unit: `kind` email (`address`), webhook (`address` is the URL, `secret` signs), letter, or
    console (the unit's officers read their list behind log-in)."""

    kind: Literal["email", "webhook", "letter", "console"]
    address: str
    secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Plan:
    """The kinds of a unit's channels. With `in_turn` each is only used when the one before it has failed, or has not
    delivered after so many hours (None: those of `limits.yml`)."""

    kinds: tuple[str, ...]
    in_turn: bool = False
    after_hours: float | None = None


class _Way(Entry):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    email: Annotated[str, StringConstraints(pattern=_MAIL)] | None = None
    webhook: str | None = None
    secret: Annotated[str, StringConstraints(min_length=16)] | None = None
    letter: Literal[True] | None = None
    console: Literal[True] | None = None

    @model_validator(mode="after")
    def _one_way(self) -> _Way:
        if sum(getattr(self, way) is not None for way in _WAYS) != 1:
            raise ValueError(f"must have one of {', '.join(_WAYS)}")
        if self.webhook is None and self.secret is not None:
            raise ValueError("secret belongs to a webhook")
        if self.webhook is not None:
            _check_webhook(self.webhook, self.secret)
        return self

    def channel(self) -> Channel:
        if self.email is not None:
            return Channel("email", self.email)
        if self.letter is not None:
            return Channel("letter", "")
        if self.console is not None:
            return Channel("console", "")
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


class _Person(Entry):
    """Who hears of what is late, beside the units: a Puskesos, an agency's head, the TKPK secretariat."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    role: Literal["puskesos", "head", "tkpk"]
    region: RegionCode | None = None
    agency: Code | None = None
    email: Annotated[str, StringConstraints(pattern=_MAIL)]

    @model_validator(mode="after")
    def _has_a_place(self) -> _Person:
        if (self.role == "head") != (self.agency is not None) or (self.role == "head") == (self.region is not None):
            raise ValueError("a head needs an agency, the others a region")
        return self

    @property
    def key(self) -> str:
        return f"{self.role}:{self.agency or self.region}"


class _Turns(Entry):
    """A unit whose channels are used one after the other, in their order."""

    after_hours: Annotated[float, Field(gt=0)] | None = None


class _File(Entry):
    sample: bool = False
    units: dict[str, tuple[_Way, ...]]
    in_turn: dict[str, _Turns] = Field(default_factory=dict)
    people: tuple[_Person, ...] = ()


def _check_turns(file: YamlFile, content: _File) -> None:
    for unit in content.in_turn:
        kinds = list(dict.fromkeys(way.channel().kind for way in content.units.get(unit, ())))
        if len(kinds) < 2:
            raise file.wrong(("in_turn", unit), "needs two kinds of channels under units")
        if "letter" in kinds[:-1]:
            raise file.wrong(("in_turn", unit), "must have the letter last: a person has to print and carry it")


class Contacts:
    """The channels of each unit. `sample` tells that they are made up for trying out."""

    def __init__(
        self,
        channels: Mapping[str, tuple[Channel, ...]],
        people: Mapping[str, tuple[str, ...]] | None = None,
        *,
        in_turn: Mapping[str, float | None] | None = None,
        sample: bool = False,
    ) -> None:
        self._channels = dict(channels)
        self._in_turn = dict(in_turn or {})
        self._people = dict(people or {})
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
        _check_turns(file, content)
        people: dict[str, tuple[str, ...]] = {}
        for person in content.people:
            people[person.key] = (*people.get(person.key, ()), person.email)
        channels = {unit: tuple(way.channel() for way in ways) for unit, ways in content.units.items()}
        in_turn = {unit: turns.after_hours for unit, turns in content.in_turn.items()}
        return cls(channels, people, in_turn=in_turn, sample=content.sample)

    @property
    def units(self) -> tuple[str, ...]:
        """The units that can be reached."""
        return tuple(unit for unit, channels in self._channels.items() if channels)

    def channels(self, unit: str) -> tuple[Channel, ...]:
        """The ways to reach a unit; none if it isn't in the file."""
        return self._channels.get(unit, ())

    def plan(self, unit: str) -> Plan:
        """The kinds of a unit's channels, each once, in the file's order, and whether they are used one by one."""
        kinds = tuple(dict.fromkeys(way.kind for way in self.channels(unit)))
        return Plan(kinds, unit in self._in_turn, self._in_turn.get(unit))

    def mail_addresses(self, receiver: str) -> tuple[str, ...]:
        """The mail addresses of a unit, or of people by their key (`head:dinsos-kota-jambi`, `tkpk:15.71`)."""
        if receiver in self._people:
            return self._people[receiver]
        return tuple(way.address for way in self.channels(receiver) if way.kind == "email")

    def units_at(self, address: str) -> tuple[str, ...]:
        """The units that have this mail address."""
        wanted = address.strip().lower()
        return tuple(unit for unit in self._channels if wanted in map(str.lower, self.mail_addresses(unit)))

    def head_of(self, agency: str) -> str | None:
        """The key under which an agency's head is written to, if an address is known."""
        key = f"head:{agency}"
        return key if key in self._people else None

    def nearest(self, role: str, region_code: str | None) -> str | None:
        """The key of those of a role who serve a place: the kelurahan's own before the city's."""
        parts = (region_code or "").split(".")
        for length in range(len(parts), 0, -1):
            key = f"{role}:{'.'.join(parts[:length])}"
            if key in self._people:
                return key
        return None
