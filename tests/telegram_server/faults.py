"""Faults that a test orders ahead: cut connections and refusals."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from .errors import ApiError

type When = Literal["before", "after"]


@dataclass
class Fault:
    """One ordered fault and how often it is still to happen."""

    method: str
    when: When
    left: int
    error: ApiError | None = None
    chat_id: int | None = None


@dataclass
class Faults:
    """The faults still to come, in the order they were asked for."""

    _waiting: list[Fault] = field(default_factory=list)

    def add(self, fault: Fault) -> None:
        """Order a fault."""
        self._waiting.append(fault)

    def clear(self) -> None:
        """Forget every fault still to come."""
        self._waiting.clear()

    @property
    def pending(self) -> int:
        """How many faults have not happened yet."""
        return sum(fault.left for fault in self._waiting)

    def take(self, method: str, when: When, chat_id: str) -> Fault | None:
        """Return the fault that hits this request, counting it down."""
        for fault in self._waiting:
            hits_chat = fault.chat_id is None or str(fault.chat_id) == chat_id
            if fault.method.lower() == method.lower() and fault.when == when and hits_chat:
                fault.left -= 1
                if fault.left <= 0:
                    self._waiting.remove(fault)
                return fault
        return None
