"""`slrt catalogue …`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from actions.house import House
from referral.catalogue import Catalogue, Verdict, load_catalogue
from referral.catalogue.routing import AGE
from referral.catalogue.survey import Survey, Unchecked, survey
from referral.catalogue.table import rows
from referral.errors import CatalogueError
from registry.places import Gazetteer
from slrt.cli.catalogue_files import export, import_files, not_taken_over
from slrt.cli.common import fail, in_house, there_is_a_database
from templates import render

app = typer.Typer(no_args_is_help=True)
app.command("export")(export)
app.command("import")(import_files)

SCHOOL_LEVEL, INSURANCE = "school_level", "insurance_state"
Folder = Annotated[Path | None, typer.Option(help="A folder with the catalogue's files, not the version in force.")]


def _load(folder: Path | None) -> Catalogue:
    """The catalogue of a folder; without one that of the database, or where there is none that of the product."""
    try:
        return load_catalogue(folder) if folder is not None or not there_is_a_database() else _in_force()
    except CatalogueError as error:
        fail(str(error))


def _in_force() -> Catalogue:
    async def take(house: House) -> Catalogue:
        return house.catalogue

    return in_house(take)


@app.command()
def check(
    strict: Annotated[
        bool, typer.Option(help="End with 1 too while anything is unconfirmed (before going live).")
    ] = False,
    folder: Folder = None,
) -> None:
    """Look for what is wrong, missing or unconfirmed. Ends with 1 when something must be mended."""
    catalogue = _load(folder)
    found = survey(catalogue, date.today())
    if folder is None and there_is_a_database():
        for name in in_house(not_taken_over):
            typer.echo(f"{name} of this release is newer than the one in force: look at it with slrt catalogue import.")
    _tell_wrong(catalogue, found)
    _tell_unchecked("not confirmed for a year", found.outdated)
    _tell_unchecked("never confirmed, or with something to ask", found.unconfirmed)
    if found.doorless or found.idle_rules or (strict and (found.outdated or found.unconfirmed)):
        raise typer.Exit(1)


def _tell_wrong(catalogue: Catalogue, found: Survey) -> None:
    counts = f"{len(catalogue.needs)} needs, {len(catalogue.agencies)} agencies, {len(catalogue.units)} desks"
    typer.echo(
        f"{counts}, {len(catalogue.rules)} rules for {len(catalogue.regions)} regions: the files are well formed."
    )
    typer.echo(f"Needs without a door: {len(found.doorless)}")
    for case in found.doorless:
        answer = f", {case.question} {case.answer}" if case.question else ""
        typer.echo(f"  {case.need} in {case.region}{answer}")
    typer.echo(f"Rules that never decide: {len(found.idle_rules)}")
    for rule in found.idle_rules:
        typer.echo(f"  {rule}")
    typer.echo(f"Desks that no rule leads to (officers can choose them): {len(found.desks_by_hand)}")
    for unit in found.desks_by_hand:
        typer.echo(f"  {unit}")


def _tell_unchecked(title: str, entries: Iterable[Unchecked]) -> None:
    listed = list(entries)
    typer.echo(f"Entries {title}: {len(listed)}")
    if listed:
        table = Table("entry", "", "confirmed", "to ask")
        for entry in listed:
            table.add_row(entry.kind, entry.code, str(entry.assured_date or "never"), "; ".join(entry.to_confirm))
        Console().print(table)


@app.command()
def explain(
    need: Annotated[str, typer.Option(help="A need's code, such as school_fees.")],
    region: Annotated[
        str | None, typer.Option(help="A Kemendagri code, or a kelurahan's, desa's or city's name.")
    ] = None,
    school_level: Annotated[str | None, typer.Option(help="paud, sd, smp, sma, slb, mi, mts, ma, kuliah.")] = None,
    age: Annotated[int | None, typer.Option(help="Years.", min=0, max=130)] = None,
    insurance: Annotated[str | None, typer.Option(help="active, inactive, none.")] = None,
    folder: Folder = None,
) -> None:
    """Say in Indonesian where a need goes and why, rule by rule."""
    catalogue = _load(folder)
    gazetteer = Gazetteer.load()
    if need not in catalogue.needs:
        fail(f"{need} is no need; there are: {', '.join(catalogue.needs)}.")
    answers = _answers(catalogue, {SCHOOL_LEVEL: school_level, INSURANCE: insurance})
    if age is not None:
        answers[AGE] = f"{age} tahun"
    code = _region(catalogue, gazetteer, region) if region else None
    typer.echo(explanation(catalogue, gazetteer, need, code, answers))


def _answers(catalogue: Catalogue, given: dict[str, str | None]) -> dict[str, str]:
    answers = {question: value for question, value in given.items() if value is not None}
    for question, value in answers.items():
        known = [choice.value for choice in catalogue.questions[question].choices]
        if value not in known:
            fail(f"{value} is no answer to {question}; there are: {', '.join(known)}.")
    return answers


def _region(catalogue: Catalogue, gazetteer: Gazetteer, told: str) -> str:
    if gazetteer.get(told) or told in catalogue.regions:
        return told
    for code in catalogue.regions:
        place = gazetteer.get(code)
        if place and told.casefold() in (place.name.casefold(), place.name.partition(" ")[2].casefold()):
            return code
    hits = gazetteer.find(told)
    if len(hits) == 1:
        return hits[0].code
    several = "; ".join(f"{hit.code} {hit.name}, {hit.kecamatan}" for hit in hits)
    fail(f"Several places are named {told}: {several}." if hits else f"No place is named {told}.")


def explanation(
    catalogue: Catalogue, gazetteer: Gazetteer, need: str, region: str | None, answers: dict[str, str]
) -> str:
    """Where a need goes and why, in Indonesian."""
    door = catalogue.route(need, region, answers)
    asked = catalogue.explain(need, region, answers)
    questions = catalogue.questions
    return render(
        "catalogue/explain.txt",
        need=catalogue.needs[need],
        place=_place(gazetteer, region) if region else None,
        told=[(questions[code].name or questions[code].ask, questions[code].shown(answers[code])) for code in answers],
        door=door,
        asked=asked,
        why=lambda verdict: _why(catalogue, gazetteer, verdict, region, answers),
        back=catalogue.route_returned(need, region, door.unit.code),
    )


def _why(
    catalogue: Catalogue, gazetteer: Gazetteer, verdict: Verdict, region: str | None, answers: dict[str, str]
) -> str:
    rule, misfit = verdict.rule, verdict.misfit
    named = {
        code: (question.name or question.ask, " atau ".join(question.shown(value) for value in values))
        for code, values in rule.answers.items()
        for question in [catalogue.questions[code]]
    }
    missed = misfit.question if misfit and misfit.question else ""
    return render(
        "catalogue/why.txt",
        rule=rule,
        misfit=misfit,
        place=region,
        regions=" dan ".join(_place(gazetteer, code) for code in rule.regions or ()),
        answers=list(named.values()),
        question=named.get(missed, ("", ""))[0].lower(),
        wanted=named.get(missed, ("", ""))[1],
        told=missed in answers,
        ages=f"{rule.ages.least} sampai {rule.ages.most} tahun" if rule.ages else None,
    )


def _place(gazetteer: Gazetteer, code: str) -> str:
    place = gazetteer.get(code)
    if place is None:
        return code
    within = [part for part in (place.name, place.kecamatan, place.city) if part]
    return ", ".join(within) if place.level in ("kelurahan", "desa") else place.name


@app.command()
def table(folder: Folder = None) -> None:
    """Print docs/rujukan.md: where every need goes, by region and school level."""
    typer.echo(desk_table(_load(folder), Gazetteer.load()))


def desk_table(catalogue: Catalogue, gazetteer: Gazetteer) -> str:
    """The page docs/rujukan.md."""
    by_hand = survey(catalogue, date.min).desks_by_hand
    desks = [(catalogue.agencies[catalogue.units[code].agency].name, catalogue.units[code].name) for code in by_hand]
    return render(
        "catalogue/rujukan.md",
        columns=[*(_place(gazetteer, code) for code in catalogue.regions), "Tempat belum jelas"],
        rows=list(rows(catalogue)),
        agencies=[agency for agency in catalogue.agencies.values() if agency.to_confirm],
        by_hand=sorted(f"{agency}: {desk}" for agency, desk in desks),
    )
