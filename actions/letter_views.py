"""What the console shows of letters, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class LetterView:
    """A letter of a ticket. `to_print`: it is how its referral travels; `handed_at` and `handed_to` tell of that."""

    id: int
    at: datetime
    kind_name: str
    number: str
    need_name: str | None
    who: str | None
    to_print: bool
    handed_at: datetime | None
    handed_to: str | None
    revoked_at: datetime | None
    revoked_reason: str | None
    revocable: bool


@dataclass(frozen=True)
class LetterOffer:
    """A letter that the officer may issue now; `about` are ids and needs of the referrals that it can be about."""

    kind: str
    name: str
    about: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class PrintItem:
    """A line of the list of letters to be printed and handed over."""

    id: int
    at: datetime
    number: str
    ticket_number: str
    agency_name: str
    address: str | None
    urgent: bool
    restricted: bool
    due_at: datetime | None


@dataclass(frozen=True)
class VerifyView:
    """What anyone may know of a letter who holds it."""

    number: str
    kind_name: str
    office_name: str
    at: datetime
    revoked_at: datetime | None
