"""Safety codes: a word and digits by which a person, and nobody else at the phone, sees how her report stands."""

from __future__ import annotations

import re
import secrets
from typing import Annotated

from pydantic import Field, StringConstraints

from referral.catalogue.schema import Entry

CodeWord = Annotated[str, StringConstraints(pattern=r"^[a-z]{3,12}$")]
_WRITTEN = re.compile(r"\W*([^\W\d_]+)[\s.,:_-]*(\d+)\W*")


class SafetyCodes(Entry):
    """safety.yml: what codes are made of, and how often wrong ones may be typed in a chat."""

    words: tuple[CodeWord, ...] = Field(min_length=100)
    digits: int = Field(ge=2, le=6)
    tries: int = Field(ge=1)
    minutes: int = Field(ge=1)

    def make(self) -> str:
        """A fresh code, as it is shown: "melati 47"."""
        lowest = 10 ** (self.digits - 1)
        return f"{secrets.choice(self.words)} {lowest + secrets.randbelow(9 * lowest)}"

    def read(self, text: str) -> str | None:
        """The code that a whole message is, however it is written; None when it can't be one."""
        match = _WRITTEN.fullmatch(text)
        if match is None:
            return None
        word, number = match[1].casefold(), match[2]
        return f"{word} {number}" if word in self.words and len(number) == self.digits else None
