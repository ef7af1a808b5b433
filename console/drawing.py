"""Forms for the catalogue's entries, drawn from the schema: no field has to be named twice."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from multidict import MultiMapping
from pydantic import BaseModel

from actions.house import House
from referral.catalogue import Catalogue
from referral.catalogue.clocks import Span
from referral.catalogue.entries import Kind, Leaf, plain
from referral.catalogue.schema import Ages, Choice

_YES_OR_NO = {"true": True, "false": False}
# fields that name entries of another kind, whatever entry they stand in
_REFERENCES = {"agency": "agencies", "unit": "units", "needs": "needs", "questions": "questions", "regions": "regions"}
_LONG = frozenset({"text", "say", "ask", "advice", "address", "note"})


@dataclass(frozen=True)
class Field:
    """A field of a form: a leaf of the entry. `top` is the schema's field, `of` names what within it this one is for.

    `kind`: line, text, lines, number, date, time, yes, either (yes, no or both), choose, many.
    """

    name: str
    top: str
    kind: str
    value: Leaf = None
    required: bool = False
    options: tuple[tuple[str, str], ...] = ()
    of: str = ""
    words: str = ""  # the group of words in which the options' names stand, where they are codes
    default: bool = False  # what counts while nothing is told


class Known:
    """What the entries of a catalogue are called by people."""

    def __init__(self, house: House, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self._gazetteer = house.gazetteer

    def options(self, what: str) -> tuple[tuple[str, str], ...]:
        """The codes of a kind with their names, by name."""
        catalogue = self.catalogue
        match what:
            case "units":
                named = {code: self.unit(code) for code in catalogue.units if catalogue.works(code)}
            case "agencies":
                named = {code: agency.name for code, agency in catalogue.agencies.items()}
            case "needs":
                named = {code: need.name for code, need in catalogue.needs.items()}
            case "questions":
                named = {code: question.name or question.ask for code, question in catalogue.questions.items()}
            case _:
                named = {code: self.place(code) for code in catalogue.regions}
        return tuple(sorted(named.items(), key=lambda item: item[1].casefold()))

    def name(self, what: str, code: str) -> str:
        """The name of an entry of a kind, or of a place."""
        agency = self.catalogue.agencies.get(code)
        if what == "units":
            return self.unit(code)
        return agency.name if what == "agencies" and agency else self.place(code)

    def unit(self, code: str) -> str:
        """A desk with its agency."""
        unit = self.catalogue.units.get(code)
        agency = self.catalogue.agencies.get(unit.agency) if unit else None
        return f"{agency.name}: {unit.name}" if unit and agency else code

    def place(self, code: str) -> str:
        """A place's name, or its code."""
        place = self._gazetteer.get(code)
        return place.name if place else code

    def need(self, code: str) -> str:
        """A need's name, or its code."""
        need = self.catalogue.needs.get(code)
        return need.name if need else code

    def answer(self, question: str, value: str) -> str:
        """An answer as its button says it."""
        known = self.catalogue.questions.get(question)
        return known.shown(value) if known else value


def fields(kind: Kind, data: Mapping[str, Any], known: Known) -> list[Field]:
    """The form of an entry, with its present values."""
    found: list[Field] = []
    # a rule's desk comes first
    for name, info in sorted(kind.model.model_fields.items(), key=lambda item: _refers_to(kind, item[0]) != "units"):
        if name not in kind.kept:
            default = info.default is True
            value = data.get(name, default if info.annotation is bool else None)
            drawn = _draw(name, name, info.annotation, value, known, _refers_to(kind, name))
            required = info.is_required()
            found += [replace(one, required=required and one.name == name, default=default) for one in drawn]
    return found


def _refers_to(kind: Kind, name: str) -> str | None:
    """The kind whose entries a field names."""
    if kind.code == "questions":  # their unit is what they count
        return None
    return "regions" if (kind.code, name) == ("agencies", "region") else _REFERENCES.get(name)


def _draw(name: str, top: str, annotation: Any, value: Any, known: Known, what: str | None) -> Iterator[Field]:
    """The fields of a field: most are one, groups are several."""
    kind, optional = _bare(annotation)
    if kind is bool:
        yield Field(name, top, "either" if optional else "yes", value)
    elif get_origin(kind) is Literal:
        yield Field(name, top, "choose", value, options=tuple((str(one), "") for one in get_args(kind)), words=top)
    elif what is not None:
        several, options = get_origin(kind) is tuple, known.options(what)
        if not several and value and value not in dict(options):
            options = (*options, (str(value), known.name(what, str(value))))
        yield Field(name, top, "many" if several else "choose", plain(value) or None, options=options)
    elif get_origin(kind) is tuple:
        yield from _list(name, top, get_args(kind)[0], value, known)
    elif get_origin(kind) is dict:
        yield from _by_key(name, top, get_args(kind), value or {}, known)
    elif kind is Span:
        yield _span(name, top, value or {})
    elif kind is Ages:
        yield from _ages(name, top, value or {}, known)
    else:
        yield Field(name, top, _one_line(top, kind), plain(value))


def _bare(annotation: Any) -> tuple[Any, bool]:
    """An annotation without what narrows it, and whether it may be left out."""
    if get_origin(annotation) is Annotated:
        return _bare(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        rest = [one for one in get_args(annotation) if one is not types.NoneType]
        return _bare(rest[0])[0], True
    return annotation, False


def _one_line(top: str, kind: Any) -> str:
    named = {int: "number", float: "number", date: "date", time: "time"}
    return named.get(kind, "text" if top in _LONG else "line")


def _list(name: str, top: str, item: Any, value: Any, known: Known) -> Iterator[Field]:
    kind, _ = _bare(item)
    if kind is Choice:  # buttons are worded here; what they mean is not
        for index, choice in enumerate(value or ()):
            yield Field(
                f"{name}.{index}.label", top, "line", choice["label"], required=True, of=str(index + 1), words="choices"
            )
    elif not (isinstance(kind, type) and issubclass(kind, BaseModel)):
        yield Field(name, top, "lines", plain(value) or None)


def _by_key(name: str, top: str, kinds: Sequence[Any], value: Mapping[str, Any], known: Known) -> Iterator[Field]:
    """Answers by question, spans by clock, days by need."""
    held, _ = _bare(kinds[1])
    if get_origin(held) is tuple:
        for code, question in known.catalogue.questions.items():
            options = tuple((choice.value, choice.label) for choice in question.choices)
            if question.kind == "choice" or code in value:
                of = question.name or question.ask
                yield Field(f"{name}.{code}", top, "many", plain(value.get(code)), options=options, of=of)
    elif get_origin(_bare(kinds[0])[0]) is Literal:
        for key, span in value.items():
            yield replace(_span(f"{name}.{key}", top, span), of=key, words="clocks")
    else:
        for code, title in known.options("needs"):
            mine = value.get(code)
            field = _span(f"{name}.{code}", top, mine or {}) if held is Span else None
            yield replace(field or Field(f"{name}.{code}", top, "number", mine), of=title)


def _span(name: str, top: str, value: Mapping[str, Any]) -> Field:
    unit = "hours" if value.get("hours") is not None else "working_days"
    return Field(f"{name}.{unit}", top, "number", value.get(unit))


def _ages(name: str, top: str, value: Mapping[str, Any], known: Known) -> Iterator[Field]:
    age = known.catalogue.questions.get("age")
    buttons = tuple((choice.value, choice.label) for choice in age.choices) if age else ()
    for part in ("least", "most"):
        yield Field(f"{name}.{part}", top, "number", value.get(part), of=part, words="ages")
    yield Field(
        f"{name}.answers", top, "many", plain(value.get("answers")), options=buttons, of="answers", words="ages"
    )


def typed(drawn: Sequence[Field], form: MultiMapping[Any]) -> list[Field]:
    """The form with what was typed in it."""
    return [replace(field, value=_read(field, form)) for field in drawn]


def _read(field: Field, form: MultiMapping[Any]) -> Leaf:
    if field.kind == "yes":
        return field.name in form
    if field.kind == "many":
        chosen = {str(value) for value in form.getall(field.name, [])}
        offered = [code for code, _ in field.options]
        # what was chosen before keeps its order; a value that is not offered (a kelurahan) is left as it is
        before = [str(one) for one in field.value] if isinstance(field.value, list) else []
        stays = [one for one in before if one in chosen or one not in offered]
        return [*stays, *(code for code in offered if code in chosen and code not in before)] or None
    said = str(form.get(field.name, "")).replace("\r\n", "\n").replace("\0", "").strip()
    if field.kind == "lines":
        return [line.strip() for line in said.split("\n") if line.strip()] or None
    if field.kind == "either":
        return _YES_OR_NO.get(said)
    if field.kind == "number" and said.isdecimal():
        return int(said)
    return said or None


def differing(before: Sequence[Field], after: Sequence[Field]) -> dict[str, Leaf]:
    """The leaves that were changed in the form."""
    was = {field.name: field.value for field in before}
    return {field.name: field.value for field in after if field.value != was.get(field.name)}


def title(kind: Kind, key: str, data: Mapping[str, Any], known: Known) -> str:
    """An entry's name for people."""
    match kind.code:
        case "units":
            agency = known.catalogue.agencies.get(str(data.get("agency")))
            return f"{agency.name if agency else data.get('agency')}: {data.get('name')}"
        case "rules" | "returned":
            return _rule(data, known)
        case "questions":
            return str(data.get("name") or data.get("ask"))
        case "answers":
            asked = [*data.get("terms", ()), *data.get("phrases", ())]
            return str(asked[0]) if asked else key
        case "doors":
            words = data.get("words") or [known.need(code) for code in data.get("needs") or ()]
            return ", ".join(map(str, words[:3])) or key
        case "offices":
            agency = known.catalogue.agencies.get(key)
            return agency.name if agency else key
        case "numbers":
            return f"{data.get('number')} {data.get('name')}"
        case "local":
            return f"{plain(data.get('date'))} {data.get('name')}"
        case _:
            return str(data.get("name") or key)


def _rule(data: Mapping[str, Any], known: Known) -> str:
    needs = ", ".join(known.need(code) for code in data.get("needs") or ())
    places = ", ".join(known.place(code) for code in data.get("regions") or ())
    told = [known.answer(question, value) for question, values in data.get("answers", {}).items() for value in values]
    return " · ".join(part for part in (needs, places, ", ".join(told)) if part)


def shown(field: Field | None, value: Leaf, known: Known) -> tuple[str, ...]:
    """A leaf as people read it: names instead of codes. Empty for nothing; yes and no as "true" and "false"."""
    if value is None and field is not None and field.kind == "yes":
        value = field.default
    if value is None or value == []:
        return ()
    named = dict(field.options) if field is not None else {}
    values: Sequence[object] = value if isinstance(value, list) else [value]
    return tuple(_word(named, one, known) for one in values)


def _word(named: Mapping[str, str], value: object, known: Known) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    code = str(value)
    return named.get(code) or (known.unit(code) if code in known.catalogue.units else code)
