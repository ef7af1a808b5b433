"""Keeping Telegram's pace: about one message a second in a chat, thirty a second in all."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from telegram.error import RetryAfter

_FORGET_ABOVE = 10_000


def seconds_of(error: RetryAfter) -> float:
    """How long Telegram asks us to wait, in whatever form the client reports it."""
    after: int | timedelta = error.retry_after
    return after.total_seconds() if isinstance(after, timedelta) else float(after)


@dataclass
class _Bucket:
    level: float
    since: float


@dataclass
class Pace:
    """Says how long to wait before the next message to a chat.

    A few messages of one answer may go together (`chat_burst`), as long as the mean stays below the rates. A group (its
    id is negative) takes twenty in any minute: ten at once and ten more.
    """

    chat_rate: float = 1.0
    chat_burst: float = 3.0
    overall_rate: float = 30.0
    overall_burst: float = 30.0
    group_rate: float = 10 / 60
    group_burst: float = 10.0
    clock: Callable[[], float] = time.monotonic
    _chats: dict[str, _Bucket] = field(default_factory=dict)
    _overall: _Bucket | None = None
    _held: dict[str, float] = field(default_factory=dict)

    def book(self, chat: str) -> float:
        """Book the next message to a chat; the answer is how many seconds from now it may leave."""
        now = self.clock()
        if len(self._chats) > _FORGET_ABOVE:
            self._forget(now)
        is_group = chat.startswith("-")
        rate, burst = (self.group_rate, self.group_burst) if is_group else (self.chat_rate, self.chat_burst)
        own = self._chats.setdefault(chat, _Bucket(burst, now))
        self._overall = self._overall or _Bucket(self.overall_burst, now)
        return max(
            _draw(own, rate, burst, now),
            _draw(self._overall, self.overall_rate, self.overall_burst, now),
            self._held.get(chat, now) - now,
        )

    def hold(self, chat: str, seconds: float) -> None:
        """Telegram wants no message to this chat for a while."""
        self._held[chat] = self.clock() + seconds

    def _forget(self, now: float) -> None:
        calm = 2 * max(self.chat_burst / self.chat_rate, self.group_burst / self.group_rate)
        full = [chat for chat, one in self._chats.items() if now - one.since > calm]
        for chat in full:
            del self._chats[chat]
        self._held = {chat: until for chat, until in self._held.items() if until > now}


def _draw(bucket: _Bucket, rate: float, burst: float, now: float) -> float:
    """Take one from the bucket, also below zero; the debt is what must be waited for."""
    bucket.level = min(burst, bucket.level + (now - bucket.since) * rate) - 1
    bucket.since = now
    return max(-bucket.level / rate, 0.0)
