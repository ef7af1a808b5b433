"""The conversation's own data: limits and short answers (`manners.yml`)."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict


class Speaker(BaseModel):
    """Who speaks: `words` tell it, `whom` names the person it is for as the question puts it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    whom: str
    words: tuple[str, ...]


class Behalf(BaseModel):
    """The words by which somebody speaks for another; `manners.yml` says what each value is for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    speakers: dict[str, Speaker]
    otherwise: str
    whom_otherwise: str
    not_before: frozenset[str]
    not_after: frozenset[str]
    answers: dict[str, tuple[str, ...]]

    def whom(self, code: str) -> str:
        """The person it is for, as the question puts it."""
        speaker = self.speakers.get(code)
        return speaker.whom if speaker else self.whom_otherwise


class Quiet(BaseModel):
    """How long words wait for more words, in seconds; `long_part` is in characters."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    seconds: float
    long_seconds: float
    long_part: int
    most: float


class Manners(BaseModel):
    """What `manners.yml` holds; the file says what each value is for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    buttons_per_message: int
    reply_limit: int
    complaint_limit: int
    excerpt: int
    tries: int
    longest_code: int
    quiet: Quiet
    calm_after: float
    largest_file_mb: int
    remind_hours: float
    short_numbers: int
    cities: dict[str, str]
    city_words: dict[str, str]
    correction_marks: tuple[str, ...]
    correction_denials: tuple[str, ...]
    correction_turns: tuple[str, ...]
    danger_needs: tuple[str, ...]
    danger_kinds: dict[str, str]
    commands: dict[str, tuple[str, ...]]
    phrases: dict[str, tuple[str, ...]]
    story_words: int
    likeliest: int
    likeliest_in_letter: int
    danger_from: float
    letter: int
    contact_words: dict[str, tuple[str, ...]]
    consent_wording: str
    consent_digest: str
    behalf: Behalf


@cache
def load_manners() -> Manners:
    """The packaged manners."""
    raw = yaml.safe_load((Path(__file__).parent / "manners.yml").read_text("utf-8"))
    return Manners.model_validate(raw)
