"""What the catalogue lacks: needs without a door, rules and desks that nothing leads to, entries nobody has checked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import product

from referral.catalogue.loader import Catalogue
from referral.catalogue.routing import AGE
from referral.catalogue.schema import Agency, EmergencyEntry, Need, Rule

_YEAR = timedelta(days=365)


@dataclass(frozen=True)
class Doorless:
    """A need for which only a catch-all rule fits in a region: nobody said whose it is there."""

    need: str
    region: str
    question: str | None
    answer: str | None


@dataclass(frozen=True)
class Unchecked:
    """An entry (`kind` need, agency or number) that no office has confirmed, or not within a year."""

    kind: str
    code: str
    assured_date: date | None
    to_confirm: tuple[str, ...]


@dataclass(frozen=True)
class Survey:
    """What `survey` found. `doorless` and `idle_rules` are to be mended, the rest is to be asked."""

    doorless: tuple[Doorless, ...]
    idle_rules: tuple[str, ...]
    desks_by_hand: tuple[str, ...]  # no rule leads there; officers can choose them
    outdated: tuple[Unchecked, ...]
    unconfirmed: tuple[Unchecked, ...]


def survey(catalogue: Catalogue, today: date) -> Survey:
    """Look through a loaded catalogue."""
    used = {rule.unit for rule in catalogue.rules} | {back.unit for back in catalogue.returned}
    entries = tuple(_unassured(catalogue, today))
    return Survey(
        doorless=tuple(_doorless(catalogue)),
        idle_rules=tuple(rule.rule for rule in catalogue.rules if not _decides(catalogue, rule)),
        desks_by_hand=tuple(code for code in catalogue.units if code not in used),
        outdated=tuple(
            entry for entry in entries if entry.assured_date is not None and today - entry.assured_date > _YEAR
        ),
        unconfirmed=tuple(entry for entry in entries if entry.assured_date is None or entry.to_confirm),
    )


def deciding_answers(catalogue: Catalogue, need: str) -> dict[str, tuple[str, ...]]:
    """The questions that decide where a need goes, each with the answers that have a button."""
    return {
        question: tuple(choice.value for choice in catalogue.questions[question].choices)
        for question in catalogue.deciding_for(need)
    }


def _doorless(catalogue: Catalogue) -> Iterator[Doorless]:
    for need, region in product(catalogue.needs, catalogue.regions):
        cases: list[tuple[str | None, str | None]] = [(None, None)]
        for question, values in deciding_answers(catalogue, need).items():
            cases += [(question, value) for value in values]
        for asked, answer in cases:
            answers = {asked: answer} if asked and answer else {}
            if catalogue.explain(need, region, answers)[-1].rule.needs is None:
                yield Doorless(need, region, asked, answer)


def _decides(catalogue: Catalogue, rule: Rule) -> bool:
    """Whether there is a case that this rule decides, and none before it."""
    needs = rule.needs if rule.needs is not None else tuple(catalogue.needs)
    places: tuple[str | None, ...] = rule.regions if rule.regions is not None else (*catalogue.regions, None)
    told: dict[str, tuple[str, ...]] = dict(rule.answers)
    if rule.ages is not None:
        told[AGE] = (f"{rule.ages.least} tahun", f"{rule.ages.most} tahun", *rule.ages.answers)
    cases = [dict(zip(told, values, strict=True)) for values in product(*told.values())]
    return any(
        catalogue.explain(need, place, answers)[-1].rule is rule
        for need, place, answers in product(needs, places, cases)
    )


def _unassured(catalogue: Catalogue, today: date) -> Iterator[Unchecked]:
    kinds: tuple[tuple[str, tuple[Need | Agency | EmergencyEntry, ...]], ...] = (
        ("need", tuple(catalogue.needs.values())),
        ("agency", tuple(catalogue.agencies.values())),
        ("number", catalogue.numbers.numbers),
    )
    for kind, entries in kinds:
        for entry in entries:
            if entry.assured_date is None or entry.to_confirm or today - entry.assured_date > _YEAR:
                yield Unchecked(kind, entry.code, entry.assured_date, entry.to_confirm)
