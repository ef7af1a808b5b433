"""What a conversation remembers between two turns, as JSON with a version."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field, ValidationError

VERSION = 1


class Words(BaseModel):
    """One message of the resident's story; `id` is the channel's, so that an edit replaces it."""

    id: int | None = None
    text: str


class Pick(BaseModel):
    """A need on the checklist."""

    on: bool
    source: str  # nlu, resident, danger
    confidence: float | None = None
    believed: bool = False  # the words seem to tell it, and nobody has decided about it yet


class Person(BaseModel):
    """Identity data given so far."""

    nik: str | None = None
    name: str | None = None
    kk: str | None = None


class Contact(BaseModel):
    """How the person may be reached safely: `way` is call, write or none."""

    way: str | None = None
    number: str | None = None
    words: str | None = None


class Home(BaseModel):
    """Where the person lives, as far as told. `code` may be a city's when the kelurahan isn't known."""

    code: str | None = None
    label: str | None = None
    rt: str | None = None
    rw: str | None = None


class Report(BaseModel):
    """A report in the making."""

    words: list[Words] = Field(default_factory=list)
    needs: dict[str, Pick] = Field(default_factory=dict)
    urgent: bool = False
    understood: bool = True
    kinds: list[str] = Field(default_factory=list)  # dangers whose numbers were shown
    confirmed: bool = False
    story_done: bool = False
    answers: dict[str, str] = Field(default_factory=dict)
    skipped: list[str] = Field(default_factory=list)
    asked: list[str] = Field(default_factory=list)  # the catalogue's questions that were put
    said: list[str] = Field(default_factory=list)  # other doors that were told
    unclear: int = 0  # how often in a row the words told no need
    person: Person = Field(default_factory=Person)
    loose: str | None = None  # a 16-digit number of which it isn't known whether NIK or KK
    identity_done: bool = False
    consent: bool | None = None  # the answer about identity data
    speaker: str | None = None  # who speaks for somebody else; empty: it is for the own family
    agrees: str | None = None  # whether that person knows and agrees
    home: Home = Field(default_factory=Home)
    candidates: list[str] = Field(default_factory=list)  # places that the text may mean
    place_done: bool = False
    contact: Contact = Field(default_factory=Contact)
    contact_done: bool = False
    officer: str | None = None  # write or call: an officer is wanted
    officer_phone: str | None = None
    inquiries: list[int] = Field(default_factory=list)  # what of an officer's the words may answer
    reminded: bool = False
    tickets: list[str] | None = None  # open tickets that it may belong to; empty once it was asked


class State(BaseModel):
    """The whole memory. `step` and `sub` name the question that is open, `count` its buttons' nonce."""

    v: Literal[1] = 1
    step: str = "idle"
    sub: str = ""
    count: int = 0
    tries: int = 0
    greeted: bool = False
    shown: dict[str, str] = Field(default_factory=dict)  # the open question's buttons: action to label
    report: Report | None = None
    person: Person | None = None  # of the last report that was sent, to be offered again
    home: Home | None = None

    @classmethod
    def read(cls, raw: dict[str, Any]) -> State:
        """Read a kept state; one that can't be read any more begins anew."""
        try:
            return cls.model_validate(raw)
        except ValidationError:
            return cls()

    def write(self) -> dict[str, Any]:
        """The state as JSON."""
        return self.model_dump(mode="json", exclude_defaults=True) | {"v": VERSION, "step": self.step}

    @property
    def nonce(self) -> str:
        """Marks the buttons of the open question."""
        return f"{self.count % 0xFFFFFF:x}"
