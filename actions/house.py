"""What every action is handed: the house's own parts, made once at start by `slrt`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from actions.limits import Limits, load_limits
from nlu.port import Understander
from referral.catalogue import Catalogue
from referral.catalogue.shelf import Shelf
from referral.contacts import Contacts
from registry.places import Gazetteer
from storage.database import Database


def now() -> datetime:
    """The present moment in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class House:
    """The parts that actions work with. `public_url` has no trailing slash; `process` names the lease holder;
    `answers_by_mail`: what agencies answer to our mails comes in.

    Time is a port: `clock` tells the moment, `nap` lets so many seconds go by.
    """

    database: Database
    shelf: Shelf
    contacts: Contacts
    gazetteer: Gazetteer
    understander: Understander
    public_url: str
    demo: bool
    process: str
    answers_by_mail: bool = False
    clock: Callable[[], datetime] = field(default=now)
    limits: Limits = field(default_factory=load_limits)
    nap: Callable[[float], Awaitable[object]] = field(default=asyncio.sleep)

    @property
    def catalogue(self) -> Catalogue:
        """The catalogue in force; within a turn or a request it stays the same."""
        return self.shelf.edition.catalogue
