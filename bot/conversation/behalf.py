"""Whether a text speaks for somebody outside the speaker's own household, and who speaks (`manners.yml`, behalf)."""

from __future__ import annotations

from collections.abc import Sequence

from bot.conversation.manners import Behalf
from bot.conversation.reading import plain

_REACH = 3  # words after the phrase that may say that something else is meant


def speaks_for(rules: Behalf, text: str) -> str | None:
    """Who speaks, if the text is told for somebody else; None when nothing says so."""
    said = plain(text).split()
    for code, speaker in rules.speakers.items():
        if any(_means(rules, said, phrase.split()) for phrase in speaker.words):
            return code
    return None


def _means(rules: Behalf, said: Sequence[str], phrase: Sequence[str]) -> bool:
    size = len(phrase)
    for start in range(len(said) - size + 1):
        if list(said[start : start + size]) != list(phrase):
            continue
        before = said[start - 1] if start else ""
        after = said[start + size : start + size + _REACH]
        if before not in rules.not_before and not rules.not_after.intersection(after):
            return True
    return False
