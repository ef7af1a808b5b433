"""`slrt catalogue export|import`: versions as files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from actions.errors import CatalogueMoved, CatalogueRefused, Incomplete, NotFound
from actions.house import House
from actions.publishing import Difference, difference, files_of, put_in
from referral.catalogue.comparing import Change, Moved
from referral.catalogue.texts import Texts, read_some, read_texts, write_texts
from slrt.cli.common import fail, in_house

Reason = Annotated[str | None, typer.Option(help="Why, for the history. Asked for when it is left out.")]


def export(
    folder: Annotated[Path, typer.Argument(help="Where to write the files; made if need be.")],
    version: Annotated[int | None, typer.Option(help="Its number; left out: the one in force.")] = None,
) -> None:
    """Write the YAML files of a version."""

    async def read(house: House) -> tuple[int, Texts]:
        return await files_of(house, version)

    try:
        number, texts = in_house(read)
        write_texts(texts, folder)
    except NotFound:
        fail(f"There is no version {version}.")
    except OSError as error:
        fail(f"{folder} can't be written: {error.strerror}.")
    typer.echo(f"Version {number}: {len(texts)} files in {folder}.")


def import_files(
    folder: Annotated[Path, typer.Argument(help="Files of a catalogue; those not there stay as they are.")],
    reason: Reason = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Make a new version from files: shows what would change, asks, and publishes it."""

    async def look(house: House) -> tuple[Difference, Texts]:
        newest, base = await files_of(house)
        texts = {**base, **read_some(folder)}
        return await difference(newest, base, texts), texts

    found, texts = in_house(look)
    if not found.changes:
        typer.echo("Nothing differs from the version in force.")
        return
    for line in told(found):
        typer.echo(line)
    if found.troubles.any:
        fail("Nothing was published: mend this first.")
    why = reason or typer.prompt("Why is it changed")
    if not yes:
        typer.confirm(f"Publish this as version {found.newest + 1}?", abort=True)

    async def publish(house: House) -> int:
        return await put_in(house, texts, why, newest=found.newest)

    try:
        typer.echo(f"Version {in_house(publish)} is in force.")
    except CatalogueMoved:
        fail("Somebody has published another version meanwhile. Look again.")
    except (CatalogueRefused, Incomplete):
        fail("Nothing was published: a reason is needed, and every need must keep its door.")


async def not_taken_over(house: House) -> list[str]:
    """Files that came with a later release than the first version, and that nobody has taken over since."""
    if house.shelf.edition.number == 0:
        return []
    _, first = await files_of(house, 0)
    now, in_force = read_texts(), house.shelf.edition.texts
    return [name for name, text in now.items() if text not in (first.get(name), in_force.get(name))]


def told(found: Difference) -> list[str]:
    """A difference in lines."""
    lines = [_change(change) for change in found.changes]
    lines += [_moved(case) for case in found.moved]
    troubles = found.troubles
    lines += [f"WRONG: {case.need} finds no door in {case.region}" for case in troubles.doorless]
    lines += [f"WRONG: the rule {rule} never decides" for rule in troubles.idle_rules]
    lines += [f"WRONG: {code} of {kind} is gone, but tickets may refer to it" for kind, code in troubles.gone]
    return lines


def _change(change: Change) -> str:
    where = " ".join(part for part in (change.kind, change.key, change.field) if part)
    if change.what in ("file", "order"):
        return f"{where}: {'other parts differ' if change.what == 'file' else 'the order differs'}"
    before, after = ("-" if value is None else value for value in (change.before, change.after))
    return f"{where}: {before} -> {after}"


def _moved(case: Moved) -> str:
    answer = f", {case.question} {case.answer}" if case.answer else ""
    return f"=> {case.need} in {case.place or 'an unknown place'}{answer}: {case.before} -> {case.after}"
