"""The agency's answer: behind a signed link without an account, or behind log-in for a restricted case."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from actions import answers
from actions.agency_talk import TALK
from actions.errors import Incomplete, LinkExpired, LinkInvalid, NotNow
from actions.files import Upload
from actions.steps import Said
from actions.views import AnswerView, SignedIn
from console.errors import TooLong, WrongKind
from console.forms import (
    NOTHING_TYPED,
    Typed,
    check_lengths,
    read_form,
    read_uploads,
    said_in,
    typed_again,
    with_room,
)
from console.parts import HOUSE, page, redirect
from console.session import check_token, for_officers

STEPS = ("accept", "start", "return", "reject", "finish")
# after these the case is no longer on the officer's desk
_ENDING = ("return", "reject")


async def link_page(request: web.Request) -> web.StreamResponse:
    """`/j/{token}`: what the agency is asked. Looking changes nothing: previews and mail scanners open links."""
    token = request.match_info["token"]
    try:
        view = await answers.answer_view(request.app[HOUSE], token)
    except (LinkInvalid, LinkExpired) as problem:
        return _link_over(request, problem)
    return _show(request, view, token=token)


async def link_answer(request: web.Request) -> web.StreamResponse:
    """Take the agency's answer. The link's token stands in the form too: whoever has it was on our page."""
    token = request.match_info["token"]
    values = await read_form(request)
    check_token(values.get("token", ""), token)
    house = request.app[HOUSE]

    async def act(step: str, said: Said, files: list[Upload]) -> None:
        await answers.answer(house, token, step, said, files)

    try:
        typed = await _attempt(request, values, act)
        if typed is None:
            return redirect(f"/j/{token}?kabar={values['step']}")
        view = await answers.answer_view(house, token)
    except (LinkInvalid, LinkExpired) as problem:
        return _link_over(request, problem)
    return _show(request, view, token=token, typed=typed)


async def case_page(request: web.Request, signed: SignedIn) -> web.StreamResponse:
    """`/kasus/{id}`: a referral behind log-in."""
    view = await answers.agency_view(request.app[HOUSE], signed.officer, int(request.match_info["referral_id"]))
    return _show(request, view)


async def case_answer(request: web.Request, signed: SignedIn) -> web.StreamResponse:
    """Take the answer of the unit's logged-in officer."""
    house, referral_id = request.app[HOUSE], int(request.match_info["referral_id"])
    values = await read_form(request)

    async def act(step: str, said: Said, files: list[Upload]) -> None:
        await answers.agency_answer(house, signed.officer, referral_id, step, said, files)

    typed = await _attempt(request, values, act)
    if typed is None:
        step = values["step"]
        home = "/rujukan" if signed.officer.role == "agency" else "/kerja"
        return redirect(f"{home if step in _ENDING else f'/kasus/{referral_id}'}?kabar={step}")
    return _show(request, await answers.agency_view(house, signed.officer, referral_id), typed=typed)


async def _attempt(
    request: web.Request, values: dict[str, str], act: Callable[[str, Said, list[Upload]], Awaitable[None]]
) -> Typed | None:
    """Take the step, or say what is in the way and keep what was typed."""
    step = values.get("step", "")
    try:
        check_lengths(values)
        if step not in STEPS and step not in TALK:
            raise NotNow
        await act(step, said_in(values), await read_uploads(request) if step in TALK else [])
    except (Incomplete, TooLong, NotNow, WrongKind) as problem:
        return typed_again(step, values, problem)
    return None


def _show(
    request: web.Request, view: AnswerView, *, token: str | None = None, typed: Typed = NOTHING_TYPED
) -> web.Response:
    status = {"": 200, "not_now": 409}.get(typed.code, 422)
    questions = request.app[HOUSE].catalogue.questions
    return page(
        request, "answer.html", status=status, case=view, token=token, typed=typed, questions=questions, steps=STEPS
    )


def _link_over(request: web.Request, problem: LinkInvalid | LinkExpired) -> web.Response:
    status = 410 if isinstance(problem, LinkExpired) else 404
    return page(request, "link_over.html", status=status, code=problem.code)


ROUTES = (
    web.get("/j/{token}", link_page),
    web.post("/j/{token}", with_room(link_answer)),
    web.get(r"/kasus/{referral_id:\d{1,15}}", for_officers(case_page)),
    web.post(r"/kasus/{referral_id:\d{1,15}}", with_room(for_officers(case_answer))),
)
