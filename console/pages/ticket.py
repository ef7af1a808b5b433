"""A ticket's page and everything that an officer can do on it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from actions import closing, inquiries, review
from actions import tickets as ticket_actions
from actions.errors import Incomplete, NotAllowed, NotNow, NotSafe
from actions.house import House
from actions.views import OfficerView, SignedIn, TicketView
from console.errors import TooLong
from console.forms import NOTHING_TYPED, Typed, check_lengths, read_form, said_in, typed_again
from console.parts import HOUSE, page, redirect
from console.session import OfficerHandler, for_officers

Values = dict[str, str]
Act = Callable[[House, OfficerView, str, Values], Awaitable[None]]

# the steps that people take with a button here; the others happen by themselves
REFERRAL_STEPS = ("approve", "accept", "start", "finish", "return", "reject", "revoke", "reopen")
_STATUS = {Incomplete: 422, TooLong: 422, NotNow: 409, NotSafe: 409, NotAllowed: 403}
# a chat takes about 4,000 letters in one message, and ours has words around it
_LONGEST_LETTER = 3500


async def ticket(request: web.Request, signed: SignedIn) -> web.StreamResponse:
    """The ticket as it is now."""
    return await _show(request, signed)


async def _show(
    request: web.Request, signed: SignedIn, *, status: int = 200, typed: Typed = NOTHING_TYPED
) -> web.Response:
    house = request.app[HOUSE]
    view = await ticket_actions.ticket_view(house, signed.officer, request.match_info["number"])
    catalogue = house.catalogue
    return page(
        request,
        "ticket.html",
        status=status,
        ticket=view,
        typed=typed,
        steps=REFERRAL_STEPS,
        questions=catalogue.questions,
        missing_needs=_missing_needs(house, signed.officer, view),
        desks=_desks(house),
        asked=[code for code in catalogue.deciding if catalogue.questions[code].choices],
    )


def _missing_needs(house: House, officer: OfficerView, view: TicketView) -> list[tuple[str, str, str]]:
    """Code, name and questions of the needs that can still be added."""
    has = {referral.need for referral in view.referrals if referral.state not in ("rejected", "revoked")}
    needs = [need for need in house.catalogue.needs.values() if need.code not in has]
    return [
        (need.code, need.name, " ".join(house.catalogue.deciding_for(need.code)))
        for need in sorted(needs, key=lambda need: need.name)
        if officer.restricted or not need.restricted
    ]


async def attempt(
    request: web.Request, signed: SignedIn, form: str, act: Callable[[Values], Awaitable[None]], news: str
) -> web.StreamResponse:
    """Do what a form asks; if it can't be done, show the ticket as it is now with what was typed."""
    values = await read_form(request)
    try:
        check_lengths(values)
        await act(values)
    except (Incomplete, NotNow, NotSafe, NotAllowed, TooLong) as problem:
        typed = typed_again(form, values, problem)
        return await _show(request, signed, status=_STATUS[type(problem)], typed=typed)
    return redirect(f"/tiket/{request.match_info['number']}?kabar={news}")


async def referral_step(request: web.Request, signed: SignedIn) -> web.StreamResponse:
    """Take a step on one of the ticket's referrals."""
    step = (await read_form(request)).get("step", "")
    if step not in REFERRAL_STEPS:
        raise NotNow
    referral_id = int(request.match_info["referral_id"])

    async def act(values: Values) -> None:
        await review.officer_step(request.app[HOUSE], signed.officer, referral_id, step, said_in(values))

    return await attempt(request, signed, f"{step}-{referral_id}", act, step)


async def choose_unit(request: web.Request, signed: SignedIn) -> web.StreamResponse:
    """Send a referral that is not decided yet to another desk."""
    referral_id = int(request.match_info["referral_id"])

    async def act(values: Values) -> None:
        await review.choose_unit(request.app[HOUSE], signed.officer, referral_id, values.get("unit", ""))

    return await attempt(request, signed, f"choose_unit-{referral_id}", act, "choose_unit")


async def answer_agency(request: web.Request, signed: SignedIn) -> web.StreamResponse:
    """Write to the agency that has a referral."""
    referral_id = int(request.match_info["referral_id"])

    async def act(values: Values) -> None:
        await review.answer_agency(request.app[HOUSE], signed.officer, referral_id, values.get("text", ""))

    return await attempt(request, signed, f"answer_agency-{referral_id}", act, "answer_agency")


def _desks(house: House) -> dict[bool, dict[str, str]]:
    """Desks by code, those for restricted needs apart."""
    desks: dict[bool, dict[str, str]] = {True: {}, False: {}}
    for unit in house.catalogue.units.values():
        if not house.catalogue.works(unit.code):
            continue
        desks[unit.restricted][unit.code] = f"{house.catalogue.agencies[unit.agency].name}: {unit.name}"
    return {restricted: dict(sorted(some.items(), key=lambda item: item[1])) for restricted, some in desks.items()}


def _ticket_form(form: str, act: Act) -> OfficerHandler:
    """A handler for a form on the ticket itself."""

    async def handler(request: web.Request, signed: SignedIn) -> web.StreamResponse:
        number = request.match_info["number"]

        async def on_this(values: Values) -> None:
            await act(request.app[HOUSE], signed.officer, number, values)

        return await attempt(request, signed, form, on_this, form)

    return handler


async def _recommend(house: House, officer: OfficerView, number: str, values: Values) -> None:
    await review.recommend(house, officer, number, values.get("note", ""))


async def _send_back(house: House, officer: OfficerView, number: str, values: Values) -> None:
    await review.send_back(house, officer, number, values.get("note", ""))


async def _contacted(house: House, officer: OfficerView, number: str, _values: Values) -> None:
    await review.contacted(house, officer, number)


async def _ask_visit(house: House, officer: OfficerView, number: str, _values: Values) -> None:
    await review.ask_visit(house, officer, number)


async def _record_visit(house: House, officer: OfficerView, number: str, values: Values) -> None:
    note = values.get("note", "").strip() or None
    await review.record_visit(house, officer, number, values.get("finding", ""), note)


async def _write(house: House, officer: OfficerView, number: str, values: Values) -> None:
    if len(values.get("text", "")) > _LONGEST_LETTER:
        raise TooLong("text")
    await inquiries.write_to_resident(house, officer, number, values.get("kind", ""), values.get("text", ""))


async def _mark_seen(house: House, officer: OfficerView, number: str, _values: Values) -> None:
    await inquiries.mark_seen(house, officer, number)


async def withdraw(request: web.Request, signed: SignedIn) -> web.StreamResponse:
    """The ticket waits no longer for what was asked."""
    number, inquiry_id = request.match_info["number"], int(request.match_info["inquiry_id"])

    async def act(_values: Values) -> None:
        await inquiries.withdraw(request.app[HOUSE], signed.officer, number, inquiry_id)

    return await attempt(request, signed, f"withdraw-{inquiry_id}", act, "withdraw")


async def _add_need(house: House, officer: OfficerView, number: str, values: Values) -> None:
    need = values.get("need", "")
    known = house.catalogue.needs.get(need)
    deciding = house.catalogue.deciding_for(need) if known else ()
    answers = {code: values[code] for code in deciding if values.get(code)}
    for code, value in answers.items():
        if value not in {choice.value for choice in house.catalogue.questions[code].choices}:
            raise Incomplete(code)
    await review.add_need(house, officer, number, need, answers)


async def _reject(house: House, officer: OfficerView, number: str, values: Values) -> None:
    await closing.reject_ticket(house, officer, number, values.get("reason", ""))


async def _withdraw(house: House, officer: OfficerView, number: str, values: Values) -> None:
    await closing.withdraw_ticket(house, officer, number, values.get("reason", ""))


async def _merge(house: House, officer: OfficerView, number: str, values: Values) -> None:
    await closing.merge_ticket(house, officer, number, values.get("into", ""))


async def _reopen(house: House, officer: OfficerView, number: str, _values: Values) -> None:
    await closing.reopen_ticket(house, officer, number)


_NUMBER = r"{number:[A-Za-z0-9-]{1,40}}"
ROUTES = (
    web.get(f"/tiket/{_NUMBER}", for_officers(ticket)),
    web.post(rf"/tiket/{_NUMBER}/rujukan/{{referral_id:\d{{1,15}}}}", for_officers(referral_step)),
    web.post(rf"/tiket/{_NUMBER}/rujukan/{{referral_id:\d{{1,15}}}}/tujuan", for_officers(choose_unit)),
    web.post(rf"/tiket/{_NUMBER}/rujukan/{{referral_id:\d{{1,15}}}}/jawab", for_officers(answer_agency)),
    web.post(f"/tiket/{_NUMBER}/rekomendasi", for_officers(_ticket_form("recommend", _recommend))),
    web.post(f"/tiket/{_NUMBER}/kembalikan", for_officers(_ticket_form("send_back", _send_back))),
    web.post(f"/tiket/{_NUMBER}/sudah-dihubungi", for_officers(_ticket_form("contacted", _contacted))),
    web.post(f"/tiket/{_NUMBER}/minta-kunjungan", for_officers(_ticket_form("ask_visit", _ask_visit))),
    web.post(f"/tiket/{_NUMBER}/kunjungan", for_officers(_ticket_form("record_visit", _record_visit))),
    web.post(f"/tiket/{_NUMBER}/pesan", for_officers(_ticket_form("write", _write))),
    web.post(f"/tiket/{_NUMBER}/dibaca", for_officers(_ticket_form("mark_seen", _mark_seen))),
    web.post(rf"/tiket/{_NUMBER}/pesan/{{inquiry_id:\d{{1,15}}}}/tarik", for_officers(withdraw)),
    web.post(f"/tiket/{_NUMBER}/tidak-dilanjutkan", for_officers(_ticket_form("reject_ticket", _reject))),
    web.post(f"/tiket/{_NUMBER}/hentikan", for_officers(_ticket_form("withdraw_ticket", _withdraw))),
    web.post(f"/tiket/{_NUMBER}/gabung", for_officers(_ticket_form("merge", _merge))),
    web.post(f"/tiket/{_NUMBER}/buka-lagi", for_officers(_ticket_form("reopen_ticket", _reopen))),
    web.post(f"/tiket/{_NUMBER}/kebutuhan", for_officers(_ticket_form("add_need", _add_need))),
)
