"""The catalogue: looking at its entries, changing them in a draft."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from aiohttp import web

from actions import drafts, editions
from actions.drafts import DraftView, Mistake
from actions.errors import EntryWrong, NotFound
from actions.views import SignedIn
from console.drawing import Field, Known, differing, fields, title, typed
from console.forms import LONGEST
from console.parts import HOUSE, page, redirect
from console.session import for_officers
from referral.calendar import WIB
from referral.catalogue.entries import KINDS, Edit, Kind, Placed, entries, entry, plain

# kinds as addresses name them
SLUGS = {
    "instansi": "agencies",
    "meja": "units",
    "aturan": "rules",
    "pengembalian": "returned",
    "kebutuhan": "needs",
    "pertanyaan": "questions",
    "batas-hari": "deadlines",
    "batas-selesai": "clocks",
    "nomor-darurat": "numbers",
    "hari-libur": "local",
    "jam-kerja": "days_off",
    "tanya-jawab": "answers",
    "jalan-lain": "doors",
    "kop-surat": "offices",
}
_SLUG_OF = {code: slug for slug, code in SLUGS.items()}
# no code begins with a line
_NEW, _ONLY = "_baru", "_isi"


@dataclass(frozen=True)
class _Line:
    """An entry in a list; `edit` is what the draft does with it: change, add or drop."""

    address: str
    title: str
    hint: str
    edit: str
    assured: date | None
    assured_by: str | None
    closed: bool


def address(kind: str, key: str) -> str:
    """The address of an entry's form."""
    return f"/katalog/{_SLUG_OF[kind]}/{key or _ONLY}"


def _kind(request: web.Request) -> Kind:
    code = SLUGS.get(request.match_info["kind"])
    if code is None:
        raise NotFound
    return KINDS[code]


async def overview(request: web.Request, signed: SignedIn) -> web.StreamResponse:
    """What there is, the draft, and the versions so far."""
    house = request.app[HOUSE]
    view = await drafts.draft(house, signed.officer)
    history = await editions.versions(house, signed.officer)
    counts = {slug: sum(1 for _ in entries(view.texts, KINDS[code])) for slug, code in SLUGS.items()}
    return page(
        request, "catalogue/overview.html", view=view, slugs=SLUGS, counts=counts, history=history,
        kinds=KINDS, broken=house.shelf.broken, used=house.shelf.newest.number,
    )  # fmt: skip


async def listing(request: web.Request, signed: SignedIn) -> web.StreamResponse:
    """The entries of a kind."""
    kind = _kind(request)
    if kind.single:
        return redirect(address(kind.code, ""))
    view = await drafts.draft(request.app[HOUSE], signed.officer)
    known = Known(request.app[HOUSE], view.catalogue)
    lines = [_line(placed, view, known) for placed in entries(view.texts, kind)]
    gone = [
        _line(placed, view, known)
        for edit in view.edits
        if (edit.kind, edit.what) == (kind.code, "drop") and (placed := entry(view.base, kind, edit.key))
    ]
    return page(
        request, "catalogue/list.html", kind=kind, view=view, lines=lines, gone=gone, new=address(kind.code, _NEW)
    )


def _line(placed: Placed, view: DraftView, known: Known) -> _Line:
    kind, data = placed.kind, placed.data
    edit = view.edit(kind.code, placed.key)
    assured = data.get("assured_date")
    return _Line(
        address(kind.code, placed.key),
        title(kind, placed.key, data, known),
        known.unit(data["unit"]) if "unit" in data else str(data.get("phone") or data.get("ask") or ""),
        edit.what if edit else "",
        date.fromisoformat(plain(assured)) if assured else None,
        data.get("assured_by"),
        data.get("active") is False,
    )


async def form(request: web.Request, signed: SignedIn) -> web.StreamResponse:
    """The form of an entry, or an empty one for a new entry."""
    view = await drafts.draft(request.app[HOUSE], signed.officer)
    placed, drawn = _drawn(request, view)
    return _form_page(request, view, placed, drawn)


def _drawn(request: web.Request, view: DraftView) -> tuple[Placed | None, list[Field]]:
    kind, key = _kind(request), request.match_info["key"]
    known = Known(request.app[HOUSE], view.catalogue)
    if key == _NEW and kind.adds:
        return None, fields(kind, {}, known)
    placed = entry(view.texts, kind, "" if key == _ONLY else key)
    if placed is None:
        raise NotFound
    return placed, fields(kind, placed.data, known)


def _form_page(
    request: web.Request,
    view: DraftView,
    placed: Placed | None,
    drawn: Sequence[Field],
    mistakes: Sequence[Mistake] = (),
) -> web.Response:
    kind = _kind(request)
    known = Known(request.app[HOUSE], view.catalogue)
    by_field = {_field_of(mistake.field, drawn): mistake for mistake in mistakes}
    return page(
        request,
        "catalogue/form.html",
        status=422 if mistakes else 200,
        kind=kind,
        view=view,
        placed=placed,
        name=title(kind, placed.key, placed.data, known) if placed else "",
        edit=view.edit(kind.code, placed.key) if placed else None,
        fields=drawn,
        mistakes=by_field,
        elsewhere=[(one, _other(one, view, known)) for one in mistakes if one.kind],
        here=address(kind.code, placed.key) if placed else "",
        back=f"/katalog/{_SLUG_OF[kind.code]}" if not kind.single else "/katalog",
    )


def _field_of(name: str, drawn: Sequence[Field]) -> str:
    """The drawn field that a mistake belongs to; empty when none is."""
    names = {field.name for field in drawn}
    while name and name not in names:
        name = name.rpartition(".")[0]
    return name


def _other(mistake: Mistake, view: DraftView, known: Known) -> tuple[str, str]:
    """The entry that does not go together with this one: its address and name."""
    kind = KINDS[mistake.kind]
    placed = entry(view.texts, kind, mistake.key)
    return address(kind.code, mistake.key), title(kind, mistake.key, placed.data if placed else {}, known)


async def save(request: web.Request, signed: SignedIn) -> web.StreamResponse:
    """Put what was typed into the draft."""
    house, kind = request.app[HOUSE], _kind(request)
    view = await drafts.draft(house, signed.officer)
    placed, drawn = _drawn(request, view)
    said = typed(drawn, await request.post())
    long = [field.name for field in said if isinstance(field.value, str) and len(field.value) > LONGEST]
    try:
        if long:
            raise EntryWrong(tuple(Mistake(name, "too_long") for name in long))
        changed = differing(drawn, said)
        if placed is None:
            changed = {field.name: field.value for field in said if field.value not in (None, [])}
            await drafts.keep(house, signed.officer, Edit(kind=kind.code, what="add", fields=changed))
        elif changed:
            await drafts.keep(house, signed.officer, Edit(kind=kind.code, key=placed.key, fields=changed))
    except EntryWrong as wrong:
        return _form_page(request, view, placed, said, wrong.args[0])
    back = f"/katalog/{request.match_info['kind']}" if not kind.single else "/katalog"
    return redirect(f"{back}?kabar=katalog_draf")


async def checked(request: web.Request, signed: SignedIn) -> web.StreamResponse:
    """The entry was checked with its office today."""
    today = request.app[HOUSE].clock().astimezone(WIB).date().isoformat()
    return await _keep(request, signed, {"assured_date": today, "assured_by": signed.officer.name})


async def drop(request: web.Request, signed: SignedIn) -> web.StreamResponse:
    """Take the entry away, in the draft."""
    return await _keep(request, signed, None)


async def _keep(request: web.Request, signed: SignedIn, changed: dict[str, str] | None) -> web.StreamResponse:
    house, kind = request.app[HOUSE], _kind(request)
    view = await drafts.draft(house, signed.officer)
    placed, drawn = _drawn(request, view)
    if placed is None or (changed is not None and not {"assured_date", "assured_by"} <= {f.name for f in drawn}):
        raise NotFound
    edit = Edit(kind=kind.code, key=placed.key, what="drop" if changed is None else "change")
    try:
        await drafts.keep(house, signed.officer, edit.model_copy(update={"fields": dict(changed or {})}))
    except EntryWrong as wrong:
        shown = [replace(mistake, field="") for mistake in wrong.args[0]]
        return _form_page(request, view, placed, drawn, shown)
    return redirect(f"/katalog/{request.match_info['kind']}?kabar=katalog_draf")


async def undo(request: web.Request, signed: SignedIn) -> web.StreamResponse:
    """Take the entry's change out of the draft."""
    kind, key = _kind(request), request.match_info["key"]
    await drafts.give_up_edit(request.app[HOUSE], signed.officer, kind.code, "" if key == _ONLY else key)
    return redirect("/katalog/draf?kabar=katalog_batal")


ROUTES = (
    web.get("/katalog", for_officers(overview)),
    web.get("/katalog/{kind}", for_officers(listing)),
    web.get("/katalog/{kind}/{key}", for_officers(form)),
    web.post("/katalog/{kind}/{key}", for_officers(save)),
    web.post("/katalog/{kind}/{key}/dicek", for_officers(checked)),
    web.post("/katalog/{kind}/{key}/hapus", for_officers(drop)),
    web.post("/katalog/{kind}/{key}/batal", for_officers(undo)),
)
