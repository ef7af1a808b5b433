"""Loading the catalogue's files, checking that they fit together, and asking them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from referral.catalogue.danger import DangerWords
from referral.catalogue.faq import FaqWords
from referral.catalogue.safety import SafetyCodes
from referral.catalogue.schema import (
    AgenciesFile,
    Agency,
    Answer,
    Danger,
    DangerFile,
    Deadlines,
    Door,
    DoorsFile,
    EmergencyEntry,
    EmergencyFile,
    EmergencyNumber,
    FaqFile,
    Need,
    NeedsFile,
    OtherDoor,
    Question,
    QuestionLimits,
    QuestionsFile,
    ReturnRule,
    RoutingFile,
    Rule,
    Unit,
)
from referral.yaml_file import YamlFile

_PACKAGED = Path(__file__).parent


@dataclass(frozen=True)
class Catalogue:
    """Everything the catalogue says. Made by `load_catalogue`, which has checked that each reference leads on."""

    needs: Mapping[str, Need]
    questions: Mapping[str, Question]
    question_limits: QuestionLimits
    agencies: Mapping[str, Agency]
    units: Mapping[str, Unit]
    deadlines: Deadlines
    rules: tuple[Rule, ...]
    returned: tuple[ReturnRule, ...]
    numbers: EmergencyFile
    danger_words: DangerWords
    safety: SafetyCodes
    faq: FaqWords
    doors: tuple[OtherDoor, ...]

    def route(self, need: str, region_code: str | None, answers: Mapping[str, str]) -> Door:
        """The door for a need: the first rule that fits. `region_code` may be as fine as a kelurahan, or unknown."""
        restricted = self.needs[need].restricted
        for rule in self.rules:
            if rule.needs is not None and need not in rule.needs:
                continue
            if any(answers.get(question) not in values for question, values in rule.answers.items()):
                continue
            if _serves(rule.regions, region_code) and rule.restricted in (None, restricted):
                return self._door(rule.unit, rule.rule)
        raise LookupError(need)  # the loader has seen to it that the last rules fit everything

    @property
    def deciding(self) -> tuple[str, ...]:
        """The questions whose answer decides which desk a need goes to."""
        return tuple(dict.fromkeys(question for rule in self.rules for question in rule.answers))

    def route_returned(self, need: str, region_code: str | None, unit: str) -> Door:
        """Who decides anew when `unit` sent the need back: the SLRT office, its narrow circle for restricted needs."""
        restricted = self.needs[need].restricted
        for rule in self.returned:
            if _serves(rule.regions, region_code) and rule.restricted in (None, restricted) and rule.unit != unit:
                return self._door(rule.unit, rule.rule)
        fallback = [rule for rule in self.returned if rule.restricted in (None, restricted)]
        return self._door(fallback[-1].unit, fallback[-1].rule)

    def _door(self, unit: str, rule: str) -> Door:
        desk = self.units[unit]
        return Door(agency=self.agencies[desk.agency], unit=desk, rule=rule)

    def asked(self, normalised: str, raw: str) -> Answer | None:
        """The answer to a question that is asked in the middle of a talk, if the message is one that faq.yml knows."""
        return self.faq.find(normalised, raw)

    def dangers(self, normalised: str, raw: str) -> tuple[Danger, ...]:
        """The dangers that a message speaks of, in the file's order; either form of the text is enough."""
        return self.danger_words.find(normalised, raw)

    def emergency(self, kinds: Iterable[str], region_code: str | None = None) -> tuple[EmergencyNumber, ...]:
        """The numbers to show, most fitting first; while the place is unknown those that answer everywhere lead."""
        known = {entry.code: entry for entry in self.numbers.numbers}
        ranks: dict[str, int] = {}
        for kind in kinds:
            for rank, code in enumerate(self.numbers.fitting.get(kind, ())):
                ranks[code] = min(rank, ranks.get(code, rank))
        for rank, code in enumerate(self.numbers.otherwise if not ranks else ()):
            ranks[code] = rank
        fitting = [known[code] for code in sorted(ranks, key=lambda code: ranks[code])]
        if region_code is None:
            fitting.sort(key=lambda entry: entry.regions is not None)
        here = [entry for entry in fitting if region_code is None or _serves(entry.regions, region_code)]
        return tuple(_shown(entry) for entry in here)


def _shown(entry: EmergencyEntry) -> EmergencyNumber:
    return EmergencyNumber(**entry.model_dump(include=set(EmergencyNumber.model_fields)))


def _serves(regions: Sequence[str] | None, region_code: str | None) -> bool:
    if regions is None:
        return True
    return region_code is not None and any(f"{region_code}.".startswith(f"{region}.") for region in regions)


class _Coded(Protocol):
    @property
    def code(self) -> str: ...


def _by_code[Item: _Coded](file: YamlFile, field: str, items: Sequence[Item]) -> dict[str, Item]:
    found: dict[str, Item] = {}
    for index, item in enumerate(items):
        if item.code in found:
            raise file.wrong((field, index, "code"), f"{item.code} stands there twice")
        found[item.code] = item
    return found


def load_catalogue(folder: Path | None = None) -> Catalogue:
    """Read the catalogue of `folder` (None: the one that comes with the product). Raises CatalogueError."""
    files = {
        name: YamlFile((folder or _PACKAGED) / f"{name}.yml")
        for name in (
            *("needs", "questions", "agencies", "routing", "emergency", "danger", "deadlines"),
            *("safety", "faq", "doors"),
        )
    }
    asked = files["questions"].read(QuestionsFile)
    offices = files["agencies"].read(AgenciesFile)
    routing = files["routing"].read(RoutingFile)
    deadlines = files["deadlines"].read(Deadlines)
    danger = files["danger"].read(DangerFile)
    catalogue = Catalogue(
        needs=_needs(files["needs"], deadlines),
        questions=_by_code(files["questions"], "questions", asked.questions),
        question_limits=asked.limits,
        agencies=_by_code(files["agencies"], "agencies", offices.agencies),
        units=_by_code(files["agencies"], "units", offices.units),
        deadlines=deadlines,
        rules=routing.rules,
        returned=routing.returned,
        numbers=files["emergency"].read(EmergencyFile),
        danger_words=DangerWords(danger, files["danger"]),
        safety=files["safety"].read(SafetyCodes),
        faq=FaqWords(files["faq"].read(FaqFile), files["faq"]),
        doors=files["doors"].read(DoorsFile).doors,
    )
    _check_references(catalogue, files)
    _check_questions(catalogue, files)
    _check_doors(catalogue, files["doors"])
    _check_routing(catalogue, files["routing"])
    _check_emergency(catalogue, files["emergency"])
    for index, entry in enumerate(danger.dangers):
        if entry.need is not None and entry.need not in catalogue.needs:
            raise files["danger"].wrong(("dangers", index, "need"), f"{entry.need} is no need of needs.yml")
    return catalogue


def _needs(file: YamlFile, deadlines: Deadlines) -> dict[str, Need]:
    entries = _by_code(file, "needs", file.read(NeedsFile).needs)
    return {
        code: Need(**entry.model_dump(), working_days=deadlines.working_days.get(code, deadlines.default_working_days))
        for code, entry in entries.items()
    }


def _check_references(catalogue: Catalogue, files: Mapping[str, YamlFile]) -> None:
    for index, need in enumerate(catalogue.needs.values()):
        for place, question in enumerate(need.questions):
            if question not in catalogue.questions:
                path = ("needs", index, "questions", place)
                raise files["needs"].wrong(path, f"{question} is no question of questions.yml")
    for index, unit in enumerate(catalogue.units.values()):
        if unit.agency not in catalogue.agencies:
            raise files["agencies"].wrong(("units", index, "agency"), f"{unit.agency} is no agency of this file")
    for code in catalogue.deadlines.working_days:
        if code not in catalogue.needs:
            raise files["deadlines"].wrong(("working_days", code), "is no need of needs.yml")


def _check_questions(catalogue: Catalogue, files: Mapping[str, YamlFile]) -> None:
    for index, need in enumerate(catalogue.needs.values()):
        if need.questions and need.restricted:
            raise files["needs"].wrong(("needs", index, "questions"), "a restricted need asks nothing")
        if len(need.questions) > catalogue.question_limits.per_need:
            most = catalogue.question_limits.per_need
            raise files["needs"].wrong(("needs", index, "questions"), f"are more than {most} (limits of questions.yml)")
    for index, question in enumerate(catalogue.questions.values()):
        for other, values in question.when.items():
            _check_answers(catalogue, files["questions"], ("questions", index, "when"), other, values)


def _check_doors(catalogue: Catalogue, file: YamlFile) -> None:
    for index, door in enumerate(catalogue.doors):
        for place, need in enumerate(door.needs or ()):
            if need not in catalogue.needs:
                raise file.wrong(("doors", index, "needs", place), f"{need} is no need of needs.yml")
        for question, values in door.answers.items():
            _check_answers(catalogue, file, ("doors", index, "answers"), question, values)


def _check_routing(catalogue: Catalogue, file: YamlFile) -> None:
    for index, rule in enumerate(catalogue.rules):
        if rule.unit not in catalogue.units:
            raise file.wrong(("rules", index, "unit"), f"{rule.unit} is no unit of agencies.yml")
        for place, need in enumerate(rule.needs or ()):
            if need not in catalogue.needs:
                raise file.wrong(("rules", index, "needs", place), f"{need} is no need of needs.yml")
        for question, values in rule.answers.items():
            _check_answers(catalogue, file, ("rules", index, "answers"), question, values)
        covers = rule.needs if rule.needs is not None else tuple(catalogue.needs)
        secret = any(catalogue.needs[need].restricted for need in covers) and rule.restricted is not False
        if secret and not catalogue.units[rule.unit].restricted:
            raise file.wrong(
                ("rules", index, "unit"), f"{rule.unit} is not a restricted unit, but a restricted need comes"
            )
    for index, back in enumerate(catalogue.returned):
        if back.unit not in catalogue.units:
            raise file.wrong(("returned", index, "unit"), f"{back.unit} is no unit of agencies.yml")
        if not catalogue.units[back.unit].restricted and back.restricted is not False:
            raise file.wrong(
                ("returned", index, "unit"), f"{back.unit} is not a restricted unit: add restricted: false"
            )
    _check_complete(catalogue, file)


def _check_answers(
    catalogue: Catalogue, file: YamlFile, path: tuple[str | int, ...], question: str, values: Iterable[str]
) -> None:
    if question not in catalogue.questions:
        raise file.wrong((*path, question), "is no question of questions.yml")
    known = {choice.value for choice in catalogue.questions[question].choices}
    for place, value in enumerate(values):
        if value not in known:
            raise file.wrong((*path, question, place), f"{value} is no choice of {question}")


def _check_complete(catalogue: Catalogue, file: YamlFile) -> None:
    """Without any answer and without a known place each need must find a door: then it does in every other case."""
    for code, need in catalogue.needs.items():
        try:
            catalogue.route(code, None, {})
        except LookupError:
            raise file.wrong(("rules",), f"{code} finds no door when the place is unknown") from None
        if not any(back.regions is None and back.restricted in (None, need.restricted) for back in catalogue.returned):
            raise file.wrong(("returned",), f"{code} finds no desk when it is returned")


def _check_emergency(catalogue: Catalogue, file: YamlFile) -> None:
    known = _by_code(file, "numbers", catalogue.numbers.numbers)
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
