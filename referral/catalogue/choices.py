"""Answers by button: the reasons and outcomes from which an agency's officer chooses (choices.yml)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from referral.catalogue.schema import Entry, Words
from referral.lifecycle import OUTCOMES

# beside a long referral's id it must fit into the 64 bytes of a button's data
ShortCode = Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,12}$")]
# chosen instead of a reason: the officer writes it herself
OWN_WORDS = "own"


class Reason(Entry):
    """A reason as its button shows it (`label`) and as it is kept (`said`)."""

    code: ShortCode
    label: Words
    said: Words


class OutcomeChoice(Entry):
    """An outcome as its button shows it; one that needs a reason has some to choose from (`why`)."""

    outcome: str
    label: Words
    why: tuple[Reason, ...] = ()

    @model_validator(mode="after")
    def _fits(self) -> OutcomeChoice:
        if self.outcome not in OUTCOMES:
            raise ValueError(f"{self.outcome} is no outcome")
        if (self.outcome == "not_eligible") != bool(self.why):
            raise ValueError("not_eligible needs reasons (why), the others have none")
        return self


class Choices(Entry):
    """choices.yml."""

    returning: tuple[Reason, ...] = Field(alias="return", min_length=1)
    reject: tuple[Reason, ...] = Field(min_length=1)
    finish: tuple[OutcomeChoice, ...]
    to_confirm: tuple[Words, ...] = ()

    @model_validator(mode="after")
    def _each_once(self) -> Choices:
        for reasons in (self.returning, self.reject, *(choice.why for choice in self.finish)):
            codes = [reason.code for reason in reasons]
            if len(set(codes)) < len(codes) or OWN_WORDS in codes:
                raise ValueError("a code stands there twice, or is 'own'")
        if sorted(choice.outcome for choice in self.finish) != sorted(OUTCOMES):
            raise ValueError("finish must have each outcome once")
        return self

    def reasons(self, step: str, outcome: str | None = None) -> tuple[Reason, ...]:
        """The reasons for `return` or `reject`, or for an outcome of `finish`; none where none is needed."""
        if step == "finish":
            return next((choice.why for choice in self.finish if choice.outcome == outcome), ())
        return {"return": self.returning, "reject": self.reject}.get(step, ())

    def said(self, step: str, code: str, outcome: str | None = None) -> str | None:
        """What a reason's button says; None when there is no such reason (any more)."""
        return _said(self.reasons(step, outcome), code)

    def outcome_label(self, outcome: str | None) -> str:
        """An outcome in words."""
        return next((choice.label for choice in self.finish if choice.outcome == outcome), "")


def _said(reasons: Iterable[Reason], code: str) -> str | None:
    return next((reason.said for reason in reasons if reason.code == code), None)
