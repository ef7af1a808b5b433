"""The API's operations. Each row is served as it stands and described as it stands (`console.api.document`)."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Any

from aiohttp import web

from actions import agency_api
from actions.agency_api import Done, HistoryLine, ListedReferral, Wanted
from actions.api_tokens import ANSWER, READ
from actions.steps import Said
from actions.views import AnswerView
from console.api import models
from console.api.calls import FILE, Call, Operation, serving, with_version
from console.api.document import document
from console.api.models import as_json
from console.parts import HOUSE

PREFIX = "/api/v1"
_REFERRAL = "/referrals/{referral_id}"
_FIRST, _LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


async def me(call: Call) -> models.Me:
    """Who the token is, and what it may do."""
    catalogue, limits = call.house.catalogue, call.house.limits.api
    unit = catalogue.units[call.client.unit]
    return models.Me(
        token=call.client.name,
        unit=unit.code,
        unit_name=unit.name,
        agency_name=catalogue.agencies[unit.agency].name,
        scopes=list(call.client.scopes),
        limits=models.Limits(
            requests_per_minute=limits.per_minute, burst=limits.burst, largest_file_bytes=limits.largest_file
        ),
    )


async def list_referrals(call: Call) -> models.ReferralPage:
    """The unit's referrals."""
    query: models.ReferralQuery = call.query
    since = min(max(query.changed_since, _FIRST), _LAST) if query.changed_since else None
    wanted = Wanted(tuple(query.state), since, query.cursor, query.limit)
    found = await agency_api.list_referrals(call.house, call.client, wanted)
    return models.ReferralPage(
        items=[_item(each) for each in found.items], next_cursor=found.next_after, as_of=found.as_of
    )


def _item(each: ListedReferral) -> models.ReferralItem:
    return models.ReferralItem(
        id=each.id,
        ticket=each.number,
        need=each.need,
        need_name=each.need_name,
        state=each.state,
        urgent=each.urgent,
        region=each.region_code,
        region_name=each.region_name,
        created_at=each.created_at,
        changed_at=each.changed_at,
        due_at=each.due_at,
    )


async def list_cases(call: Call) -> models.CaseList:
    """The unit's restricted cases that wait: where they are read, and nothing else."""
    links = await agency_api.waiting_cases(call.house, call.client)
    return models.CaseList(items=[models.Case(link=link) for link in links])


async def read_referral(call: Call) -> web.Response:
    """One referral."""
    view = await agency_api.read_referral(call.house, call.client, call.referral_id)
    return with_version(call.request, as_json(_shape(call)(view)))


async def take_step(call: Call) -> web.Response:
    """Take a step on a referral."""
    given: Any = call.body.root
    said = Said(*(getattr(given, name, None) for name in ("reason", "outcome", "note")))
    once = call.once(_shape(call))
    done = await agency_api.take(call.house, call.client, call.referral_id, once, step=given.step, said=said)
    return _done(call, done)


async def send_file(call: Call) -> web.Response:
    """Attach a file to a referral."""
    once = call.once(_shape(call))
    return _done(call, await agency_api.send_file(call.house, call.client, call.referral_id, once, call.body))


def _done(call: Call, done: Done) -> web.Response:
    return with_version(call.request, done.body, again=done.again)


async def list_events(call: Call) -> models.HistoryPage:
    """What happened to a referral."""
    query: models.Paging = call.query
    lines, onward = await agency_api.history(call.house, call.client, call.referral_id, query.cursor, query.limit)
    return models.HistoryPage(items=[_line(line) for line in lines], next_cursor=onward)


def _line(line: HistoryLine) -> models.HistoryItem:
    file = None
    if line.file_name is not None and line.media_type is not None and line.size is not None:
        file = models.File(name=line.file_name, media_type=line.media_type, size=line.size)
    return models.HistoryItem(id=line.id, at=line.at, kind=line.kind, by=line.by, text=line.text, file=file)


def _shape(call: Call) -> Any:
    questions = call.house.catalogue.questions

    def answered(code: str, value: str) -> models.Answered:
        question = questions.get(code)
        name = (question.name or question.ask) if question else code
        return models.Answered(question=code, name=name, value=value, text=question.shown(value) if question else value)

    def shape(view: AnswerView) -> models.Referral:
        return models.Referral(
            id=view.referral_id,
            ticket=view.number,
            agency_name=view.agency_name,
            need=view.need,
            need_name=view.need_name,
            state=view.state,
            urgent=view.urgent,
            created_at=view.created_at,
            due=_due(view),
            complaint=view.complaint,
            reporter_name=view.reporter_name,
            region_name=view.region_name,
            rt_rw=view.rt_rw,
            answers=[answered(code, value) for code, value in view.answers.items()],
            papers=list(view.papers),
            contact=models.Contact(**vars(view.contact)) if view.contact else None,
            reason=view.reason if view.state in ("returned", "rejected") else None,
            outcome=view.outcome,
            note=view.outcome_note,
            not_helped=view.not_helped,
            steps=[step for step in models.STEPS if step in view.steps],
        )

    return shape


def _due(view: AnswerView) -> models.Due | None:
    if view.due is None or view.due.kind not in ("follow_up", "finish"):
        return None
    return models.Due(kind=view.due.kind, at=view.due.at, paused=view.due.paused)


_SEEN = (403, 404, 410)
_CHANGE = (400, 403, 404, 409, 410, 412, 413, 415, 422)
OPERATIONS = (
    Operation("me", "GET", "/me", me, models.Me, problems=(422,)),
    Operation(
        "listReferrals",
        "GET",
        "/referrals",
        list_referrals,
        models.ReferralPage,
        READ,
        models.ReferralQuery,
        problems=(403, 422),
    ),
    Operation("listCases", "GET", "/cases", list_cases, models.CaseList, READ, problems=(403, 422)),
    Operation("readReferral", "GET", _REFERRAL, read_referral, models.Referral, READ, problems=(*_SEEN, 422)),
    Operation(
        "listEvents",
        "GET",
        f"{_REFERRAL}/events",
        list_events,
        models.HistoryPage,
        READ,
        models.Paging,
        problems=(*_SEEN, 422),
    ),
    Operation(
        "takeStep", "POST", f"{_REFERRAL}/steps", take_step, models.Referral, ANSWER, body=models.Step, problems=_CHANGE
    ),
    Operation(
        "sendFile", "POST", f"{_REFERRAL}/files", send_file, models.Referral, ANSWER, body=FILE, problems=_CHANGE
    ),
)


async def openapi(request: web.Request) -> web.StreamResponse:
    """`/api/v1/openapi.json`: what the API takes and gives; open to anyone."""
    return web.json_response(_document(request.app[HOUSE].public_url))


@cache
def _document(public_url: str) -> dict[str, Any]:
    return document(OPERATIONS, f"{public_url}{PREFIX}")


def _route(operation: Operation) -> web.RouteDef:
    path = PREFIX + operation.path.replace("{referral_id}", r"{referral_id:[1-9]\d{0,14}}")
    if operation.method == "GET":
        return web.get(path, serving(operation), allow_head=False)
    return web.post(path, serving(operation))


ROUTES = (web.get(f"{PREFIX}/openapi.json", openapi), *map(_route, OPERATIONS))
