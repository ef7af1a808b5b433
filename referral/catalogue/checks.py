"""Checking that the catalogue's files fit together; what is wrong is told with file, line and field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from referral.catalogue.regions import Offices
from referral.catalogue.routing import AGE
from referral.catalogue.schema import Rule
from referral.yaml_file import YamlFile

if TYPE_CHECKING:
    from referral.catalogue.loader import Catalogue


class _Coded(Protocol):
    @property
    def code(self) -> str: ...


def by_code[Item: _Coded](file: YamlFile, field: str, items: Sequence[Item]) -> dict[str, Item]:
    """The entries by their codes. Raises CatalogueError for a code that stands there twice."""
    found: dict[str, Item] = {}
    for index, item in enumerate(items):
        if item.code in found:
            raise file.wrong((field, index, "code"), f"{item.code} stands there twice", "twice")
        found[item.code] = item
    return found


def references(catalogue: Catalogue, files: Mapping[str, YamlFile], offices: Offices) -> None:
    """Questions, agencies and needs that are named exist."""
    for index, need in enumerate(catalogue.needs.values()):
        for place, question in enumerate(need.questions):
            if question not in catalogue.questions:
                path = ("needs", index, "questions", place)
                raise files["needs"].wrong(path, f"{question} is no question of questions.yml")
    for unit in catalogue.units.values():
        if unit.agency not in catalogue.agencies:
            raise offices.wrong("units", unit.code, ("agency",), f"{unit.agency} is no agency of this file")
    for code in catalogue.deadlines.working_days:
        if code not in catalogue.needs:
            raise files["deadlines"].wrong(("working_days", code), "is no need of needs.yml")


def questions(catalogue: Catalogue, files: Mapping[str, YamlFile]) -> None:
    """No need asks too much, a restricted one nothing, and what decides whether to ask exists."""
    for index, need in enumerate(catalogue.needs.values()):
        if need.questions and need.restricted:
            raise files["needs"].wrong(("needs", index, "questions"), "a restricted need asks nothing", "asks_nothing")
        if len(need.questions) > catalogue.question_limits.per_need:
            most = catalogue.question_limits.per_need
            why = f"are more than {most} (limits of questions.yml)"
            raise files["needs"].wrong(("needs", index, "questions"), why, "too_many")
    for index, question in enumerate(catalogue.questions.values()):
        for other, values in question.when.items():
            _answers(catalogue, files["questions"], ("questions", index, "when"), other, values)


def doors(catalogue: Catalogue, file: YamlFile) -> None:
    """Notices of other doors speak of needs and answers that exist."""
    for index, door in enumerate(catalogue.doors):
        for place, need in enumerate(door.needs or ()):
            if need not in catalogue.needs:
                raise file.wrong(("doors", index, "needs", place), f"{need} is no need of needs.yml")
        for question, values in door.answers.items():
            _answers(catalogue, file, ("doors", index, "answers"), question, values)


def routing(catalogue: Catalogue, offices: Offices) -> None:
    """Rules lead to desks that exist, restricted needs to restricted ones, and no need is left without a door."""
    for rule in catalogue.rules:
        if rule.unit not in catalogue.units:
            raise offices.wrong("rules", rule.rule, ("unit",), f"{rule.unit} is no unit of agencies.yml")
        for place, need in enumerate(rule.needs or ()):
            if need not in catalogue.needs:
                raise offices.wrong("rules", rule.rule, ("needs", place), f"{need} is no need of needs.yml")
        _active(catalogue, offices, "rules", rule.rule, rule.unit)
        _rule_answers(catalogue, offices, rule)
        covers = rule.needs if rule.needs is not None else tuple(catalogue.needs)
        secret = any(catalogue.needs[need].restricted for need in covers) and rule.restricted is not False
        if secret and not catalogue.units[rule.unit].restricted:
            why = f"{rule.unit} is not a restricted unit, but a restricted need comes"
            raise offices.wrong("rules", rule.rule, ("unit",), why, "not_restricted")
    for back in catalogue.returned:
        if back.unit not in catalogue.units:
            raise offices.wrong("returned", back.rule, ("unit",), f"{back.unit} is no unit of agencies.yml")
        _active(catalogue, offices, "returned", back.rule, back.unit)
        if not catalogue.units[back.unit].restricted and back.restricted is not False:
            why = f"{back.unit} is not a restricted unit: add restricted: false"
            raise offices.wrong("returned", back.rule, ("unit",), why, "not_restricted")
    _complete(catalogue, offices.routing)


def _active(catalogue: Catalogue, offices: Offices, kind: str, rule: str, unit: str) -> None:
    if not catalogue.works(unit):
        raise offices.wrong(kind, rule, ("unit",), f"{unit} or its agency is not active", "not_active")


def _rule_answers(catalogue: Catalogue, offices: Offices, rule: Rule) -> None:
    file, kind, index = offices.rows["rules", rule.rule]
    for question, values in rule.answers.items():
        _answers(catalogue, file, (kind, index, "answers"), question, values)
    if rule.ages is not None:
        if rule.ages.least > rule.ages.most:
            raise file.wrong((kind, index, "ages", "least"), "is more than most", "least_above_most")
        if AGE not in catalogue.questions:
            raise file.wrong((kind, index, "ages"), f"needs a question {AGE} in questions.yml")
        known = {choice.value for choice in catalogue.questions[AGE].choices}
        for place, value in enumerate(rule.ages.answers):
            if value not in known:
                raise file.wrong((kind, index, "ages", "answers", place), f"{value} is no choice of {AGE}")


def _answers(
    catalogue: Catalogue, file: YamlFile, path: tuple[str | int, ...], question: str, values: Iterable[str]
) -> None:
    if question not in catalogue.questions:
        raise file.wrong((*path, question), "is no question of questions.yml")
    known = {choice.value for choice in catalogue.questions[question].choices}
    for place, value in enumerate(values):
        if value not in known:
            raise file.wrong((*path, question, place), f"{value} is no choice of {question}")


def _complete(catalogue: Catalogue, file: YamlFile) -> None:
    """Without any answer and without a known place each need must find a door: then it does in every other case."""
    for code, need in catalogue.needs.items():
        try:
            catalogue.route(code, None, {})
        except LookupError:
            raise file.wrong(("rules",), f"{code} finds no door when the place is unknown", "no_door") from None
        if not any(back.regions is None and back.restricted in (None, need.restricted) for back in catalogue.returned):
            raise file.wrong(("returned",), f"{code} finds no desk when it is returned", "no_door")


def emergency(catalogue: Catalogue, file: YamlFile) -> None:
    """Each danger has numbers, and each number that is named exists."""
    known = by_code(file, "numbers", catalogue.numbers.numbers)
    lists: dict[tuple[str, ...], tuple[str, ...]] = {
        ("fitting", kind): codes for kind, codes in catalogue.numbers.fitting.items()
    }
    lists[("otherwise",)] = catalogue.numbers.otherwise
    for path, codes in lists.items():
        for place, code in enumerate(codes):
            if code not in known:
                raise file.wrong((*path, place), f"{code} is no number of this file")
    for kind in catalogue.danger_words.kinds:
        if kind not in catalogue.numbers.fitting:
            raise file.wrong(("fitting",), f"the danger {kind} of danger.yml has no numbers here")
