"""Marks that a referral's mails carry: an answer to one finds its referral by it, and nobody else can make one.

A mark stands in the Message-ID (so that an answer's In-Reply-To and References have it) and in the reply address. It
is made of letters that survive every mail server: one case, digits and hyphens.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

__all__ = ["ReplyMark", "find_mark", "sign_reply"]

_PURPOSE = b"slrt.reply\0"
_LENGTH = 20  # letters of base32: 100 bits
_MARK = re.compile(rf"(?<![a-z0-9])r(\d{{1,15}})-(\d{{1,9}})-(\d{{1,9}})-([a-z2-7]{{{_LENGTH}}})(?![a-z0-9])")


@dataclass(frozen=True)
class ReplyMark:
    """A genuine mark: whose mail it is, of which series (as in answer links), and the day on which it was made."""

    referral_id: int
    serial: int
    day: date

    def too_old(self, now: datetime, age: timedelta) -> bool:
        """Whether the mail was sent longer ago than an answer is taken."""
        return now.astimezone(UTC).date() - self.day > age


def sign_reply(referral_id: int, serial: int, now: datetime, key: bytes) -> str:
    """The mark for a referral's mail."""
    told = f"r{referral_id}-{serial}-{now.astimezone(UTC).date().toordinal()}"
    return f"{told}-{_seal(told, key)}"


def find_mark(places: Iterable[str], key: bytes) -> ReplyMark | None:
    """The first genuine mark in these addresses or message ids; forged ones are passed over."""
    for place in places:
        for found in _MARK.finditer(place.lower()):
            told, _, seal = found.group().rpartition("-")
            day = int(found.group(3))
            if hmac.compare_digest(seal, _seal(told, key)) and 1 <= day <= date.max.toordinal():
                return ReplyMark(int(found.group(1)), int(found.group(2)), date.fromordinal(day))
    return None


def _seal(told: str, key: bytes) -> str:
    digest = hmac.new(key, _PURPOSE + told.encode(), hashlib.sha256).digest()
    return base64.b32encode(digest).decode().lower()[:_LENGTH]
