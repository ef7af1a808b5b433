"""Time for the server: real time that a test can jump forward, or stop."""

from __future__ import annotations

import time


class Clock:
    """A wall clock with an adjustable offset.

    Args:
        start: Unix time to begin at; the real time when omitted.
        frozen: When true, time moves by :meth:`advance` alone.
    """

    def __init__(self, start: float | None = None, *, frozen: bool = False) -> None:
        now = time.time()
        self._offset = 0.0 if start is None else start - now
        self._frozen_at = now if frozen else None

    def now(self) -> float:
        """Return the Unix time as the server sees it."""
        base = time.time() if self._frozen_at is None else self._frozen_at
        return base + self._offset

    def advance(self, seconds: float = 0.0, *, minutes: float = 0.0, hours: float = 0.0) -> None:
        """Jump forward without waiting.

        Raises:
            ValueError: If the jump would go back in time.
        """
        jump = seconds + minutes * 60 + hours * 3600
        if jump < 0:
            raise ValueError("a clock cannot go back")
        self._offset += jump
