"""How fast a bot may send: about one message a second per chat, twenty a minute in a group, thirty a second in all."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field


@dataclass(frozen=True)
class RateLimits:
    """Sustained rates per second, and how many may come at once."""

    per_chat: float = 1.0
    per_chat_burst: int = 5
    overall: float = 30.0
    overall_burst: int = 30
    group_minute: int = 20

    @classmethod
    def none(cls) -> RateLimits:
        """Return limits that nobody reaches."""
        return cls(1e9, 10**9, 1e9, 10**9, 10**9)


@dataclass
class _Bucket:
    rate: float
    burst: int
    tokens: float
    since: float

    def wait(self, now: float) -> float:
        self.tokens = min(float(self.burst), self.tokens + max(now - self.since, 0.0) * self.rate)
        self.since = now
        return 0.0 if self.tokens >= 1 else (1 - self.tokens) / self.rate

    def take(self, now: float) -> None:
        self.wait(now)
        self.tokens -= 1


@dataclass
class _Window:
    """So many in any minute."""

    most: int
    times: deque[float] = field(default_factory=deque)

    def wait(self, now: float) -> float:
        while self.times and self.times[0] <= now - 60:
            self.times.popleft()
        return 0.0 if len(self.times) < self.most else self.times[0] + 60 - now

    def take(self, now: float) -> None:
        self.times.append(now)


@dataclass
class RateLimiter:
    """Counts what was sent; refused requests do not count."""

    limits: RateLimits
    _chats: dict[int, _Bucket] = field(default_factory=dict)
    _groups: dict[int, _Window] = field(default_factory=dict)
    _overall: _Bucket | None = None

    def wait(self, chat_id: int, now: float) -> int:
        """Return how many whole seconds to wait before a message to this chat, or zero."""
        return math.ceil(max(bucket.wait(now) for bucket in self._buckets(chat_id, now)))

    def count(self, chat_id: int, now: float) -> None:
        """Take note of a message that was sent."""
        for bucket in self._buckets(chat_id, now):
            bucket.take(now)

    def _buckets(self, chat_id: int, now: float) -> tuple[_Bucket | _Window, ...]:
        limits = self.limits
        if self._overall is None:
            self._overall = _Bucket(limits.overall, limits.overall_burst, limits.overall_burst, now)
        if chat_id < 0:
            return self._groups.setdefault(chat_id, _Window(limits.group_minute)), self._overall
        fresh = _Bucket(limits.per_chat, limits.per_chat_burst, limits.per_chat_burst, now)
        return self._chats.setdefault(chat_id, fresh), self._overall
