"""What the queue's dispatcher asks of others: to send a parcel, and to draw the consequences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from referral.errors import Gone, Refused, TryAgain

__all__ = ["Gone", "Parcel", "Refused", "Sender", "Settle", "TryAgain"]


@dataclass(frozen=True, slots=True)
class Parcel:
    """A row of the queue in someone's hands. `attempts` counts this try too; `key` makes it arrive once.

    `counted`: its lane has a limit of how many may be on their way.
    """

    id: int
    lane: str
    kind: str
    key: str
    payload: Any
    urgent: bool = False
    attempts: int = 1
    referral_id: int | None = None
    message_id: int | None = None
    ordered: bool = False
    counted: bool = False


class Sender(Protocol):
    """Takes parcels of one kind out of the house."""

    async def send(self, parcel: Parcel) -> int | None:
        """Deliver it and return the receipt, what the receiver calls it, if it gives one.

        Raises TryAgain, Refused (it will be held) or Gone (it will be dropped).
        """


class Settle(Protocol):
    """What follows from a parcel's end."""

    def follows(self, parcel: Parcel, result: str) -> bool:
        """Whether anything follows from this end. If not, many rows are marked in one transaction."""

    async def received(self, session: AsyncSession, receipts: Mapping[int, int]) -> None:
        """Keep receipts of messages (by `message_id`), in the transaction that marks their rows done."""

    async def __call__(self, session: AsyncSession, parcel: Parcel, result: str) -> None:
        """Called in the transaction that marks the row; `result` is done, held or dropped."""
