"""The offices and the routing table: agencies.yml and routing.yml, and a file for each further region."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from referral.catalogue.routing import serves
from referral.catalogue.schema import (
    AgenciesFile,
    Agency,
    LetterOffice,
    RegionFile,
    ReturnRule,
    RoutingFile,
    Rule,
    Unit,
)
from referral.yaml_file import YamlFile

Row = tuple[YamlFile, str, int]


@dataclass
class Offices:
    """All agencies, desks and rules. `rows` tells in which file and where in it each stands, by its code."""

    routing: YamlFile
    agencies: dict[str, Agency] = field(default_factory=dict)
    units: dict[str, Unit] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    returned: tuple[ReturnRule, ...] = ()
    letters: tuple[LetterOffice, ...] = ()  # of the further regions
    rows: dict[tuple[str, str], Row] = field(default_factory=dict)

    def wrong(self, kind: str, code: str, path: Sequence[str | int], why: str, what: str = "") -> Exception:
        """The error for a field of an entry, to be raised."""
        file, name, index = self.rows[kind, code]
        return file.wrong((name, index, *path), why, what)

    def note(self, file: YamlFile, kind: str, codes: Sequence[str], named: str) -> None:
        """Remember where entries stand. Raises CatalogueError for a code that stands there twice."""
        for index, code in enumerate(codes):
            if (kind, code) in self.rows:
                raise file.wrong((kind, index, named), f"{code} stands there twice", "twice")
            self.rows[kind, code] = (file, kind, index)


def read_offices(agencies: YamlFile, routing: YamlFile, further: Sequence[YamlFile]) -> Offices:
    """Read agencies.yml, routing.yml and the files of regions/. Raises CatalogueError."""
    offices = Offices(routing)
    desks, table = agencies.read(AgenciesFile), routing.read(RoutingFile)
    _add_desks(offices, agencies, desks.agencies, desks.units)
    _note_rules(offices, routing, table.rules, table.returned)
    regions = [(file, file.read(RegionFile)) for file in further]
    for file, region in regions:
        _add_desks(offices, file, region.agencies, region.units)
        _note_rules(offices, file, region.rules, region.returned)
        _check_own(offices, region)
    rules = [rule for _, region in regions for rule in region.rules]
    catch_all = next((at for at, rule in enumerate(table.rules) if rule.needs is None), len(table.rules))
    offices.rules = (*table.rules[:catch_all], *rules, *table.rules[catch_all:])
    offices.returned = (*(back for _, region in regions for back in region.returned), *table.returned)
    offices.letters = tuple(region.letters for _, region in regions if region.letters is not None)
    return offices


def _add_desks(offices: Offices, file: YamlFile, agencies: Sequence[Agency], units: Sequence[Unit]) -> None:
    offices.note(file, "agencies", [agency.code for agency in agencies], "code")
    offices.note(file, "units", [unit.code for unit in units], "code")
    offices.agencies |= {agency.code: agency for agency in agencies}
    offices.units |= {unit.code: unit for unit in units}


def _note_rules(offices: Offices, file: YamlFile, rules: Sequence[Rule], returned: Sequence[ReturnRule]) -> None:
    offices.note(file, "rules", [rule.rule for rule in rules], "rule")
    offices.note(file, "returned", [back.rule for back in returned], "rule")


def _check_own(offices: Offices, region: RegionFile) -> None:
    kinds: Mapping[str, Sequence[Rule | ReturnRule]] = {"rules": region.rules, "returned": region.returned}
    for kind, rows in kinds.items():
        for row in rows:
            if row.regions is None or not all(serves((region.region,), code) for code in row.regions):
                why = f"must all lie in {region.region}, the file's region"
                raise offices.wrong(kind, row.rule, ("regions",), why, "other_region")
