"""How often and how fast the queue tries: data of catalogue/delivery.yml."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from pydantic import Field

from referral.catalogue.schema import Entry
from referral.yaml_file import YamlFile

_PACKAGED = Path(__file__).parent / "catalogue"
# beyond every name of a lane, as these are sorted by their bytes
_END = "\U0010ffff"


class Tries(Entry):
    """How a kind of delivery is tried. After `hours` it is held, however few tries it had."""

    tries: int = Field(ge=1)
    first_seconds: float = Field(ge=0)
    factor: float = Field(2, ge=1)
    cap_seconds: float = Field(ge=0)
    time_limit_seconds: float = Field(gt=0)
    hours: float = Field(gt=0)

    def wait(self, attempts: int, chance: float) -> timedelta:
        """How long to wait after that many tries; `chance` (0 to 1) spreads the tries of many rows."""
        full = self.first_seconds
        for _ in range(attempts - 1):
            if full >= self.cap_seconds or self.factor == 1:
                break
            full *= self.factor
        return timedelta(seconds=min(full, self.cap_seconds) * (1 - chance / 2))


class Breaker(Entry):
    """After `failures` in a row a lane rests; then one row is tried, and the rest grows if that fails too."""

    failures: int = Field(ge=1)
    first_seconds: float = Field(gt=0)
    factor: float = Field(2, ge=1)
    cap_seconds: float = Field(gt=0)


class Family(Entry):
    """How lanes are served whose names begin alike; see delivery.yml."""

    places: int = Field(ge=1)
    in_flight: int | None = Field(1, ge=1)
    batch: int = Field(1, ge=1)
    per_minute: float | None = Field(None, gt=0)
    breaker: Breaker | None = None

    @property
    def free(self) -> bool:
        """Whether its lanes have neither a limit nor a rest."""
        return self.in_flight is None and self.breaker is None and self.interval is None

    @property
    def interval(self) -> timedelta | None:
        """The time between two deliveries of a lane with a rate."""
        return timedelta(minutes=1 / self.per_minute) if self.per_minute else None


@dataclass(frozen=True)
class Lanes:
    """The lanes of a family: from `low` to before `high`, without those of other families."""

    low: str = ""
    high: str = _END
    not_prefixes: tuple[str, ...] = ()
    not_lanes: tuple[str, ...] = ()

    def has(self, lane: str) -> bool:
        """Whether a lane is among them."""
        inside = self.low <= lane < self.high and lane not in self.not_lanes
        return inside and not lane.startswith(self.not_prefixes)


class Archive(Entry):
    """When what has ended moves to the archive, how many rows at once, and how long payloads are kept there."""

    after_hours: float = Field(ge=0)
    batch: int = Field(ge=1)
    payload_days: float = Field(ge=0)


class Policy(Entry):
    """delivery.yml."""

    lease_seconds: float = Field(gt=0)
    poll_seconds: float = Field(gt=0)
    grace_seconds: float = Field(ge=0)
    tidy_seconds: float = Field(gt=0)
    turn_seconds: float = Field(gt=0)
    urgent_head_start_seconds: float = Field(ge=0)
    stuck_after_hours: float = Field(gt=0)
    families: dict[str, Family]
    others: Family
    archive: Archive
    kinds: dict[str, Tries]
    otherwise: Tries

    @property
    def lease(self) -> timedelta:
        """For how long a claimed row belongs to its process unless that says again that it lives."""
        return timedelta(seconds=self.lease_seconds)

    @property
    def head_start(self) -> timedelta:
        """How much later than others an urgent row may come due and still go first."""
        return timedelta(seconds=self.urgent_head_start_seconds)

    def tries(self, kind: str) -> Tries:
        """How deliveries of `kind` are tried."""
        return self.kinds.get(kind, self.otherwise)

    def lanes(self, family: str | None) -> Lanes:
        """The lanes of a family (None: of the others). A name with a colon is one lane with rules of its own."""
        whole = [name for name in self.families if ":" in name]
        if family is None:
            prefixes = tuple(f"{name}:" for name in self.families if ":" not in name)
            return Lanes(not_prefixes=prefixes, not_lanes=tuple(whole))
        if ":" in family:
            return Lanes(low=family, high=f"{family}\x01")
        return Lanes(low=f"{family}:", high=f"{family};", not_lanes=_those_of(family, whole))


def _those_of(family: str, lanes: Sequence[str]) -> tuple[str, ...]:
    return tuple(lane for lane in lanes if lane.startswith(f"{family}:"))


def load_policy(folder: Path | None = None) -> Policy:
    """Read delivery.yml of `folder` (None: the packaged one). Raises CatalogueError."""
    return YamlFile((folder or _PACKAGED) / "delivery.yml").read(Policy)
