"""Letters on paper: issuing and revoking them, printing what travels on paper, and the page of their code."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from urllib.parse import quote

from aiohttp import web

from actions import letters, printing
from actions.errors import Incomplete, LinkInvalid, NotNow
from actions.letters import Order
from actions.views import SignedIn
from console.errors import TooLong
from console.forms import NOTHING_TYPED, Typed, check_lengths, read_form, typed_again
from console.pages.ticket import Values, attempt
from console.parts import HOUSE, page, redirect
from console.session import for_officers

_CHOSEN = "letter-"


async def issue(request: web.Request, signed: SignedIn) -> web.StreamResponse:
    """Write a letter about the ticket."""
    kind = (await read_form(request)).get("letter", "")

    async def act(values: Values) -> None:
        number = request.match_info["number"]
        await letters.issue_letter(request.app[HOUSE], signed.officer, number, _order(kind, values))

    return await attempt(request, signed, f"letter-{kind}", act, "letter_issued")


def _order(kind: str, values: Values) -> Order:
    referral, visit_on = values.get("referral", ""), values.get("visit_on", "").strip()
    try:
        day = date.fromisoformat(visit_on) if visit_on else None
    except ValueError as error:
        raise Incomplete("visit_on") from error
    return Order(
        kind,
        referral_id=int(referral) if referral.isdecimal() and len(referral) < 16 else None,
        note=values.get("note", ""),
        assigned=tuple(line.strip() for line in values.get("assigned", "").splitlines() if line.strip()),
        visit_on=day,
    )


async def revoke(request: web.Request, signed: SignedIn) -> web.StreamResponse:
    """Take a letter back."""
    letter_id = int(request.match_info["letter_id"])

    async def act(values: Values) -> None:
        await letters.revoke_letter(request.app[HOUSE], signed.officer, letter_id, values.get("reason", ""))

    return await attempt(request, signed, f"revoke-letter-{letter_id}", act, "letter_revoked")


async def download(request: web.Request, signed: SignedIn) -> web.StreamResponse:
    """The letter as it was issued."""
    name, content = await letters.letter_pdf(request.app[HOUSE], signed.officer, int(request.match_info["letter_id"]))
    return _pdf(name, content)


def _pdf(name: str, content: bytes) -> web.Response:
    disposition = f"inline; filename*=UTF-8''{quote(name, safe='')}"
    return web.Response(body=content, content_type="application/pdf", headers={"Content-Disposition": disposition})


async def print_list(request: web.Request, signed: SignedIn) -> web.StreamResponse:
    """`/cetak`: the letters that wait to be printed and handed over."""
    return await _list(request, signed)


async def _list(request: web.Request, signed: SignedIn, typed: Typed = NOTHING_TYPED) -> web.Response:
    items = await printing.print_list(request.app[HOUSE], signed.officer)
    status = {"": 200, "not_now": 409}.get(typed.code, 422)
    return page(request, "print.html", status=status, items=items, typed=typed)


async def print_pdf(request: web.Request, signed: SignedIn) -> web.StreamResponse:
    """The chosen letters, or all, as one PDF. Looking at it changes nothing."""
    chosen = _chosen(request.query)
    try:
        content = await printing.print_letters(request.app[HOUSE], signed.officer, chosen or None)
    except NotNow:
        return redirect("/cetak")
    return _pdf("surat-rujukan.pdf", content)


async def hand_over(request: web.Request, signed: SignedIn) -> web.StreamResponse:
    """Note that the chosen letters were handed over, and to whom."""
    values = await read_form(request)
    try:
        check_lengths(values)
        await printing.hand_over(request.app[HOUSE], signed.officer, _chosen(values), values.get("to", ""))
    except (Incomplete, TooLong, NotNow) as problem:
        return await _list(request, signed, typed_again("hand_over", values, problem))
    return redirect("/cetak?kabar=handed_over")


def _chosen(values: Iterable[str]) -> list[int]:
    names = [name.removeprefix(_CHOSEN) for name in values if name.startswith(_CHOSEN)]
    return [int(name) for name in names if name.isdecimal() and len(name) < 16]


async def verify(request: web.Request) -> web.StreamResponse:
    """`/v/{token}`: whether a letter is genuine; open to anyone, and nothing of whom it is about."""
    try:
        letter = await letters.verify_letter(request.app[HOUSE], request.match_info["token"])
    except LinkInvalid:
        return page(request, "verify.html", status=404, letter=None)
    return page(request, "verify.html", letter=letter)


_NUMBER = r"{number:[A-Za-z0-9-]{1,40}}"
_LETTER = r"{letter_id:\d{1,15}}"
ROUTES = (
    web.post(f"/tiket/{_NUMBER}/surat", for_officers(issue)),
    web.post(f"/tiket/{_NUMBER}/surat/{_LETTER}/cabut", for_officers(revoke)),
    web.get(f"/surat/{_LETTER}.pdf", for_officers(download)),
    web.get("/cetak", for_officers(print_list)),
    web.get("/cetak/surat.pdf", for_officers(print_pdf)),
    web.post("/cetak", for_officers(hand_over)),
    web.get(r"/v/{token:[A-Za-z0-9_-]{1,64}}", verify),
)
