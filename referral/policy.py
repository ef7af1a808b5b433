"""How often and how fast the queue tries: data of catalogue/delivery.yml."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from pydantic import Field, model_validator

from referral.catalogue.schema import Entry
from referral.yaml_file import YamlFile

_PACKAGED = Path(__file__).parent / "catalogue"


class Tries(Entry):
    """How a kind of delivery is tried."""

    tries: int = Field(ge=1)
    first_seconds: float = Field(ge=0)
    factor: float = Field(2, ge=1)
    cap_seconds: float = Field(ge=0)
    time_limit_seconds: float = Field(gt=0)

    def wait(self, attempts: int, chance: float) -> timedelta:
        """How long to wait after that many tries; `chance` (0 to 1) spreads the tries of many rows."""
        full = self.first_seconds
        for _ in range(attempts - 1):
            if full >= self.cap_seconds or self.factor == 1:
                break
            full *= self.factor
        return timedelta(seconds=min(full, self.cap_seconds) * (1 - chance / 2))


class Policy(Entry):
    """delivery.yml."""

    lease_seconds: float = Field(gt=0)
    poll_seconds: float = Field(gt=0)
    grace_seconds: float = Field(ge=0)
    families: dict[str, int]
    others: int = Field(ge=1)
    kinds: dict[str, Tries]
    otherwise: Tries

    @property
    def lease(self) -> timedelta:
        """For how long a claimed row belongs to its process."""
        return timedelta(seconds=self.lease_seconds)

    def tries(self, kind: str) -> Tries:
        """How deliveries of `kind` are tried."""
        return self.kinds.get(kind, self.otherwise)

    @model_validator(mode="after")
    def _leases_last(self) -> Policy:
        longest = max(rule.time_limit_seconds for rule in (*self.kinds.values(), self.otherwise))
        if longest >= self.lease_seconds:
            raise ValueError("lease_seconds must be longer than each time_limit_seconds")
        return self


def load_policy(folder: Path | None = None) -> Policy:
    """Read delivery.yml of `folder` (None: the packaged one). Raises CatalogueError."""
    return YamlFile((folder or _PACKAGED) / "delivery.yml").read(Policy)
