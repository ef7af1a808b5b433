"""What the API takes and gives. The OpenAPI document is made from these; what does not fit them is refused.

The words for people (summaries, descriptions) stand in `templates/api/words.txt`, by the names used here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    GetCoreSchemaHandler,
    RootModel,
    StringConstraints,
    Tag,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from actions.agency_api import HISTORY
from actions.api_tokens import SCOPES
from console.forms import LONGEST
from referral.lifecycle import OUTCOMES, STATES

MOST = 100
_LARGEST_ID = 10**15 - 1
_NOT_ELIGIBLE = "not_eligible"


@dataclass(frozen=True)
class Among:
    """One of these words, which the tables know."""

    words: tuple[str, ...]

    def __get_pydantic_core_schema__(self, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.literal_schema(list(self.words))


# at least one character that is seen
Text = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST, pattern=r"[^\s\x00-\x1f\x7f-\xa0\ufeff]")]
Note = Annotated[str, StringConstraints(max_length=LONGEST)]
Id = Annotated[int, Field(ge=1, le=_LARGEST_ID)]
State = Annotated[str, Among(STATES)]
Outcome = Annotated[str, Among(OUTCOMES)]
OtherOutcome = Annotated[str, Among(tuple(outcome for outcome in OUTCOMES if outcome != _NOT_ELIGIBLE))]
Scope = Annotated[str, Among(SCOPES)]
STEPS = ("accept", "start", "return", "reject", "finish", "ask", "progress")
Happened = Annotated[str, Among(tuple(HISTORY))]


class Given(BaseModel):
    """What a client sends: unknown fields and wrong types are refused."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Told(BaseModel):
    """What a client gets."""

    model_config = ConfigDict(extra="forbid")


class Accept(Given):
    step: Literal["accept"]


class Start(Given):
    step: Literal["start"]


class Return(Given):
    step: Literal["return"]
    reason: Text


class Reject(Given):
    step: Literal["reject"]
    reason: Text


class Finish(Given):
    step: Literal["finish"]
    outcome: OtherOutcome
    note: Note | None = None


class FinishNotEligible(Given):
    step: Literal["finish"]
    outcome: Literal["not_eligible"]
    note: Text


class Ask(Given):
    step: Literal["ask"]
    note: Text


class Progress(Given):
    step: Literal["progress"]
    note: Text


def _which(given: Any) -> str | None:
    """The name of the step; an outcome that must be explained is a kind of its own."""
    if not isinstance(given, dict) or not isinstance(given.get("step"), str):
        return None
    explained = given["step"] == "finish" and given.get("outcome") == _NOT_ELIGIBLE
    return _NOT_ELIGIBLE if explained else given["step"]


class Step(
    RootModel[
        Annotated[
            Annotated[Accept, Tag("accept")]
            | Annotated[Start, Tag("start")]
            | Annotated[Return, Tag("return")]
            | Annotated[Reject, Tag("reject")]
            | Annotated[Finish, Tag("finish")]
            | Annotated[FinishNotEligible, Tag(_NOT_ELIGIBLE)]
            | Annotated[Ask, Tag("ask")]
            | Annotated[Progress, Tag("progress")],
            Discriminator(_which),
        ]
    ]
):
    """A step, by its name."""


class Paging(BaseModel):
    """Query of a list. `cursor` comes from the page before."""

    model_config = ConfigDict(extra="forbid")

    limit: Annotated[int, Field(ge=1, le=MOST)] = MOST // 2
    cursor: Annotated[int, Field(ge=0, le=_LARGEST_ID)] = 0


def _is_written(value: Any) -> Any:
    """Only RFC 3339: pydantic would take a bare number for seconds."""
    if not re.match(r"\d{4}-\d{2}-\d{2}[Tt ]", str(value)):
        raise PydanticCustomError("datetime_parsing", "not a date and time")
    return value


class ReferralQuery(Paging):
    state: Annotated[list[State], Field(max_length=len(STATES))] = Field(default_factory=list)
    changed_since: Annotated[AwareDatetime, BeforeValidator(_is_written)] | None = None


class Limits(Told):
    requests_per_minute: int
    burst: int
    largest_file_bytes: int


class Me(Told):
    token: str
    unit: str
    unit_name: str
    agency_name: str
    scopes: list[Scope]
    limits: Limits


class ReferralItem(Told):
    id: Id
    ticket: str
    need: str
    need_name: str
    state: State
    urgent: bool
    region: str | None
    region_name: str | None
    created_at: datetime
    changed_at: datetime
    due_at: datetime | None


class ReferralPage(Told):
    items: list[ReferralItem]
    next_cursor: int | None
    as_of: datetime


class Case(Told):
    link: str


class CaseList(Told):
    items: list[Case]


class Answered(Told):
    question: str
    name: str
    value: str
    text: str


class Contact(Told):
    way: Literal["call", "write", "none"] | None
    number: str | None
    words: str | None


class Due(Told):
    kind: Literal["follow_up", "finish"]
    at: datetime
    paused: bool


class Referral(Told):
    id: Id
    ticket: str
    agency_name: str
    need: str
    need_name: str
    state: State
    urgent: bool
    created_at: datetime
    due: Due | None
    complaint: str | None
    reporter_name: str | None
    region_name: str | None
    rt_rw: str | None
    answers: list[Answered]
    papers: list[str]
    contact: Contact | None
    reason: str | None
    outcome: Outcome | None
    note: str | None
    not_helped: str | None
    steps: list[Annotated[str, Among(STEPS)]]


class File(Told):
    name: str
    media_type: str
    size: int


class HistoryItem(Told):
    id: Id
    at: datetime
    kind: Happened
    by: Literal["agency", "puskesos", "resident", "system"]
    text: str | None
    file: File | None


class HistoryPage(Told):
    items: list[HistoryItem]
    next_cursor: int | None


class Mistake(Told):
    """A field that does not fit: where it stands and what is wrong (pydantic's own code)."""

    at: str
    type: str


class Problem(Told):
    """RFC 9457. `type` is stable; title and detail are for people."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    errors: list[Mistake] | None = None
    link: str | None = None
    scope: str | None = None
    state: str | None = None
    steps: list[str] | None = None


def as_json(model: BaseModel) -> dict[str, Any]:
    """A model as plain JSON values."""
    return model.model_dump(mode="json")
