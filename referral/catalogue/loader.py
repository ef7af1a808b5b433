"""Loading the catalogue's files, checking that they fit together, and asking them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from referral.catalogue import checks
from referral.catalogue.choices import Choices
from referral.catalogue.clocks import Clocks, load_clocks
from referral.catalogue.danger import DangerWords
from referral.catalogue.days import DaysOff
from referral.catalogue.faq import FaqWords
from referral.catalogue.regions import Offices, read_offices
from referral.catalogue.routing import AGE, Verdict, misfit, serves
from referral.catalogue.safety import SafetyCodes
from referral.catalogue.schema import (
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
    LetterOffice,
    LettersFile,
    Need,
    NeedsFile,
    OtherDoor,
    Question,
    QuestionLimits,
    QuestionsFile,
    ReturnRule,
    Rule,
    Unit,
)
from referral.catalogue.texts import NAMES, REGIONS, Texts, read_texts, region_names
from referral.yaml_file import YamlFile


@dataclass(frozen=True)
class Catalogue:
    """Everything the catalogue says. Made by `load_catalogue`, which has checked that each reference leads on."""

    needs: Mapping[str, Need]
    questions: Mapping[str, Question]
    question_limits: QuestionLimits
    agencies: Mapping[str, Agency]
    units: Mapping[str, Unit]
    deadlines: Deadlines
    clocks: Clocks
    rules: tuple[Rule, ...]
    returned: tuple[ReturnRule, ...]
    numbers: EmergencyFile
    danger_words: DangerWords
    safety: SafetyCodes
    faq: FaqWords
    doors: tuple[OtherDoor, ...]
    letters: LettersFile
    choices: Choices
    days_off: DaysOff

    def route(self, need: str, region_code: str | None, answers: Mapping[str, str]) -> Door:
        """The door for a need: the first rule that fits. `region_code` may be as fine as a kelurahan, or unknown."""
        rule = self.explain(need, region_code, answers)[-1].rule
        return self._door(rule.unit, rule.rule)

    def explain(self, need: str, region_code: str | None, answers: Mapping[str, str]) -> tuple[Verdict, ...]:
        """The rules that were asked one after another, and why each did not fit; the last one does."""
        asked: list[Verdict] = []
        for rule in self.rules:
            asked.append(Verdict(rule, misfit(rule, self.needs[need], region_code, answers)))
            if asked[-1].misfit is None:
                return tuple(asked)
        raise LookupError(need)  # the loader has seen to it that the last rules fit everything

    @property
    def regions(self) -> tuple[str, ...]:
        """The cities and regencies that rules name, by code, in the file's order."""
        named = [region for rule in self.rules for region in rule.regions or ()]
        return tuple(dict.fromkeys(region for region in named if region.count(".") == 1))

    @property
    def deciding(self) -> tuple[str, ...]:
        """The questions whose answer decides which desk a need goes to."""
        return tuple(dict.fromkeys(code for need in self.needs for code in self.deciding_for(need)))

    def deciding_for(self, need: str) -> tuple[str, ...]:
        """The questions whose answer decides which desk this need goes to."""
        rules = [rule for rule in self.rules if rule.needs is not None and need in rule.needs]
        asked = [code for rule in rules for code in (*rule.answers, *([AGE] if rule.ages else []))]
        return tuple(dict.fromkeys(asked))

    def route_returned(self, need: str, region_code: str | None, unit: str) -> Door:
        """Who decides anew when `unit` sent the need back: the SLRT office, its narrow circle for restricted needs."""
        restricted = self.needs[need].restricted
        for rule in self.returned:
            if serves(rule.regions, region_code) and rule.restricted in (None, restricted) and rule.unit != unit:
                return self._door(rule.unit, rule.rule)
        fallback = [rule for rule in self.returned if rule.restricted in (None, restricted)]
        return self._door(fallback[-1].unit, fallback[-1].rule)

    def slrt_desk(self, region_code: str | None, *, restricted: bool) -> str | None:
        """The SLRT desk of a place: who decides what comes back, for restricted needs that of the narrow circle."""
        for rule in self.returned:
            if serves(rule.regions, region_code) and rule.restricted in (None, restricted):
                return rule.unit
        return None

    def letter_office(self, region_code: str | None) -> LetterOffice:
        """The office under whose name letters about a place leave."""
        return next(office for office in self.letters.offices if serves(office.regions, region_code))

    def works(self, unit: str) -> bool:
        """Whether a desk and its agency take something new."""
        desk = self.units[unit]
        return desk.active and self.agencies[desk.agency].active

    def papers(self, need: str, agency: str) -> tuple[str, ...]:
        """What to bring: the need's papers, and what this agency asks for beside them."""
        return tuple(dict.fromkeys((*self.needs[need].papers, *self.agencies[agency].papers)))

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
        here = [entry for entry in fitting if region_code is None or serves(entry.regions, region_code)]
        return tuple(_shown(entry) for entry in here)


def _shown(entry: EmergencyEntry) -> EmergencyNumber:
    return EmergencyNumber(**entry.model_dump(include=set(EmergencyNumber.model_fields)))


def load_catalogue(folder: Path | None = None) -> Catalogue:
    """Read the catalogue of `folder` (None: the one that comes with the product). Raises CatalogueError."""
    return catalogue_of(read_texts(folder))


def catalogue_of(texts: Texts) -> Catalogue:
    """The catalogue that files say, by their texts. Raises CatalogueError."""
    files = {name.removesuffix(".yml"): YamlFile(texts.get(name, ""), name=name) for name in NAMES}
    further = [YamlFile(texts[name], name=name.removeprefix(REGIONS)) for name in region_names(texts)]
    offices = read_offices(files["agencies"], files["routing"], further)
    danger = files["danger"].read(DangerFile)
    catalogue = _assemble(files, offices, danger)
    checks.references(catalogue, files, offices)
    checks.questions(catalogue, files)
    checks.doors(catalogue, files["doors"])
    checks.routing(catalogue, offices)
    checks.emergency(catalogue, files["emergency"])
    for index, entry in enumerate(danger.dangers):
        if entry.need is not None and entry.need not in catalogue.needs:
            raise files["danger"].wrong(("dangers", index, "need"), f"{entry.need} is no need of needs.yml")
    return catalogue


def _assemble(files: Mapping[str, YamlFile], offices: Offices, danger: DangerFile) -> Catalogue:
    asked = files["questions"].read(QuestionsFile)
    deadlines = files["deadlines"].read(Deadlines)
    needs = _needs(files["needs"], deadlines)
    return Catalogue(
        needs=needs,
        questions=checks.by_code(files["questions"], "questions", asked.questions),
        question_limits=asked.limits,
        agencies=offices.agencies,
        units=offices.units,
        deadlines=deadlines,
        clocks=load_clocks(files["clocks"], deadlines, needs),
        rules=offices.rules,
        returned=offices.returned,
        numbers=files["emergency"].read(EmergencyFile),
        danger_words=DangerWords(danger, files["danger"]),
        safety=files["safety"].read(SafetyCodes),
        faq=FaqWords(files["faq"].read(FaqFile), files["faq"]),
        doors=files["doors"].read(DoorsFile).doors,
        letters=_letters(files["letters"], offices),
        choices=files["choices"].read(Choices),
        days_off=files["holidays"].read(DaysOff),
    )


def _needs(file: YamlFile, deadlines: Deadlines) -> dict[str, Need]:
    entries = checks.by_code(file, "needs", file.read(NeedsFile).needs)
    return {
        code: Need(**entry.model_dump(), working_days=deadlines.working_days.get(code, deadlines.default_working_days))
        for code, entry in entries.items()
    }


def _letters(file: YamlFile, offices: Offices) -> LettersFile:
    letters = file.read(LettersFile)
    checks.by_code(file, "kinds", letters.kinds)
    for index, office in enumerate(letters.offices):
        if office.agency not in offices.agencies:
            raise file.wrong(("offices", index, "agency"), f"{office.agency} is no agency of agencies.yml")
    if letters.offices[-1].regions is not None:
        raise file.wrong(("offices", len(letters.offices) - 1, "regions"), "the last office must serve every place")
    return letters.model_copy(update={"offices": (*offices.letters, *letters.offices)})
