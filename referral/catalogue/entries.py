"""The catalogue as entries that can be changed one by one, whatever file they stand in."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any, Literal

from pydantic import BaseModel, Field

from referral.catalogue.clocks import ClocksFile
from referral.catalogue.days import DayOff, DaysOff
from referral.catalogue.retouching import parsed, with_entry, with_new, with_value, without
from referral.catalogue.schema import (
    Agency,
    Answer,
    Deadlines,
    EmergencyEntry,
    Entry,
    LetterOffice,
    NeedEntry,
    OtherDoor,
    Question,
    ReturnRule,
    Rule,
    Unit,
)
from referral.catalogue.texts import Texts, region_names


@dataclass(frozen=True)
class Kind:
    """A kind of entries: `field` of `file`, each named by its field `key`; without a key the whole file is one entry.

    `regional` kinds stand in the files of further regions too. New entries are put `first` where the order decides.
    What `kept` names is no matter for a form.
    """

    code: str
    file: str
    field: str
    model: type[Entry]
    key: str = "code"
    regional: bool = False
    adds: bool = False
    drops: bool = False
    first: bool = False
    kept: frozenset[str] = frozenset()

    @property
    def single(self) -> bool:
        """Whether there is but one entry, without a name."""
        return not self.key


# what tickets refer to is never dropped: a desk can be closed instead
KINDS = {
    kind.code: kind
    for kind in (
        Kind("agencies", "agencies.yml", "agencies", Agency, regional=True, adds=True, kept=frozenset({"code"})),
        Kind("units", "agencies.yml", "units", Unit, regional=True, adds=True, kept=frozenset({"code"})),
        Kind(
            *("rules", "routing.yml", "rules", Rule, "rule"),
            regional=True,
            adds=True,
            drops=True,
            first=True,
            kept=frozenset({"rule"}),
        ),
        Kind("returned", "routing.yml", "returned", ReturnRule, "rule", regional=True, kept=frozenset({"rule"})),
        Kind(
            *("needs", "needs.yml", "needs", NeedEntry),
            kept=frozenset({"code", "menu_group", "menu_order", "restricted", "managers_only"}),
        ),
        Kind(
            *("questions", "questions.yml", "questions", Question),
            kept=frozenset({"code", "kind", "free", "entity", "near", "within", "when", "digits", "in_referral"}),
        ),
        Kind("deadlines", "deadlines.yml", "", Deadlines, ""),
        Kind("clocks", "clocks.yml", "", ClocksFile, "", kept=frozenset({"ladders", "urgent_by_need"})),
        Kind("numbers", "emergency.yml", "numbers", EmergencyEntry, kept=frozenset({"code"})),
        Kind("local", "holidays.yml", "local", DayOff, "date", adds=True, drops=True),
        Kind("days_off", "holidays.yml", "", DaysOff, "", kept=frozenset({"local"})),
        Kind("answers", "faq.yml", "answers", Answer, adds=True, drops=True, kept=frozenset({"code"})),
        Kind("doors", "doors.yml", "doors", OtherDoor, adds=True, drops=True, kept=frozenset({"code"})),
        Kind("offices", "letters.yml", "offices", LetterOffice, "agency", kept=frozenset({"agency", "regions"})),
    )
}

Leaf = str | int | float | bool | list[str] | list[int] | None


class Edit(BaseModel):
    """A change of one entry. `fields` are its leaves by dotted names (`ages.least`); None takes a leaf away."""

    kind: str
    key: str = ""
    what: Literal["change", "add", "drop"] = "change"
    fields: dict[str, Leaf] = Field(default_factory=dict)


@dataclass(frozen=True)
class Placed:
    """An entry and where it stands; `index` is None for a whole file."""

    kind: Kind
    key: str
    file: str
    index: int | None
    data: Mapping[str, Any]


def entries(texts: Texts, kind: Kind) -> Iterator[Placed]:
    """The entries of a kind, in their order."""
    for file in (kind.file, *(region_names(texts) if kind.regional else ())):
        content = parsed(texts[file])
        if kind.single:
            yield Placed(kind, "", file, None, content)
            continue
        for index, data in enumerate(content.get(kind.field) or ()):
            yield Placed(kind, str(plain(data.get(kind.key, ""))), file, index, data)


def entry(texts: Texts, kind: Kind, key: str) -> Placed | None:
    """The entry of that name."""
    return next((placed for placed in entries(texts, kind) if placed.key == key), None)


def plain(value: Any) -> Any:
    """A value as JSON has it: days and times as their text."""
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def leaves(data: Any, name: str = "") -> dict[str, Leaf]:
    """An entry's values by their dotted names; a list of plain values is one leaf."""
    found: dict[str, Leaf] = {}
    parts: Iterable[tuple[Any, Any]] = ()
    if isinstance(data, Mapping):
        parts = data.items()
    elif isinstance(data, list) and any(isinstance(item, Mapping) for item in data):
        parts = enumerate(data)
    elif data is not None and data != []:
        return {name: plain(data)}
    for key, value in parts:
        found |= leaves(value, f"{name}.{key}" if name else str(key))
    return found


def applied(texts: Texts, edits: Sequence[Edit]) -> tuple[dict[str, str], tuple[Edit, ...]]:
    """The texts after the edits, and those edits that found nothing to change any more."""
    made, lost = dict(texts), []
    for edit in edits:
        if not _apply(made, edit):
            lost.append(edit)
    return made, tuple(lost)


def _apply(texts: dict[str, str], edit: Edit) -> bool:
    kind = KINDS[edit.kind]
    there = entry(texts, kind, edit.key)
    if edit.what == "add":
        if there is not None:
            return False
        new = changed({} if kind.key not in kind.kept else {kind.key: edit.key}, edit.fields)
        texts[kind.file] = with_new(texts[kind.file], kind.field, new, first=kind.first)
        return True
    if there is None:
        return False
    if edit.what == "drop":
        assert there.index is not None
        texts[there.file] = without(texts[there.file], kind.field, there.index)
        return True
    data = changed(there.data, edit.fields)
    if there.index is not None:
        texts[there.file] = with_entry(texts[there.file], kind.field, there.index, data)
        return True
    for field in {*data, *there.data}:
        if data.get(field) != there.data.get(field):
            texts[there.file] = with_value(texts[there.file], field, data.get(field))
    return True


def changed(data: Mapping[str, Any], fields: Mapping[str, Leaf]) -> dict[str, Any]:
    """An entry with other leaves. What is empty then is left out."""
    made = copy.deepcopy(dict(data))
    for name, value in fields.items():
        _set(made, name.split("."), value)
    return made


def _set(at: Any, path: Sequence[str], value: Leaf) -> None:
    head, rest = path[0], path[1:]
    if isinstance(at, list):
        if head.isdecimal() and int(head) < len(at) and rest:
            _set(at[int(head)], rest, value)
        return
    if rest:
        if at.get(head) is None:
            if value is None or value == []:
                return
            at[head] = {}
        _set(at[head], rest, value)
        if at[head] == {}:
            del at[head]
    elif value is None or value == []:
        at.pop(head, None)
    else:
        at[head] = value
