"""What an agency's own software may read and do: the referrals of its token's unit, by the answer page's own steps.

Of restricted cases it learns that they wait, and where they are read behind log-in; nothing else.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from actions.agency_talk import FILE, REPLY, TALK
from actions.answers import AGENCY, Answer, referral_view, take_answer
from actions.api_tokens import ANSWER, READ, Client
from actions.dispatch import answer_link
from actions.errors import BehindLogIn, CalledBack, Changed, KeyReused, NotFound, ScopeMissing
from actions.events import EventKind, note_look
from actions.files import Upload
from actions.house import House
from actions.scope import PUSKESOS_ROLES
from actions.steps import Said, lock_referral
from actions.views import AnswerView
from referral.lifecycle import OPEN
from storage.models import ApiAnswer, Event, Referral, ReferralFile, Ticket

Json = dict[str, Any]
# what happened to a referral that its agency may know
HISTORY: tuple[EventKind | str, ...] = (
    *("approved", "sent", "received", "accepted", "started", "returned", "rejected", "revoked", "finished"),
    *("confirmed", "not_helped", "unconfirmed", "reopened", "reminded"),
    *(*TALK.values(), REPLY, FILE),
)
_SAID_BY_BOTH = frozenset({*TALK.values(), REPLY})


@dataclass(frozen=True)
class Wanted:
    """Which referrals: in one of these `states` (none: any), changed since, after this id, at most so many."""

    states: Collection[str] = ()
    changed_since: datetime | None = None
    after: int = 0
    limit: int = 50


@dataclass(frozen=True)
class ListedReferral:
    """A line of the list: what a webhook says, and when it changed last."""

    id: int
    number: str
    need: str
    need_name: str
    state: str
    urgent: bool
    region_code: str | None
    region_name: str | None
    created_at: datetime
    changed_at: datetime
    due_at: datetime | None


@dataclass(frozen=True)
class Listed:
    """A page of the list; `next_after` leads on, `as_of` is what to ask for as changed_since next time."""

    items: tuple[ListedReferral, ...]
    next_after: int | None
    as_of: datetime


@dataclass(frozen=True)
class HistoryLine:
    """Something that happened. `by` is agency, puskesos, resident or system; `text` what agency or Puskesos wrote."""

    id: int
    at: datetime
    kind: str
    by: str
    text: str | None
    file_name: str | None = None
    media_type: str | None = None
    size: int | None = None


@dataclass(frozen=True)
class Once:
    """A request that is done once: its key and what it said; `shape` makes the answer that is kept with the key."""

    key: str
    request: bytes
    shape: Callable[[AnswerView], Json]
    version: str | None = None  # the referral must still be this


@dataclass(frozen=True)
class Done:
    """The answer to a request; `again` when it was given before."""

    body: Json
    again: bool


def version_of(body: Json) -> str:
    """The version of a referral as it is shown: another when anything in it is."""
    told = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(told.encode()).hexdigest()[:32]


async def list_referrals(house: House, client: Client, wanted: Wanted) -> Listed:
    """The unit's referrals in the order in which they were made. Raises ScopeMissing."""
    _need(client, READ)
    changed = select(func.max(Event.at)).where(Event.referral_id == Referral.id).scalar_subquery()
    query = (
        select(Referral, Ticket.number, Ticket.region_code, changed)
        .join(Ticket, Ticket.id == Referral.ticket_id)
        .where(Referral.unit == client.unit, Referral.restricted.is_(False), _was_sent(), Referral.id > wanted.after)
        .order_by(Referral.id)
        .limit(wanted.limit + 1)
    )
    if wanted.states:
        query = query.where(Referral.state.in_(wanted.states))
    if wanted.changed_since is not None:
        lately = select(Event.referral_id).where(Event.at >= wanted.changed_since, Event.referral_id.is_not(None))
        query = query.where(Referral.id.in_(lately))
    as_of = house.clock() - house.limits.api.overlap
    async with house.database.transaction() as session:
        rows = (await session.execute(query)).all()
    items = tuple(_listed(house, *row) for row in rows[: wanted.limit])
    return Listed(items, items[-1].id if len(rows) > wanted.limit else None, as_of)


def _was_sent() -> ColumnElement[bool]:
    """Referrals that left for their unit: what a coordinator turned down before is not the agency's to know."""
    approvals = select(Event.id).where(Event.referral_id == Referral.id, Event.kind == "approved")
    # a limit keeps it a look-up by row: without one all approvals there ever were are read first
    approved = approvals.limit(1).scalar_subquery().is_not(None)
    return or_(Referral.state.not_in(("drafted", "rejected", "revoked")), (Referral.state != "drafted") & approved)


def _listed(house: House, referral: Referral, number: str, region: str | None, changed: datetime) -> ListedReferral:
    place = house.gazetteer.get(region) if region else None
    return ListedReferral(
        id=referral.id,
        number=number,
        need=referral.need,
        need_name=house.catalogue.needs[referral.need].name,
        state=referral.state,
        urgent=referral.urgent,
        region_code=region,
        region_name=f"{place.name}, {place.kecamatan}" if place else None,
        created_at=referral.created_at,
        changed_at=changed or referral.created_at,
        due_at=referral.due_at,
    )


async def waiting_cases(house: House, client: Client) -> list[str]:
    """Links to the unit's restricted cases that wait, each behind log-in. Raises ScopeMissing."""
    _need(client, READ)
    query = select(Referral).where(
        Referral.unit == client.unit, Referral.restricted.is_(True), Referral.state.in_(OPEN)
    )
    async with house.database.transaction() as session:
        return [answer_link(house, referral) for referral in await session.scalars(query.order_by(Referral.id))]


async def read_referral(house: House, client: Client, referral_id: int) -> AnswerView:
    """One referral, as the answer page shows it. Raises ScopeMissing, NotFound, BehindLogIn or CalledBack."""
    _need(client, READ)
    async with house.database.transaction() as session:
        ticket, referral = await _own(session, house, client, referral_id)
        note_look(session, AGENCY, "referral.read", f"agency API, token {client.token_id}", ticket_id=ticket.id)
        return await referral_view(session, house, ticket, referral, AGENCY.role)


async def history(
    house: House, client: Client, referral_id: int, after: int, limit: int
) -> tuple[Sequence[HistoryLine], int | None]:
    """What happened to a referral, oldest first, and the id that leads on. Raises as `read_referral`."""
    _need(client, READ)
    query = (
        select(Event)
        .where(Event.referral_id == referral_id, Event.kind.in_(HISTORY), Event.id > after)
        .order_by(Event.id)
        .limit(limit + 1)
    )
    files = select(ReferralFile).where(ReferralFile.referral_id == referral_id)
    async with house.database.transaction() as session:
        await _own(session, house, client, referral_id)
        rows = (await session.scalars(query)).all()
        known = {row.id: row for row in await session.scalars(files)}
    lines = [_line(row, known.get(row.data.get("file", 0))) for row in rows[:limit]]
    return lines, lines[-1].id if len(rows) > limit else None


def _line(event: Event, file: ReferralFile | None) -> HistoryLine:
    by = "puskesos" if event.actor in PUSKESOS_ROLES else event.actor
    return HistoryLine(
        id=event.id,
        at=event.at,
        kind=event.kind,
        by=by if by in ("agency", "puskesos", "resident") else "system",
        text=event.note if event.actor == AGENCY.role or event.kind in _SAID_BY_BOTH else None,
        file_name=(file.file_name or f"berkas-{file.id}") if file else None,
        media_type=file.media_type if file else None,
        size=file.size if file else None,
    )


async def take(
    house: House, client: Client, referral_id: int, once: Once, *, step: str, said: Said | None = None
) -> Done:
    """Take a step, ask or tell something. Raises as `read_referral`, and NotNow, Incomplete, KeyReused or Changed."""
    return await _do(house, client, referral_id, once, Answer(step, said or Said(), AGENCY))


async def send_file(house: House, client: Client, referral_id: int, once: Once, file: Upload) -> Done:
    """Attach a file. Raises as `take`."""
    return await _do(house, client, referral_id, once, Answer(None, Said(), AGENCY, (file,)))


async def _do(house: House, client: Client, referral_id: int, once: Once, answer: Answer) -> Done:
    _need(client, ANSWER)
    async with house.database.transaction() as session:
        if await session.scalar(select(Referral.unit).where(Referral.id == referral_id)) != client.unit:
            raise NotFound
        before = await _claim(session, house, client, referral_id, once)
        if before is not None:
            return Done(before, again=True)
        ticket, referral = await _own(session, house, client, referral_id)
        if once.version is not None:
            seen = once.shape(await referral_view(session, house, ticket, referral, AGENCY.role))
            if version_of(seen) != once.version:
                raise Changed
        await take_answer(session, house, ticket, referral, answer)
        body = once.shape(await referral_view(session, house, ticket, referral, AGENCY.role))
        kept = await session.get_one(ApiAnswer, (client.token_id, once.key))
        kept.body = body
        return Done(body, again=False)


async def _claim(session: AsyncSession, house: House, client: Client, referral_id: int, once: Once) -> Json | None:
    """The answer that the key got before, or None: then it is ours, and whoever comes with it now waits for us."""
    now = house.clock()
    own = (ApiAnswer.token_id == client.token_id, ApiAnswer.key == once.key)
    await session.execute(delete(ApiAnswer).where(*own, ApiAnswer.at < now - house.limits.api.answer))
    request_hash = hashlib.sha256(once.request).digest()
    values = {
        "token_id": client.token_id,
        "key": once.key,
        "at": now,
        "request_hash": request_hash,
        "referral_id": referral_id,
    }
    fresh = insert(ApiAnswer).values(values).on_conflict_do_nothing().returning(ApiAnswer.key)
    if await session.scalar(fresh) is not None:
        return None
    known = (await session.scalars(select(ApiAnswer).where(*own))).one()
    if known.request_hash != request_hash:
        raise KeyReused
    if known.body is None:
        raise NotFound  # it was erased meanwhile
    body: Json = known.body
    return body


async def _own(session: AsyncSession, house: House, client: Client, referral_id: int) -> tuple[Ticket, Referral]:
    ticket, referral = await lock_referral(session, referral_id)
    if referral.unit != client.unit:
        raise NotFound
    if referral.restricted:
        raise BehindLogIn(answer_link(house, referral)) if referral.state in OPEN else NotFound
    if await session.scalar(select(Referral.id).where(Referral.id == referral_id, _was_sent())) is None:
        raise NotFound
    if referral.state == "revoked":
        raise CalledBack
    return ticket, referral


def _need(client: Client, scope: str) -> None:
    if scope not in client.scopes:
        raise ScopeMissing(scope)
