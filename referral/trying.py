"""One try: hand a parcel to its sender, within its time, and say what came of it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

import structlog

from referral.policy import Policy, Tries
from referral.ports import Gone, Parcel, Refused, Sender, TryAgain

_log = structlog.get_logger()
_LONGEST_ASKED = 24 * 3600.0  # a receiver that asks for more patience is asked again after a day

Result = Literal["done", "retry", "held", "dropped"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a try; `ill` says that the receiver failed, rather than this one parcel.

    `receipt` is what the receiver calls what it took.
    """

    result: Result
    reason: str = ""
    after: timedelta = timedelta()
    ill: bool = False
    receipt: int | None = None


class Trier:
    """Tries parcels with the senders of this process, by kind."""

    def __init__(self, senders: Mapping[str, Sender], policy: Policy, chance: random.Random) -> None:
        self._senders = senders
        self._policy = policy
        self._chance = chance

    async def attempt(self, parcel: Parcel) -> Outcome:
        """Try it once. After the last try a failure means that it is held."""
        rule = self._policy.tries(parcel.kind)
        outcome = await self._send(parcel, rule)
        if outcome.result != "retry":
            return outcome
        if parcel.attempts >= rule.tries:
            return Outcome("held", outcome.reason, ill=outcome.ill)
        after = outcome.after or rule.wait(parcel.attempts, self._chance.random())
        return Outcome("retry", outcome.reason, after, outcome.ill)

    async def _send(self, parcel: Parcel, rule: Tries) -> Outcome:
        if parcel.attempts > rule.tries:
            return Outcome("held", "the process that tried it died again and again")
        sender = self._senders.get(parcel.kind)
        if sender is None:
            return Outcome("retry", f"no sender for {parcel.kind} in this process")
        try:
            async with asyncio.timeout(rule.time_limit_seconds):
                receipt = await sender.send(parcel)
        except TryAgain as problem:
            return Outcome("retry", problem.reason, self._asked(problem.after_seconds), ill=True)
        except Refused as problem:
            return Outcome("held", problem.reason)
        except Gone as problem:
            return Outcome("dropped", problem.reason)
        except TimeoutError:
            return Outcome("retry", f"no answer in {rule.time_limit_seconds:g} seconds", ill=True)
        except Exception as problem:
            # its words could hold personal data: the kind of error is all that is kept
            _log.error("delivery.sender_broke", delivery=parcel.id, kind=parcel.kind, error=type(problem).__name__)
            return Outcome("retry", f"the sender broke: {type(problem).__name__}")
        return Outcome("done", receipt=receipt)

    def _asked(self, seconds: float | None) -> timedelta:
        if seconds is None:
            return timedelta()
        return timedelta(seconds=min(max(seconds, 0.1), _LONGEST_ASKED) * (1 + self._chance.random() / 10))
