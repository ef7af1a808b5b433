"""What differs between two versions of the catalogue, and where needs would go now that went elsewhere before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import product

from referral.catalogue.entries import KINDS, Kind, Leaf, entries, leaves
from referral.catalogue.loader import Catalogue
from referral.catalogue.retouching import parsed
from referral.catalogue.survey import Doorless, deciding_answers, survey
from referral.catalogue.texts import Texts


@dataclass(frozen=True)
class Change:
    """A leaf that differs. `what`: change, add or drop of the entry, order (of a kind), file (beside all kinds)."""

    what: str
    kind: str
    key: str
    field: str
    before: Leaf
    after: Leaf


@dataclass(frozen=True)
class Moved:
    """A need that goes to another desk now. `place` is None while it is unknown, `answer` the one that decides."""

    need: str
    place: str | None
    question: str | None
    answer: str | None
    before: str
    after: str


@dataclass(frozen=True)
class Troubles:
    """What stands in the way of a new version and did not before; `gone` are codes that tickets may refer to."""

    doorless: tuple[Doorless, ...]
    idle_rules: tuple[str, ...]
    gone: tuple[tuple[str, str], ...]

    @property
    def any(self) -> bool:
        """Whether there is something."""
        return bool(self.doorless or self.idle_rules or self.gone)


def changes(old: Texts, new: Texts) -> tuple[Change, ...]:
    """What differs, kind by kind and entry by entry."""
    found = [change for kind in KINDS.values() for change in _of_kind(old, new, kind)]
    return (*found, *_beside(old, new))


def _of_kind(old: Texts, new: Texts, kind: Kind) -> Iterator[Change]:
    before = {placed.key: placed for placed in entries(old, kind)}
    after = {placed.key: placed for placed in entries(new, kind)}
    for key in dict.fromkeys((*before, *after)):
        was = leaves(before[key].data) if key in before else {}
        now = leaves(after[key].data) if key in after else {}
        what = "add" if key not in before else "drop" if key not in after else "change"
        for field in dict.fromkeys((*was, *now)):
            skip = kind.single and field.partition(".")[0] in kind.kept
            if was.get(field) != now.get(field) and not skip:
                yield Change(what, kind.code, key, field, was.get(field), now.get(field))
    if [key for key in before if key in after] != [key for key in after if key in before]:
        yield Change("order", kind.code, "", "", None, None)


def _beside(old: Texts, new: Texts) -> Iterator[Change]:
    """Files whose other parts differ: danger words, ladders, the groups of words of the answers …"""
    for name in dict.fromkeys((*old, *new)):
        if _rest(name, old.get(name, "")) != _rest(name, new.get(name, "")):
            yield Change("file", "", name, "", None, None)


def _rest(name: str, text: str) -> dict[str, object]:
    content = parsed(text)
    regional = "/" in name
    for kind in KINDS.values():
        if not (kind.regional if regional else kind.file == name):
            continue
        for field in [kind.field] if kind.field else [each for each in content if each not in kind.kept]:
            content.pop(field, None)
    return content


def moved(old: Catalogue, new: Catalogue) -> tuple[Moved, ...]:
    """The needs that go elsewhere, by place and by the answer that decides."""
    named = [code for one in (old, new) for rule in one.rules for code in rule.regions or ()]
    places: list[str | None] = [*dict.fromkeys(named), None]
    found = []
    for need, place in product([need for need in new.needs if need in old.needs], places):
        plain = _moved(old, new, need, place, None, None)
        found += [plain] if plain else []
        asked = {**deciding_answers(old, need), **deciding_answers(new, need)}
        for question, answer in [(question, value) for question, values in asked.items() for value in values]:
            one = _moved(old, new, need, place, question, answer)
            if one and not (plain and (one.before, one.after) == (plain.before, plain.after)):
                found.append(one)
    return tuple(found)


def _moved(
    old: Catalogue, new: Catalogue, need: str, place: str | None, question: str | None, answer: str | None
) -> Moved | None:
    answers = {question: answer} if question and answer else {}
    before, after = (one.route(need, place, answers).unit.code for one in (old, new))
    return Moved(need, place, question, answer, before, after) if before != after else None


def troubles(old: Catalogue, new: Catalogue) -> Troubles:
    """What `slrt catalogue check` finds in the new one and not in the old one, and codes that are gone."""
    was, now = survey(old, date.min), survey(new, date.min)
    kinds = (
        *(("needs", old.needs, new.needs), ("questions", old.questions, new.questions)),
        *(("agencies", old.agencies, new.agencies), ("units", old.units, new.units)),
    )
    return Troubles(
        doorless=tuple(case for case in now.doorless if case not in was.doorless),
        idle_rules=tuple(rule for rule in now.idle_rules if rule not in was.idle_rules),
        gone=tuple((kind, code) for kind, before, after in kinds for code in before if code not in after),
    )
