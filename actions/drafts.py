"""An officer's draft of the catalogue's next version: changes of entries, kept until she publishes them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from pydantic import ValidationError
from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from actions.editions import VersionView, check_right, newest_texts, versions_after
from actions.errors import EntryWrong, NotFound
from actions.house import House
from actions.views import OfficerView
from referral.catalogue import Catalogue
from referral.catalogue.entries import KINDS, Edit, Kind, Leaf, Placed, applied, entries, entry, leaves
from referral.catalogue.loader import catalogue_of
from referral.catalogue.texts import Texts
from referral.errors import CatalogueError
from storage.models import CatalogueDraft

_NOT_CODE = re.compile(r"[^a-z0-9]+")
_LONGEST_KEY = 48


@dataclass(frozen=True)
class Mistake:
    """What does not fit: `field` by its dotted name (empty: the entry as a whole), `code` a stable word.

    `words` are the loader's own, for those who look after the system; `kind` and `key` tell another entry's mistake.
    """

    field: str
    code: str
    words: str = ""
    kind: str = ""
    key: str = ""


@dataclass(frozen=True)
class DraftView:
    """A draft over the newest version. `texts` are the files with it, `lost` edits whose entry is gone.

    `since` are the versions that others published after it was begun; `misfit` is why it does not fit the newest any
    more, and then `catalogue` is the one in force.
    """

    newest: int
    base: Texts
    texts: Texts
    catalogue: Catalogue
    edits: tuple[Edit, ...]
    lost: tuple[Edit, ...] = ()
    since: tuple[VersionView, ...] = field(default=())
    misfit: CatalogueError | None = None

    def edit(self, kind: str, key: str) -> Edit | None:
        """The edit of an entry, if there is one."""
        return next((edit for edit in self.edits if (edit.kind, edit.key) == (kind, key)), None)


async def draft(house: House, officer: OfficerView) -> DraftView:
    """Her draft, perhaps an empty one, over the newest version. Raises NotAllowed."""
    check_right(officer)
    async with house.database.transaction() as session:
        row = await session.get(CatalogueDraft, officer.id)
        newest, base = await newest_texts(session, house)
        edits = _edits(row)
        since = await versions_after(session, row.based_on) if row is not None and row.based_on < newest else []
    texts, lost = applied(base, edits)
    catalogue, misfit = house.catalogue, None
    if edits or newest != house.shelf.edition.number:
        try:
            catalogue = await asyncio.to_thread(catalogue_of, texts)
        except CatalogueError as error:
            misfit = error
    return DraftView(newest, base, texts, catalogue, tuple(edits), lost, tuple(since), misfit)


async def keep(house: House, officer: OfficerView, edit: Edit) -> str:
    """Add a change to her draft; returns the entry's key. Raises NotAllowed, NotFound or EntryWrong (nothing kept)."""
    check_right(officer)
    kind = KINDS[edit.kind]
    if (edit.what == "add" and not kind.adds) or (edit.what == "drop" and not kind.drops):
        raise NotFound
    async with house.database.transaction() as session:
        row = await session.get(CatalogueDraft, officer.id, with_for_update=True)
        newest, base = await newest_texts(session, house)
        edits = _edits(row)
        if edit.what == "add":
            present, _ = applied(base, edits)
            edit = edit.model_copy(update={"key": new_key(kind, edit.fields, present)})
            if entry(present, kind, edit.key) is not None:
                raise EntryWrong((Mistake(kind.key, "twice"),))
        edits = merged(base, edits, edit)
        texts, lost = applied(base, edits)
        if any((one.kind, one.key) == (edit.kind, edit.key) for one in lost):
            raise NotFound
        await asyncio.to_thread(_check, texts, kind, edit)
        await _save(session, house, officer, row.based_on if row is not None else newest, edits)
    return edit.key


async def give_up_edit(house: House, officer: OfficerView, kind: str, key: str) -> None:
    """Take a change out of her draft. Raises NotAllowed."""
    check_right(officer)
    async with house.database.transaction() as session:
        row = await session.get(CatalogueDraft, officer.id, with_for_update=True)
        if row is not None:
            left = [edit for edit in _edits(row) if (edit.kind, edit.key) != (kind, key)]
            await _save(session, house, officer, row.based_on, left)


async def discard(house: House, officer: OfficerView) -> None:
    """Throw her whole draft away. Raises NotAllowed."""
    check_right(officer)
    async with house.database.transaction() as session:
        await session.execute(delete(CatalogueDraft).where(CatalogueDraft.officer_id == officer.id))


async def draft_edits(session: AsyncSession, officer: OfficerView) -> list[Edit]:
    """The edits of her draft, locked until the transaction ends."""
    return _edits(await session.get(CatalogueDraft, officer.id, with_for_update=True))


def _edits(row: CatalogueDraft | None) -> list[Edit]:
    return [Edit.model_validate(edit) for edit in row.edits] if row is not None else []


async def _save(
    session: AsyncSession, house: House, officer: OfficerView, based_on: int, edits: Sequence[Edit]
) -> None:
    if not edits:
        await session.execute(delete(CatalogueDraft).where(CatalogueDraft.officer_id == officer.id))
        return
    values = {"at": house.clock(), "based_on": based_on, "edits": [edit.model_dump(mode="json") for edit in edits]}
    await session.execute(
        insert(CatalogueDraft)
        .values(officer_id=officer.id, **values)
        .on_conflict_do_update(index_elements=[CatalogueDraft.officer_id], set_=values)
    )


def merged(base: Texts, edits: Sequence[Edit], new: Edit) -> list[Edit]:
    """The edits with one more: those of the same entry become one, and what is as in `base` again is no change."""
    others = [edit for edit in edits if (edit.kind, edit.key) != (new.kind, new.key)]
    old = next((edit for edit in edits if (edit.kind, edit.key) == (new.kind, new.key)), None)
    if old is not None and new.what == "drop" and old.what == "add":
        return others
    if old is not None and new.what == "change" and old.what != "drop":
        new = old.model_copy(update={"fields": {**old.fields, **new.fields}})
    if new.what == "change":
        there = entry(base, KINDS[new.kind], new.key)
        was = leaves(there.data) if there is not None else {}
        emptied = {name: None if value == [] else value for name, value in new.fields.items()}
        fields = {name: value for name, value in emptied.items() if was.get(name) != value}
        new = new.model_copy(update={"fields": fields})
        if not fields:
            return others
    return [*others, new]


def new_key(kind: Kind, fields: dict[str, Leaf], texts: Texts) -> str:
    """A name for a new entry: its day, or a code made of what it says, which no other has."""
    if kind.key not in kind.kept:
        return str(fields.get(kind.key) or "")
    named = ("name", "needs", "terms", "phrases", "words", "unit")
    first = next((fields[name] for name in named if fields.get(name)), "")
    said = " ".join(map(str, first[:1])) if isinstance(first, list) else str(first)
    code = _NOT_CODE.sub("-", said.lower()).strip("-")[:_LONGEST_KEY].strip("-") or kind.code
    taken = {placed.key for placed in entries(texts, kind)}
    number = next(n for n in range(1, len(taken) + 2) if (code if n == 1 else f"{code}-{n}") not in taken)
    return code if number == 1 else f"{code}-{number}"


def _check(texts: Texts, kind: Kind, edit: Edit) -> None:
    """Raise EntryWrong with everything that is wrong with the entry, else with the first thing that does not fit."""
    placed = entry(texts, kind, edit.key)
    if placed is not None:
        try:
            kind.model.model_validate(placed.data)
        except ValidationError as problem:
            raise EntryWrong(_mistakes(problem)) from None
    try:
        catalogue_of(texts)
    except CatalogueError as error:
        raise EntryWrong((_located(texts, kind, placed, error),)) from error


def _mistakes(problem: ValidationError) -> tuple[Mistake, ...]:
    found = []
    for one in problem.errors(include_url=False):
        path = [str(part) for part in one["loc"] if part != "[key]"]
        name, code = ".".join(path), one["type"]
        if code == "value_error":  # our own validators name the field in front
            inner, _, _ = one["msg"].removeprefix("Value error, ").partition(":")
            name = ".".join([*path, inner]) if inner.isidentifier() else name
        found.append(Mistake(name, code, one["msg"]))
    return tuple(found)


def _located(texts: Texts, kind: Kind, placed: Placed | None, error: CatalogueError) -> Mistake:
    """The loader's error as this entry's, or as another one's that does not go together with it."""
    words = str(error)
    path = error.path
    for other in KINDS.values():
        if other.single:
            if placed is not None and other == kind and error.file == kind.file:
                return Mistake(".".join(map(str, path)), error.code, words)
            continue
        for one in entries(texts, other):
            if one.file.rpartition("/")[2] == error.file and path[:2] == (other.field, one.index):
                name = ".".join(map(str, path[2:]))
                if placed is not None and (one.kind, one.key) == (kind, placed.key):
                    return Mistake(name, error.code, words)
                return Mistake("", error.code, words, other.code, one.key)
    return Mistake("", error.code, words)
