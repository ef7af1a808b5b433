"""Putting an approved referral on its way: by all channels of the receiving unit, or one after the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import func, select, union_all, update
from sqlalchemy.ext.asyncio import AsyncSession

from actions.group_posts import TELEGRAM, lane_of, new_post, posted_to_chat, told_post
from actions.groups import hears_in_telegram
from actions.house import House
from referral.calendar import lateness
from referral.catalogue.replies import load_replies
from referral.contacts import Plan
from referral.links import sign_answer
from referral.queue import NewDelivery, enqueue
from referral.reply_tokens import sign_reply
from storage.keys import keys
from storage.models import Delivery, DeliveryArchive, Letter, Referral, Ticket
from templates import render

LETTER, CONSOLE = "letter", "console"
NEXT = "job.next"
# kinds that are no agency's post have lanes of their own
_LANES = {LETTER: "job:letters", CONSOLE: "job:console"}


def answer_link(house: House, referral: Referral) -> str:
    """Where the agency answers: a signed page, or for a restricted case a page behind log-in."""
    if referral.restricted:
        return f"{house.public_url}/kasus/{referral.id}"
    return f"{house.public_url}/j/{sign_answer(referral.id, referral.link_serial, keys().signing)}"


def parcel_key(referral: Referral) -> str:
    """How the keys of a referral's present deliveries begin; reopening begins a new series."""
    return f"referral-{referral.id}-{referral.link_serial}-"


async def plan_of(session: AsyncSession, house: House, referral: Referral) -> Plan:
    """How the unit is reached: in the chat that it linked, then as its contacts say; without any channel on paper.

    A chat that was lost stays in the plan of what was sent there, so that the next channel follows it.
    """
    plan = house.contacts.plan(referral.unit)
    if await hears_in_telegram(session, referral.unit) or await posted_to_chat(session, referral):
        in_turn = plan.in_turn or not plan.kinds
        return Plan((TELEGRAM, *(plan.kinds or (LETTER,))), in_turn, plan.after_hours)
    return plan if plan.kinds else Plan((LETTER,))


async def dispatch(session: AsyncSession, house: House, ticket: Ticket, referral: Referral) -> None:
    """Queue the referral for its unit: by all of the unit's channels, or by the first of those used in turn."""
    plan = await plan_of(session, house, referral)
    for kind in plan.kinds[:1] if plan.in_turn else plan.kinds:
        await send_by(session, house, ticket, referral, kind, plan)


async def send_by(
    session: AsyncSession, house: House, ticket: Ticket, referral: Referral, kind: str, plan: Plan
) -> None:
    """Queue the referral for one channel of its plan; where another can follow, look after it in time."""
    make: dict[str, Callable[[], dict[str, Any]]] = {
        "email": lambda: _mail(house, ticket, referral, "referral"),
        LETTER: dict,
        CONSOLE: lambda: {"unit": referral.unit},
    }
    if kind == TELEGRAM:
        payload = await new_post(session, referral)
    else:
        payload = make.get(kind, lambda: _webhook(house, ticket, referral))()
    await _enqueue(session, house, referral, kind, f"{parcel_key(referral)}{kind}", payload)
    if not plan.in_turn or kind == plan.kinds[-1]:
        return
    patience = house.limits.channels.patience(urgent=referral.urgent, own=plan.after_hours)
    await enqueue(
        session,
        NewDelivery(
            lane=NEXT.replace(".", ":"),
            ordered=False,
            kind=NEXT,
            key=f"{parcel_key(referral)}{kind}-next",
            payload={"referral": referral.id, "series": parcel_key(referral), "kind": kind},
            due_at=house.clock() + patience,
        ),
    )


async def travelled(session: AsyncSession, referral: Referral, plan: Plan) -> dict[str, str]:
    """How each channel that the present series has used stands, in the order in which they were begun."""
    keys = [f"{parcel_key(referral)}{kind}" for kind in plan.kinds]
    both = union_all(
        *(select(table.id, table.kind, table.state).where(table.key.in_(keys)) for table in (Delivery, DeliveryArchive))
    ).order_by("id")
    return {kind: state for _, kind, state in await session.execute(both)}


async def _told_by(session: AsyncSession, house: House, referral: Referral) -> list[str]:
    """The channels by which a unit hears of what follows: of those used in turn the ones that work."""
    plan = await plan_of(session, house, referral)
    kinds = list(plan.kinds)
    if plan.in_turn:
        used = await travelled(session, referral, plan)
        kinds = [kind for kind, state in used.items() if state == "done"] or list(used)
    lost = TELEGRAM in kinds and not await hears_in_telegram(session, referral.unit)
    return [kind for kind in kinds if kind != TELEGRAM or not lost]


def _lane(house: House, referral: Referral, kind: str) -> str:
    """An agency's lane. Of channels used in turn each has its own: one that fails must not let the next one rest."""
    if kind == TELEGRAM:
        return lane_of(referral.unit)
    plan = house.contacts.plan(referral.unit)
    apart = plan.in_turn and kind != plan.kinds[0]
    return _LANES.get(kind, f"agency:{referral.unit}:{kind}" if apart else f"agency:{referral.unit}")


async def _enqueue(
    session: AsyncSession, house: House, referral: Referral, kind: str, key: str, payload: dict[str, Any]
) -> None:
    await enqueue(
        session,
        NewDelivery(
            lane=_lane(house, referral, kind),
            ordered=False,
            kind=kind,
            key=key,
            payload=payload,
            urgent=referral.urgent,
            referral_id=referral.id,
        ),
    )


async def call_back(session: AsyncSession, referral: Referral) -> None:
    """What was on its way to the unit and has not arrived stays here; letters on paper no longer hold."""
    await session.execute(
        update(Letter)
        .where(Letter.referral_id == referral.id, Letter.revoked_at.is_(None))
        .values(revoked_at=func.now())
        .execution_options(synchronize_session=False)
    )
    await session.execute(
        update(Delivery)
        .where(Delivery.referral_id == referral.id, Delivery.state.in_(("waiting", "held")))
        .values(state="dropped", last_error="called back", leased_by=None, leased_until=None)
        .execution_options(synchronize_session=False)
    )


async def reached_unit(session: AsyncSession, referral: Referral, was: str) -> bool:
    """Whether the unit may know of the referral, which stood at `was`: a mail can have left without our note of it."""
    if was != "approved":
        return True
    tried = select(Delivery.id).where(Delivery.referral_id == referral.id, Delivery.attempts > 0).limit(1)
    return await session.scalar(tried) is not None


async def tell_unit(
    session: AsyncSession, house: House, ticket: Ticket, referral: Referral, text: str, *, key: str | None = None
) -> None:
    """Let the unit know of a change or a deadline (`text` names the mail); of a restricted case only that there is one.

    The same `key` (else: the same text) tells it once, until the referral is sent out again.
    """
    if text in _FOR_SYSTEMS:
        await _tell_systems(session, house, ticket, referral, text, key or text)
        return
    for kind in await _told_by(session, house, referral):
        if kind in _LANES:
            continue  # nobody writes after a letter, nor beside the list: they show how the referral stands
        if kind == TELEGRAM:
            payload = await told_post(session, referral, text)
        elif kind == "email":
            payload = _mail(house, ticket, referral, text)
        else:
            payload = {"unit": referral.unit, "body": _told(house, ticket, referral, text)}
        await _enqueue(session, house, referral, kind, f"{parcel_key(referral)}{key or text}-{kind}", payload)


async def _tell_systems(
    session: AsyncSession, house: House, ticket: Ticket, referral: Referral, text: str, key: str
) -> None:
    """News for an agency's software alone. That it arrived says nothing of the referral: its key tells it apart."""
    if all(channel.kind != "webhook" for channel in house.contacts.channels(referral.unit)):
        return
    payload = {"unit": referral.unit, "body": _told(house, ticket, referral, text)}
    name = f"news-{referral.id}-{referral.link_serial}-{key}-webhook"
    await _enqueue(session, house, referral, "webhook", name, payload)


def _told(house: House, ticket: Ticket, referral: Referral, text: str) -> dict[str, Any]:
    if referral.restricted and text in _ENDING | _FOR_SYSTEMS:
        return {"type": "case.changed", "data": {"link": _own_list(house)}}
    if referral.restricted:
        return {"type": "case.waiting", "data": {"link": answer_link(house, referral)}}
    data: dict[str, Any] = {"referral": referral.id, "ticket": ticket.number}
    if text not in _ENDING | _FOR_SYSTEMS:
        data["due_at"] = referral.due_at.isoformat() if referral.due_at else None
        data["link"] = answer_link(house, referral)
    return {"type": f"referral.{text}", "data": data}


def _own_list(house: House) -> str:
    """The unit's list behind log-in: a case that was called back has no page any more."""
    return f"{house.public_url}/rujukan"


# after these the unit has nothing more to do
_ENDING = frozenset({"called_back"})
# of these no mail is written: people read them on the referral's page, software keeps its own copy
_FOR_SYSTEMS = frozenset({"confirmed", "not_helped", "unconfirmed", "resident_answered"})


def _mail(house: House, ticket: Ticket, referral: Referral, text: str) -> dict[str, Any]:
    values = _values(house, ticket, referral)
    name = text
    if referral.restricted:
        name = "case_changed" if text in _ENDING else "case_waiting"
        values = {"link": _own_list(house)} if text in _ENDING else values
    by_mail = house.answers_by_mail and text not in _ENDING
    values |= {"words": load_replies().shown() if by_mail else {}, "outcomes": load_replies().shown_outcomes()}
    return {
        "unit": referral.unit,
        "thread": f"referral-{referral.id}",
        "mark": mail_mark(house, referral),
        "subject": render(f"email/{name}_subject.txt", **values),
        "text": render(f"email/{name}.txt", **values),
        "html": render(f"email/{name}.html", **values),
    }


def mail_mark(house: House, referral: Referral) -> str:
    """What a mail about a referral bears, so that an answer finds it."""
    return sign_reply(referral.id, referral.link_serial, house.clock(), keys().signing)


def _webhook(house: House, ticket: Ticket, referral: Referral) -> dict[str, Any]:
    link = answer_link(house, referral)
    if referral.restricted:
        return {"unit": referral.unit, "body": {"type": "case.waiting", "data": {"link": link}}}
    data = {
        "referral": referral.id,
        "ticket": ticket.number,
        "need": referral.need,
        "urgent": referral.urgent,
        "region": ticket.region_code,
        "due_at": referral.due_at.isoformat() if referral.due_at else None,
        "link": link,
    }
    return {"unit": referral.unit, "body": {"type": "referral.sent", "data": data}}


def _values(house: House, ticket: Ticket, referral: Referral) -> dict[str, Any]:
    link = answer_link(house, referral)
    if referral.restricted:
        return {"link": link}
    place = house.gazetteer.get(ticket.region_code) if ticket.region_code else None
    return {
        "link": link,
        "number": ticket.number,
        "need": house.catalogue.needs[referral.need].name,
        "agency": house.catalogue.agencies[referral.agency].name,
        "place": f"{place.name}, {place.kecamatan}" if place else None,
        "urgent": referral.urgent,
        "due_at": referral.due_at,
        "late": lateness(referral.due_at, house.clock()) if referral.due_at else None,
    }
