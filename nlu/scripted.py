"""Understanding for tests: answers from a script, no Rasa anywhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from nlu.port import UNAVAILABLE, UNKNOWN, Understanding

Script = Mapping[str, Understanding] | Callable[[str], Understanding]


class ScriptedUnderstander:
    """An :class:`nlu.port.Understander` that answers from *script*.

    Args:
        script: a mapping by text, or a function of the text. A text that the mapping lacks is not known.

    Attributes:
        asked: every text it was asked, in order.
        down: set to ``True`` to play a server that cannot be reached.
    """

    def __init__(self, script: Script) -> None:
        self._script = script
        self.asked: list[str] = []
        self.down = False

    async def understand(self, text: str) -> Understanding:
        """Return the script's answer to *text*."""
        self.asked.append(text)
        if self.down:
            return UNAVAILABLE
        if callable(self._script):
            return self._script(text)
        return self._script.get(text, UNKNOWN)
