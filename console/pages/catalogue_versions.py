"""The catalogue's versions: looking at a draft and publishing it, looking at old versions and taking one back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from actions import drafts, editions, publishing
from actions.errors import CatalogueMoved, CatalogueRefused, Incomplete
from actions.publishing import Difference
from actions.views import SignedIn
from console.drawing import Field, Known, fields, shown, title
from console.forms import check_lengths, read_form
from console.pages.catalogue import address
from console.parts import HOUSE, page, redirect
from console.session import for_officers
from referral.catalogue.comparing import Change, Moved
from referral.catalogue.entries import KINDS, entry
from referral.catalogue.survey import Doorless
from referral.catalogue.texts import Texts
from referral.errors import CatalogueError


@dataclass(frozen=True)
class _Row:
    """A field before and after; `clash` when somebody else changed it meanwhile."""

    field: Field
    before: tuple[str, ...]
    after: tuple[str, ...]
    clash: bool


@dataclass(frozen=True)
class _Entry:
    """An entry that differs."""

    kind: str
    what: str
    title: str
    address: str
    rows: tuple[_Row, ...]


@dataclass(frozen=True)
class _Effect:
    """A case whose way differs, or that has none."""

    need: str
    place: str | None
    answer: str
    before: str = ""
    after: str = ""


async def draft(request: web.Request, signed: SignedIn) -> web.StreamResponse:
    """The draft as a difference, with what it does."""
    return await _draft_page(request, signed)


async def _draft_page(
    request: web.Request, signed: SignedIn, *, status: int = 200, problem: str = "", reason: str = ""
) -> web.Response:
    house = request.app[HOUSE]
    view = await drafts.draft(house, signed.officer)
    difference = None
    if view.edits and view.misfit is None:
        difference = await publishing.difference(view.newest, view.base, view.texts)
    known = Known(house, view.catalogue)
    clashes = {(one.kind, one.key, one.field) for version in view.since for one in version.changes}
    found = difference.changes if difference else ()
    return page(
        request,
        "catalogue/draft.html",
        status=status,
        view=view,
        lost=[(edit, address(edit.kind, edit.key)) for edit in view.lost],
        rows=_entries(found, (view.base, view.texts), known, clashes),
        effects=_effects(difference, known),
        difference=difference,
        troubles=_troubles(difference, known),
        problem=problem,
        reason=reason,
    )


def _entries(
    changes: Sequence[Change],
    texts: tuple[Texts, Texts],
    known: Known,
    clashes: set[tuple[str, str, str]] | None = None,
) -> list[_Entry]:
    """The changes entry by entry, in words."""
    found: list[_Entry] = []
    for kind, key, what in dict.fromkeys((change.kind, change.key, change.what) for change in changes):
        same = [change for change in changes if (change.kind, change.key, change.what) == (kind, key, what)]
        found.append(_entry(same, texts, known, clashes or set()))
    return found


def _entry(
    changes: Sequence[Change], texts: tuple[Texts, Texts], known: Known, clashes: set[tuple[str, str, str]]
) -> _Entry:
    first = changes[0]
    if first.what == "file":
        return _Entry("", "file", first.key, "", ())
    kind = KINDS[first.kind]
    if first.what == "order":
        return _Entry(kind.code, "order", "", "", ())
    placed = entry(texts[1], kind, first.key) or entry(texts[0], kind, first.key)
    data = placed.data if placed else {}
    drawn = {field.name: field for field in fields(kind, data, known)}
    rows = [
        _Row(
            drawn.get(change.field) or Field(change.field, change.field.partition(".")[0], "line"),
            shown(drawn.get(change.field), change.before, known),
            shown(drawn.get(change.field), change.after, known),
            (change.kind, change.key, change.field) in clashes,
        )
        for change in changes
        if change.field.partition(".")[0] not in kind.kept
    ]
    return _Entry(
        kind.code, first.what, title(kind, first.key, data, known), address(kind.code, first.key), tuple(rows)
    )


def _effects(difference: Difference | None, known: Known) -> list[_Effect]:
    return [_effect(moved, known) for moved in difference.moved] if difference else []


def _effect(case: Moved | Doorless, known: Known) -> _Effect:
    place = case.place if isinstance(case, Moved) else case.region
    answer = known.answer(case.question, case.answer) if case.question and case.answer else ""
    ways = (known.unit(case.before), known.unit(case.after)) if isinstance(case, Moved) else ("", "")
    return _Effect(known.need(case.need), known.place(place) if place else None, answer, *ways)


def _troubles(difference: Difference | None, known: Known) -> dict[str, object]:
    if difference is None or not difference.troubles.any:
        return {}
    troubles, rules = difference.troubles, {rule.rule: rule for rule in difference.catalogue.rules}
    kind = KINDS["rules"]
    idle = [title(kind, code, rules[code].model_dump(exclude_none=True), known) for code in troubles.idle_rules]
    doorless = [_effect(case, known) for case in troubles.doorless]
    return {"doorless": doorless, "idle": idle, "gone": [code for _, code in troubles.gone]}


async def publish(request: web.Request, signed: SignedIn) -> web.StreamResponse:
    """Make a version of the draft."""
    values = await read_form(request)
    check_lengths(values)
    reason, newest = values.get("reason", ""), values.get("newest", "")
    try:
        number = await publishing.publish(
            request.app[HOUSE], signed.officer, reason, newest=int(newest) if newest.isdecimal() else -1
        )
    except (CatalogueMoved, CatalogueRefused, CatalogueError) as problem:
        code = "catalogue_moved" if isinstance(problem, CatalogueMoved) else "catalogue_refused"
        return await _draft_page(request, signed, status=409, problem=code, reason=reason)
    except Incomplete as problem:
        return await _draft_page(request, signed, status=422, problem=f"no_{problem.args[0]}", reason=reason)
    return redirect(f"/katalog/versi/{number}?kabar=katalog_terbit")


async def discard(request: web.Request, signed: SignedIn) -> web.StreamResponse:
    """Throw the draft away."""
    await read_form(request)
    await drafts.discard(request.app[HOUSE], signed.officer)
    return redirect("/katalog?kabar=katalog_buang")


async def version(request: web.Request, signed: SignedIn) -> web.StreamResponse:
    """A version: who, when, why, what; and what taking it back would change."""
    return await _version_page(request, signed)


async def _version_page(
    request: web.Request, signed: SignedIn, *, status: int = 200, problem: str = "", reason: str = ""
) -> web.Response:
    house, number = request.app[HOUSE], int(request.match_info["version"])
    view = await editions.version(house, signed.officer, number)
    known = Known(house, house.catalogue)
    newest, now = await publishing.files_of(house)
    _, texts = await publishing.files_of(house, number)
    _, before = await publishing.files_of(house, max(number - 1, 0))
    back, broken = None, False
    if number != newest:
        try:
            back = await publishing.restored(house, signed.officer, number)
        except CatalogueError:
            broken = True
    return page(
        request,
        "catalogue/version.html",
        status=status,
        version=view,
        newest=newest,
        rows=_entries(view.changes, (before, texts), known),
        back=back,
        back_rows=_entries(back.changes, (now, texts), known) if back else [],
        effects=_effects(back, known),
        troubles=_troubles(back, known),
        broken=broken,
        problem=problem,
        reason=reason,
    )


async def restore(request: web.Request, signed: SignedIn) -> web.StreamResponse:
    """Take an older version back, as a new one."""
    values = await read_form(request)
    check_lengths(values)
    number, newest = int(request.match_info["version"]), values.get("newest", "")
    reason = values.get("reason", "")
    try:
        made = await publishing.restore(
            request.app[HOUSE], signed.officer, number, reason, newest=int(newest) if newest.isdecimal() else -1
        )
    except (CatalogueMoved, CatalogueRefused, CatalogueError) as problem:
        code = "catalogue_moved" if isinstance(problem, CatalogueMoved) else "catalogue_refused"
        return await _version_page(request, signed, status=409, problem=code, reason=reason)
    except Incomplete as problem:
        return await _version_page(request, signed, status=422, problem=f"no_{problem.args[0]}", reason=reason)
    return redirect(f"/katalog/versi/{made}?kabar=katalog_terbit")


ROUTES = (
    web.get("/katalog/draf", for_officers(draft)),
    web.post("/katalog/draf/terbitkan", for_officers(publish)),
    web.post("/katalog/draf/buang", for_officers(discard)),
    web.get(r"/katalog/versi/{version:\d{1,9}}", for_officers(version)),
    web.post(r"/katalog/versi/{version:\d{1,9}}/kembalikan", for_officers(restore)),
)
