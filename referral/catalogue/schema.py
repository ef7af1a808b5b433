"""What may stand in the catalogue's files, and the values that the rest of the product works with."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+([_-][a-z0-9]+)*$")]
RegionCode = Annotated[str, StringConstraints(pattern=r"^\d{2}(\.\d{2}(\.\d{2}(\.\d{4})?)?)?$")]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Confidence = Literal["high", "medium", "low"]


class Entry(BaseModel):
    """A group of fields; unknown ones are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class NeedEntry(Entry):
    """A need of the label set as the catalogue's file tells it."""

    code: Code
    name: Words
    everyday: Words
    words: tuple[Words, ...] = ()
    menu_group: Words
    menu_order: int
    restricted: bool = False
    managers_only: bool = False
    can_be_urgent: bool = False
    auto_send: bool = False
    target_desil: int | None = Field(None, ge=1, le=10)
    papers: tuple[Words, ...] = ()
    questions: tuple[Code, ...] = ()
    advice: Words | None = None
    sources: tuple[Words, ...] = ()
    confidence: Confidence
    assured_date: date | None = None
    assured_by: Words | None = None
    to_confirm: tuple[Words, ...] = ()


class Need(NeedEntry):
    """A need with the working days within which its agency should answer."""

    working_days: int


class Choice(Entry):
    """An answer that can be given by a button.

    `words` mean it wherever they stand in a text, `exact` ones with these capitals; `alone` ones only in an answer to
    the question, as do "ya" or "tidak" where it `means` to affirm or deny.
    """

    value: Code
    label: Words
    words: tuple[Words, ...] = ()
    exact: tuple[Words, ...] = ()
    alone: tuple[Words, ...] = ()
    means: Literal["affirm", "deny"] | None = None


class Question(Entry):
    """Something that the agency must know to act; the head of questions.yml tells what each field is for."""

    code: Code
    ask: Words
    name: Words | None = None
    kind: Literal["choice", "text", "age", "number", "amount", "digits", "since"] = "choice"
    priority: int = Field(5, ge=1, le=9)
    choices: tuple[Choice, ...] = ()
    free: bool = False
    entity: Code | None = None
    near: tuple[Words, ...] = ()
    within: tuple[Words, ...] = ()
    when: dict[Code, tuple[Code, ...]] = Field(default_factory=dict)
    least: int = 0
    most: int = 1_000_000_000
    digits: int | None = Field(None, ge=4, le=15)
    unit: Words | None = None
    in_referral: bool = True

    @model_validator(mode="after")
    def _whole(self) -> Question:
        if self.kind == "choice" and len(self.choices) < 2:
            raise ValueError("choices: at least two are needed for a question of kind choice")
        if (self.kind == "digits") != (self.digits is not None):
            raise ValueError("digits: goes with kind digits")
        return self

    def shown(self, value: str) -> str:
        """A kept answer as people read it: the button's label, rupiah with points, a number with its unit."""
        label = next((choice.label for choice in self.choices if choice.value == value), None)
        if label is not None:
            return label
        if self.kind == "amount" and value.isdecimal():
            return f"Rp{int(value):,}".replace(",", ".")
        return f"{value} {self.unit}" if self.unit else value


class QuestionLimits(Entry):
    """How much is asked at most: questions of one need, and in the whole report."""

    per_need: int = Field(ge=1, le=5)
    per_report: int = Field(ge=1, le=12)


class Agency(Entry):
    """An office that helps. What no source tells is left out, never guessed; `to_confirm` says what to ask it.

    `papers` are what it asks for beside those of the need. One that is not `active` gets nothing new.
    """

    code: Code
    name: Words
    region: RegionCode
    address: Words | None = None
    hours: Words | None = None
    phone: Words | None = None
    papers: tuple[Words, ...] = ()
    active: bool = True
    confidence: Confidence
    source: Words
    assured_date: date | None = None
    assured_by: Words | None = None
    to_confirm: tuple[Words, ...] = ()


class Unit(Entry):
    """A desk of an agency. `internal`: the Puskesos's or SLRT's own, no post is needed; not `active`: nothing new."""

    code: Code
    agency: Code
    name: Words
    restricted: bool = False
    internal: bool = False
    active: bool = True


class Ages(Entry):
    """An age from `least` to `most` years as told, or one of these `answers` given by a button."""

    least: int = Field(0, ge=0, le=130)
    most: int = Field(130, ge=0, le=130)
    answers: tuple[Code, ...] = ()


class Rule(Entry):
    """A row of the routing table: the first that fits decides. What is left out fits everything."""

    rule: Code
    needs: tuple[Code, ...] | None = None
    regions: tuple[RegionCode, ...] | None = None
    answers: dict[Code, tuple[Code, ...]] = Field(default_factory=dict)
    ages: Ages | None = None
    restricted: bool | None = None
    unit: Code


class ReturnRule(Entry):
    """Who decides anew about a referral that an agency sent back."""

    rule: Code
    regions: tuple[RegionCode, ...] | None = None
    restricted: bool | None = None
    unit: Code


class Door(Entry):
    """Where a need goes, and the rule that says so."""

    agency: Agency
    unit: Unit
    rule: str


class EmergencyNumber(Entry):
    """A number for danger. `tel` and `whatsapp` are ready for links; `region` names the place it serves, if not all."""

    number: Words
    name: Words
    note: Words
    tel: Annotated[str, StringConstraints(pattern=r"^\+?\d+(,\d+)?$")]
    whatsapp: Annotated[str, StringConstraints(pattern=r"^\d{8,15}$")] | None = None
    region: Words | None = None


class EmergencyEntry(EmergencyNumber):
    """A number as the file tells it; `regions` are the codes where it answers."""

    code: Code
    regions: tuple[RegionCode, ...] | None = None
    confidence: Confidence
    source: Words
    assured_date: date | None = None
    assured_by: Words | None = None
    to_confirm: tuple[Words, ...] = ()


class DangerEntry(Entry):
    """Words by which a danger is known; see the head of danger.yml for how phrases are written."""

    kind: Code
    need: Code | None = None
    phrases: tuple[Words, ...] = Field(min_length=1)
    unless: tuple[Words, ...] = ()
    cancelled_by: tuple[Literal["negation", "past", "once"], ...] = ("negation", "past")
    also_negated_by: tuple[Words, ...] = ()


class Answer(Entry):
    """A question that residents ask in the middle of a talk, and what is answered; see the head of faq.yml."""

    code: Code
    terms: tuple[Words, ...] = ()
    phrases: tuple[Words, ...] = ()
    alone: tuple[Words, ...] = ()
    about: Literal["papers", "place", "hours", "duration", "next"] | None = None
    text: Words | None = None
    sources: tuple[Words, ...] = Field(min_length=1)
    confidence: Confidence
    assured_date: date | None = None
    assured_by: Words | None = None
    to_confirm: tuple[Words, ...] = ()

    @model_validator(mode="after")
    def _answers(self) -> Answer:
        if (self.text is None) == (self.about is None):
            raise ValueError("text: an answer has either text or about")
        if not (self.terms or self.phrases):
            raise ValueError("phrases: an answer needs terms or phrases")
        return self


class OtherDoor(Entry):
    """A programme that does not fit or has another door; see the head of doors.yml."""

    code: Code
    words: tuple[Words, ...] = ()
    needs: tuple[Code, ...] | None = None
    regions: tuple[RegionCode, ...] | None = None
    answers: dict[Code, tuple[Code, ...]] = Field(default_factory=dict)
    say: Words
    sources: tuple[Words, ...] = Field(min_length=1)
    confidence: Confidence
    assured_date: date | None = None
    assured_by: Words | None = None
    to_confirm: tuple[Words, ...] = ()

    @model_validator(mode="after")
    def _has_a_cause(self) -> OtherDoor:
        if not (self.words or self.answers):
            raise ValueError("words: a notice needs words or answers that call for it")
        return self


class Danger(Entry):
    """A danger that a text speaks of, and the need it means, if one."""

    kind: str
    need: str | None = None


class Deadlines(Entry):
    """Time limits that the house keeps."""

    default_working_days: int = Field(ge=1, le=60)
    working_days: dict[Code, Annotated[int, Field(ge=1, le=60)]] = Field(default_factory=dict)
    review_working_days: int = Field(ge=1, le=60)
    duplicate_days: int = Field(ge=1, le=366)
    confirm_working_days: int = Field(ge=1, le=60)
    answer_link_days: int = Field(ge=1, le=365)
    details_link_days: int = Field(ge=1, le=90)
    reply_days: int = Field(ge=1, le=90)
    more_minutes: int = Field(ge=1, le=1440)
    upload_link_days: int = Field(ge=1, le=90)
    low_stars: int = Field(ge=1, le=5)


class NeedsFile(Entry):
    """needs.yml."""

    needs: tuple[NeedEntry, ...] = Field(min_length=1)


class QuestionsFile(Entry):
    """questions.yml."""

    limits: QuestionLimits
    questions: tuple[Question, ...]


class FaqFile(Entry):
    """faq.yml."""

    words: dict[Code, tuple[Words, ...]]
    meaning_before: tuple[Words, ...]
    meaning_after: tuple[Words, ...]
    answers: tuple[Answer, ...]


class DoorsFile(Entry):
    """doors.yml."""

    doors: tuple[OtherDoor, ...]


class AgenciesFile(Entry):
    """agencies.yml."""

    agencies: tuple[Agency, ...] = Field(min_length=1)
    units: tuple[Unit, ...] = Field(min_length=1)


class RoutingFile(Entry):
    """routing.yml."""

    rules: tuple[Rule, ...] = Field(min_length=1)
    returned: tuple[ReturnRule, ...] = Field(min_length=1)


LetterKind = Literal["referral", "recommendation", "registration", "visit_order"]


class LetterEntry(Entry):
    """A kind of letter, and the roles that may issue and take it back."""

    code: LetterKind
    name: Words
    series: Words
    issued_by: tuple[Code, ...] = Field(min_length=1)


class LetterOffice(Entry):
    """An office under whose name letters leave; the head of letters.yml tells what each field is for."""

    agency: Code
    regions: tuple[RegionCode, ...] | None = None
    short: Words
    heading: tuple[Words, ...] = ()
    place: Words


class LettersFile(Entry):
    """letters.yml."""

    number: Words
    kinds: tuple[LetterEntry, ...] = Field(min_length=4)
    offices: tuple[LetterOffice, ...] = Field(min_length=1)
    titles: dict[Code, Words]
    prints: tuple[Code, ...]
    to_confirm: tuple[Words, ...] = ()

    @field_validator("number")
    @classmethod
    def _is_a_form(cls, value: str) -> str:
        filled = {value.format(number=n, series="A", office="B", month="X", year=2026) for n in (1, 2)}
        if len(filled) < 2:
            raise ValueError("must hold {number}, {series}, {office} and {year}")
        return value


class RegionFile(Entry):
    """regions/*.yml: a further city or regency. Its rules concern it alone and stand before the catch-all ones."""

    region: Annotated[str, StringConstraints(pattern=r"^\d{2}\.\d{2}$")]
    agencies: tuple[Agency, ...] = ()
    units: tuple[Unit, ...] = ()
    rules: tuple[Rule, ...] = Field(min_length=1)
    returned: tuple[ReturnRule, ...] = ()
    letters: LetterOffice | None = None


class EmergencyFile(Entry):
    """emergency.yml: the numbers, and which fit a kind of danger, best first."""

    numbers: tuple[EmergencyEntry, ...] = Field(min_length=1)
    fitting: dict[Code, tuple[Code, ...]]
    otherwise: tuple[Code, ...] = Field(min_length=1)


class DangerFile(Entry):
    """danger.yml."""

    words: dict[Code, tuple[Words, ...]]
    negation: tuple[Words, ...]
    past: tuple[Words, ...]
    once: tuple[Words, ...]
    over: tuple[Words, ...]
    present: tuple[Words, ...]
    breaks: tuple[Words, ...]
    dangers: tuple[DangerEntry, ...] = Field(min_length=1)
