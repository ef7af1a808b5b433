"""Who hears that a deadline is near or past, and what each is told: the least that lets them act."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from actions.dispatch import answer_link, tell_unit
from actions.house import House
from actions.news import notify
from actions.notices import say
from actions.talk import Reply
from referral.calendar import lateness
from referral.catalogue.clocks import LadderStep
from referral.queue import NewDelivery, enqueue
from storage.models import Clock, Conversation, Inquiry, Referral, Ticket
from templates import render


@dataclass(frozen=True)
class Ringing:
    """A step of a clock's ladder that is due, with the ticket locked."""

    session: AsyncSession
    house: House
    ticket: Ticket
    clock: Clock
    referral: Referral | None
    step: LadderStep

    @property
    def key(self) -> str:
        """Names the step for ever: nobody is told of it twice."""
        return f"clock-{self.clock.id}-{self.step.step}"


async def tell(ringing: Ringing) -> str | None:
    """Let the step's receiver know. Returns to whom it goes; None when no address is known or nothing may be said."""
    return await _TELLERS[ringing.step.to](ringing)


async def _resident(ringing: Ringing) -> str | None:
    """The resident is asked once more; of a restricted case only as she wished it."""
    session, house, ticket, referral = ringing.session, ringing.house, ringing.ticket, ringing.referral
    if ringing.clock.kind == "confirm" and referral is not None:
        told = await notify(session, house, ticket, referral, "confirm_again", ringing.clock.due_at)
        return "resident" if told else None
    inquiry = await session.get_one(Inquiry, ringing.clock.inquiry_id)
    if inquiry.restricted or ringing.clock.restricted:
        return None
    conversation = await session.get_one(Conversation, ticket.conversation_id)
    text = render("bot/notice_answer_again.txt", number=ticket.number, office=inquiry.office, text=inquiry.text)
    await say(session, conversation, Reply(text), ticket_id=ticket.id, inquiry_id=inquiry.id)
    return "resident"


async def _unit(ringing: Ringing) -> str | None:
    referral = ringing.referral
    if referral is None:
        return None
    text = "reminder" if ringing.step.before else "overdue"
    await tell_unit(ringing.session, ringing.house, ringing.ticket, referral, text, key=ringing.key)
    return referral.unit


async def _puskesos(ringing: Ringing) -> str | None:
    """The kelurahan's Puskesos; without an address of its own the desk that serves all of them."""
    contacts = ringing.house.contacts
    own = contacts.nearest("puskesos", ringing.ticket.region_code)
    return await _mail(ringing, own or _desk(ringing))


async def _head(ringing: Ringing) -> str | None:
    return await _mail(ringing, ringing.house.contacts.head_of(ringing.referral.agency) if ringing.referral else None)


async def _manager(ringing: Ringing) -> str | None:
    return await _mail(ringing, _desk(ringing))


async def _tkpk(ringing: Ringing) -> str | None:
    return await _mail(ringing, ringing.house.contacts.nearest("tkpk", ringing.ticket.region_code))


def _desk(ringing: Ringing) -> str | None:
    """The SLRT desk of the place, for restricted cases that of the circle: who also decides what comes back."""
    region, restricted = ringing.ticket.region_code, ringing.clock.restricted
    return ringing.house.catalogue.slrt_desk(region, restricted=restricted)


async def _mail(ringing: Ringing, receiver: str | None) -> str | None:
    house, clock = ringing.house, ringing.clock
    if receiver is None or not house.contacts.mail_addresses(receiver):
        return None
    name = "case_waiting" if clock.restricted else "escalation"
    values = _values(ringing)
    await enqueue(
        ringing.session,
        NewDelivery(
            lane=f"agency:{receiver}",
            ordered=False,
            kind="email",
            key=ringing.key,
            payload={
                "unit": receiver,
                "thread": f"clock-{clock.id}",
                "subject": render(f"email/{name}_subject.txt", **values),
                "text": render(f"email/{name}.txt", **values),
                "html": render(f"email/{name}.html", **values),
            },
            urgent=ringing.ticket.urgent and not clock.restricted,
        ),
    )
    return receiver


def _values(ringing: Ringing) -> dict[str, Any]:
    house, ticket, referral, clock = ringing.house, ringing.ticket, ringing.referral, ringing.clock
    if clock.restricted:
        link = answer_link(house, referral) if referral else f"{house.public_url}/tiket/{ticket.number}"
        return {"link": link}
    catalogue = house.catalogue
    # only the Puskesos and the SLRT have a page for it in the console
    inside = ringing.step.to in ("puskesos", "manager")
    return {
        "number": ticket.number,
        "need": catalogue.needs[referral.need].name if referral else None,
        "agency": catalogue.agencies[referral.agency].name if referral else None,
        "unit": catalogue.units[referral.unit].name if referral else None,
        "clock": clock.kind,
        "to": ringing.step.to,
        "urgent": referral.urgent if referral else ticket.urgent,
        "due_at": clock.due_at,
        "by_hours": clock.by_hours,
        "late": lateness(clock.due_at, house.clock()),
        "link": f"{house.public_url}/tiket/{ticket.number}" if inside else None,
    }


_TELLERS: dict[str, Callable[[Ringing], Awaitable[str | None]]] = {
    "resident": _resident,
    "unit": _unit,
    "puskesos": _puskesos,
    "head": _head,
    "manager": _manager,
    "special": _manager,
    "tkpk": _tkpk,
}
