"""Putting an approved referral on its way: one delivery for each channel of the receiving unit."""

from __future__ import annotations

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from actions.house import House
from referral.links import sign_answer
from referral.queue import NewDelivery, enqueue
from storage.keys import keys
from storage.models import Referral, Ticket
from templates import render


def answer_link(house: House, referral: Referral) -> str:
    """Where the agency answers: a signed page, or for a restricted case a page behind log-in."""
    if referral.restricted:
        return f"{house.public_url}/kasus/{referral.id}"
    return f"{house.public_url}/j/{sign_answer(referral.id, referral.link_serial, keys().signing)}"


def parcel_key(referral: Referral) -> str:
    """How the keys of a referral's present deliveries begin; reopening begins a new series."""
    return f"referral-{referral.id}-{referral.link_serial}-"


async def dispatch(session: AsyncSession, house: House, ticket: Ticket, referral: Referral) -> None:
    """Queue the referral for its unit. Without a known address it is queued all the same and held: staff see it."""
    channels = house.contacts.channels(referral.unit)
    kinds = [channel.kind for channel in channels] or ["email"]
    for kind in kinds:
        payload = _mail(house, ticket, referral) if kind == "email" else _webhook(house, ticket, referral)
        await enqueue(
            session,
            NewDelivery(
                lane=f"agency:{referral.unit}",
                ordered=False,
                kind=kind,
                key=f"{parcel_key(referral)}{kind}",
                payload=payload,
                urgent=referral.urgent,
                referral_id=referral.id,
            ),
        )


def _mail(house: House, ticket: Ticket, referral: Referral) -> dict[str, Any]:
    values = _values(house, ticket, referral)
    name = "case_waiting" if referral.restricted else "referral"
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
    }
