"""The queue of updates: strictly rising ids, kept for 24 hours until confirmed."""

from __future__ import annotations

import json
from dataclasses import dataclass

from .clock import Clock
from .signals import Signal

KEPT = 24 * 3600.0
NOT_BY_DEFAULT = frozenset({"chat_member", "message_reaction", "message_reaction_count"})


@dataclass(frozen=True)
class Update:
    """Something that happened, for the bot."""

    id: int
    kind: str
    payload: dict[str, object]
    chat_id: int
    expires_at: float

    def json(self) -> dict[str, object]:
        """Return the update as the Bot API writes it."""
        return {"update_id": self.id, self.kind: self.payload}


class UpdateQueue:
    """Updates waiting to be fetched or delivered."""

    def __init__(self, clock: Clock, signal: Signal, first_id: int = 810_000_001) -> None:
        self._clock = clock
        self._signal = signal
        self._next_id = first_id
        self._waiting: list[Update] = []
        self.allowed: frozenset[str] = frozenset()
        self.dropped: list[Update] = []

    def add(self, kind: str, payload: dict[str, object], chat_id: int) -> None:
        """Queue an update, unless the bot did not ask for its kind."""
        wanted = kind in self.allowed if self.allowed else kind not in NOT_BY_DEFAULT
        if wanted:
            expires_at = self._clock.now() + KEPT
            self._waiting.append(Update(self._next_id, kind, payload, chat_id, expires_at))
            self._next_id += 1
        self._signal.notify()

    def allow(self, raw: str | None) -> None:
        """Remember the allowed_updates parameter; without one the last setting stays."""
        if not raw:
            return
        try:
            value: object = json.loads(raw)
        except ValueError:
            return
        if isinstance(value, list):
            self.allowed = frozenset(str(kind) for kind in value)

    @property
    def pending(self) -> list[Update]:
        """The updates not yet confirmed; those older than a day are dropped first."""
        now = self._clock.now()
        self.dropped += [update for update in self._waiting if update.expires_at <= now]
        self._waiting = [update for update in self._waiting if update.expires_at > now]
        return list(self._waiting)

    def confirm_before(self, offset: int) -> None:
        """Forget the updates below an offset; a negative one keeps that many of the newest."""
        if offset > 0:
            self._waiting = [update for update in self._waiting if update.id >= offset]
        elif offset < 0:
            self._waiting = self._waiting[offset:]

    def remove(self, update: Update) -> None:
        """Forget one update that was delivered."""
        if update in self._waiting:
            self._waiting.remove(update)

    def clear(self) -> None:
        """Forget everything."""
        self._waiting.clear()
