"""Whether a rule of the routing table fits, and if not, why."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from referral.catalogue.schema import Ages, Need, Rule

AGE = "age"
_TOLD_AGE = re.compile(r"(\d{1,3})(?: (\w+))?")


@dataclass(frozen=True)
class Misfit:
    """Why a rule does not fit: `why` is need, answer (to `question`), age, region or restricted."""

    why: str
    question: str | None = None


@dataclass(frozen=True)
class Verdict:
    """A rule that was asked; `misfit` is None for the one that decides."""

    rule: Rule
    misfit: Misfit | None


def misfit(rule: Rule, need: Need, region_code: str | None, answers: Mapping[str, str]) -> Misfit | None:
    """Why the rule does not fit; None if it does. `region_code` may be as fine as a kelurahan, or unknown."""
    if rule.needs is not None and need.code not in rule.needs:
        return Misfit("need")
    if not serves(rule.regions, region_code):
        return Misfit("region")
    for question, values in rule.answers.items():
        if answers.get(question) not in values:
            return Misfit("answer", question)
    if rule.ages is not None and not of_age(rule.ages, answers.get(AGE)):
        return Misfit("age", AGE)
    return Misfit("restricted") if rule.restricted not in (None, need.restricted) else None


def serves(regions: Sequence[str] | None, region_code: str | None) -> bool:
    """Whether a place lies in one of the regions; an unknown one lies in none."""
    if regions is None:
        return True
    return region_code is not None and any(f"{region_code}.".startswith(f"{region}.") for region in regions)


def of_age(ages: Ages, answer: str | None) -> bool:
    """Whether an age as it is kept ("12 tahun", "7 bulan", "12", or a button's code) lies within the bounds."""
    if answer is None:
        return False
    told = _TOLD_AGE.fullmatch(answer)
    if told is None:
        return answer in ages.answers
    years = int(told[1]) if told[2] in (None, "tahun") else int(told[1]) // 12 if told[2] == "bulan" else 0
    return ages.least <= years <= ages.most
