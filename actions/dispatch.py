"""Putting an approved referral on its way: one delivery for each channel of the receiving unit."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from actions.group_posts import TELEGRAM, lane_of, new_post, told_post
from actions.groups import hears_in_telegram
from actions.house import House
from referral.calendar import lateness
from referral.links import sign_answer
from referral.queue import NewDelivery, enqueue
from storage.keys import keys
from storage.models import Delivery, Letter, Referral, Ticket
from templates import render

LETTER = "letter"


def answer_link(house: House, referral: Referral) -> str:
    """Where the agency answers: a signed page, or for a restricted case a page behind log-in."""
    if referral.restricted:
        return f"{house.public_url}/kasus/{referral.id}"
    return f"{house.public_url}/j/{sign_answer(referral.id, referral.link_serial, keys().signing)}"


def parcel_key(referral: Referral) -> str:
    """How the keys of a referral's present deliveries begin; reopening begins a new series."""
    return f"referral-{referral.id}-{referral.link_serial}-"


async def _channels(session: AsyncSession, house: House, referral: Referral) -> list[str]:
    """How the unit is reached: in the chat that it linked, and as its contacts say; without any of these on paper."""
    chat = [TELEGRAM] if await hears_in_telegram(session, referral.unit) else []
    return [*chat, *(channel.kind for channel in house.contacts.channels(referral.unit))] or [LETTER]


async def dispatch(session: AsyncSession, house: House, ticket: Ticket, referral: Referral) -> None:
    """Queue the referral for its unit, once for each of the unit's channels."""
    make = {"email": lambda: _mail(house, ticket, referral, "referral"), LETTER: dict}
    for kind in await _channels(session, house, referral):
        if kind == TELEGRAM:
            payload = await new_post(session, referral)
        else:
            payload = make.get(kind, lambda: _webhook(house, ticket, referral))()
        await _enqueue(session, referral, kind, f"{parcel_key(referral)}{kind}", payload)


async def _enqueue(session: AsyncSession, referral: Referral, kind: str, key: str, payload: dict[str, Any]) -> None:
    await enqueue(
        session,
        NewDelivery(
            lane={LETTER: "job:letters", TELEGRAM: lane_of(referral.unit)}.get(kind, f"agency:{referral.unit}"),
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
    for kind in await _channels(session, house, referral):
        if kind == LETTER:
            continue  # nobody writes after a letter: its code shows how the referral stands
        if kind == TELEGRAM:
            payload = await told_post(session, referral, text)
        elif kind == "email":
            payload = _mail(house, ticket, referral, text)
        else:
            payload = {"unit": referral.unit, "body": _told(house, ticket, referral, text)}
        await _enqueue(session, referral, kind, f"{parcel_key(referral)}{key or text}-{kind}", payload)


def _told(house: House, ticket: Ticket, referral: Referral, text: str) -> dict[str, Any]:
    if referral.restricted and text in _ENDING:
        return {"type": "case.changed", "data": {"link": _own_list(house)}}
    if referral.restricted:
        return {"type": "case.waiting", "data": {"link": answer_link(house, referral)}}
    data: dict[str, Any] = {"referral": referral.id, "ticket": ticket.number}
    if text not in _ENDING:
        data["due_at"] = referral.due_at.isoformat() if referral.due_at else None
        data["link"] = answer_link(house, referral)
    return {"type": f"referral.{text}", "data": data}


def _own_list(house: House) -> str:
    """The unit's list behind log-in: a case that was called back has no page any more."""
    return f"{house.public_url}/rujukan"


# after these the unit has nothing more to do
_ENDING = ("called_back",)


def _mail(house: House, ticket: Ticket, referral: Referral, text: str) -> dict[str, Any]:
    values = _values(house, ticket, referral)
    name = text
    if referral.restricted:
        name = "case_changed" if text in _ENDING else "case_waiting"
        values = {"link": _own_list(house)} if text in _ENDING else values
    return {
        "unit": referral.unit,
        "thread": f"referral-{referral.id}",
        "subject": render(f"email/{name}_subject.txt", **values),
        "text": render(f"email/{name}.txt", **values),
        "html": render(f"email/{name}.html", **values),
    }


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
