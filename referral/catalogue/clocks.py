"""Clocks: how long each may run, and the ladder of people who hear of it (clocks.yml, deadlines.yml)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Literal, get_args

from pydantic import Field, model_validator

from referral.catalogue.schema import Code, Deadlines, Entry
from referral.yaml_file import YamlFile

Kind = Literal["verify", "follow_up", "finish", "confirm", "answer"]
Recipient = Literal["resident", "unit", "puskesos", "head", "manager", "special", "tkpk"]
KINDS: tuple[Kind, ...] = get_args(Kind)
# who may hear of a restricted case, and of a report about officers
_CIRCLE = frozenset({"resident", "unit", "head", "special", "tkpk"})
_ABOVE_OFFICERS = frozenset({"resident", "special", "tkpk"})


class Span(Entry):
    """A length of time: working days, or hours (of office time unless around the clock)."""

    working_days: int | None = Field(None, ge=0, le=120)
    hours: float | None = Field(None, ge=0, le=1000)
    around_the_clock: bool = False

    @model_validator(mode="after")
    def _one_of_them(self) -> Span:
        if (self.working_days is None) == (self.hours is None):
            raise ValueError("must have either working_days or hours")
        return self


class LadderStep(Entry):
    """A step: so long before or after the clock's end, `to` hears of it."""

    step: Code
    before: Span | None = None
    after: Span | None = None
    to: Recipient

    @model_validator(mode="after")
    def _before_or_after(self) -> LadderStep:
        if (self.before is None) == (self.after is None):
            raise ValueError("must have either before or after")
        return self


class Ladder(Entry):
    """A row of the table of ladders; what is left out fits everything."""

    ladder: Code
    clocks: tuple[Kind, ...] | None = None
    urgent: bool | None = None
    restricted: bool | None = None
    managers_only: bool | None = None
    internal: bool | None = None
    steps: tuple[LadderStep, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _steps_differ(self) -> Ladder:
        if len({step.step for step in self.steps}) < len(self.steps):
            raise ValueError("steps: each needs a name of its own")
        return self


class ClocksFile(Entry):
    """clocks.yml."""

    finish: Span
    finish_by_need: dict[Code, Span] = Field(default_factory=dict)
    answer: Span
    urgent: dict[Kind, Span] = Field(default_factory=dict)
    urgent_by_need: dict[Code, dict[Kind, Span]] = Field(default_factory=dict)
    ladders: tuple[Ladder, ...] = Field(min_length=1)


@dataclass(frozen=True)
class Nature:
    """What decides a clock's ladder. `internal`: the Puskesos's own desk has it."""

    kind: Kind
    urgent: bool = False
    restricted: bool = False
    managers_only: bool = False
    internal: bool = False


class Clocks:
    """The spans and ladders; made by `load_clocks`, which has checked that each clock finds a ladder it may climb."""

    def __init__(self, content: ClocksFile, deadlines: Deadlines) -> None:
        self._content = content
        self._deadlines = deadlines

    def span(self, kind: Kind, need: str | None, *, urgent: bool = False) -> Span:
        """How long a clock runs."""
        content, deadlines = self._content, self._deadlines
        if urgent:
            fast = content.urgent_by_need.get(need or "", {}).get(kind) or content.urgent.get(kind)
            if fast is not None:
                return fast
        match kind:
            case "verify":
                return Span(working_days=deadlines.review_working_days)
            case "follow_up":
                days = deadlines.working_days.get(need or "", deadlines.default_working_days)
                return Span(working_days=days)
            case "finish":
                return content.finish_by_need.get(need or "", content.finish)
            case "confirm":
                return Span(working_days=deadlines.confirm_working_days)
            case "answer":
                return content.answer

    def ladder(self, nature: Nature) -> Ladder:
        """The first ladder that fits."""
        found = _fitting(self._content.ladders, nature)
        if found is None:
            raise LookupError(nature)  # the loader has seen to it that there is one
        return found


def _fitting(ladders: Collection[Ladder], nature: Nature) -> Ladder | None:
    for ladder in ladders:
        marks = (
            (ladder.urgent, nature.urgent),
            (ladder.restricted, nature.restricted),
            (ladder.managers_only, nature.managers_only),
            (ladder.internal, nature.internal),
        )
        fits = all(wanted is None or wanted == is_so for wanted, is_so in marks)
        if fits and (ladder.clocks is None or nature.kind in ladder.clocks):
            return ladder
    return None


def load_clocks(file: YamlFile, deadlines: Deadlines, needs: Collection[str]) -> Clocks:
    """Read clocks.yml and check it. Raises CatalogueError."""
    content = file.read(ClocksFile)
    by_need: dict[str, Mapping[str, object]] = {
        "finish_by_need": content.finish_by_need,
        "urgent_by_need": content.urgent_by_need,
    }
    for field, spans in by_need.items():
        for need in spans:
            if need not in needs:
                raise file.wrong((field, need), "is no need of needs.yml")
    _check_ladders(file, content)
    return Clocks(content, deadlines)


def _check_ladders(file: YamlFile, content: ClocksFile) -> None:
    """Each clock finds a ladder, and no ladder tells somebody who must not hear of the case."""
    marks = list(product((False, True), repeat=4))
    for kind, (urgent, restricted, only, internal) in product(KINDS, marks):
        if only and not restricted:
            continue
        nature = Nature(kind, urgent, restricted, only, internal)
        ladder = _fitting(content.ladders, nature)
        if ladder is None:
            raise file.wrong(("ladders",), f"nobody hears of a {kind} clock that is {nature}")
        allowed = _ABOVE_OFFICERS if only else _CIRCLE if restricted else frozenset(get_args(Recipient))
        what = "report about officers" if only else "restricted case"
        for place, step in enumerate(ladder.steps):
            if step.to not in allowed:
                path = ("ladders", content.ladders.index(ladder), "steps", place, "to")
                raise file.wrong(path, f"{step.to} must not hear of a {what}")
