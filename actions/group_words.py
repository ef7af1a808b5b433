"""What a unit's chat is to read: the least that lets the office act, and never who the resident is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.accounts import account_of
from actions.dispatch import answer_link
from actions.errors import NotFound, ShutOut
from actions.group_buttons import Rows, case_buttons, step_buttons
from actions.groups import group_of
from actions.house import House
from referral.calendar import lateness
from storage.models import Event, GroupPost, Officer, Referral, Ticket, UnitGroup
from templates import render

# what an agency or the SLRT did last about a referral
_ANSWERS = ("accepted", "started", "returned", "rejected", "finished", "revoked")
_UNTAKEN = ("approved", "sent", "received")
_ENDING = ("called_back",)


@dataclass(frozen=True)
class Sheet:
    """A message of a unit's chat as it should stand: a new one, or one that `edits` another.

    `asks` is the name and the account of the officer from whom words are wanted; `post` is whose number is kept.
    """

    chat: str
    text: str
    buttons: Rows = ()
    edits: int | None = None
    replies_to: int | None = None
    asks: tuple[str, str] | None = None
    post: int | None = None


@dataclass(frozen=True)
class LastStep:
    """The last answer to a referral: what (an event's kind), when, and which officer, if she was logged in."""

    event: str
    at: datetime
    name: str | None


async def sheet(house: House, payload: Mapping[str, Any]) -> Sheet | None:
    """What a delivery to a unit's chat says now; None when there is nothing to say any more.

    Raises NotFound when the unit has no chat, ShutOut when the bot is not in it.
    """
    async with house.database.transaction() as session:
        group = await group_of(session, str(payload["unit"]))
        if group is None:
            raise NotFound
        if group.lost_at is not None:
            raise ShutOut
        if "post" not in payload:
            return Sheet(group.chat, render(f"telegram/{payload['text']}.txt", agency=office_of(house, group.unit)))
        post = await session.get(GroupPost, int(payload["post"]))
        if post is None:
            return None
        if post.asks is not None:
            return await _question(session, house, post, group)
        return await _referral(session, house, post, group, payload)


async def _referral(
    session: AsyncSession, house: House, post: GroupPost, group: UnitGroup, payload: Mapping[str, Any]
) -> Sheet | None:
    """The referral itself, or news of it as an answer to its post; without a post in this chat the whole of it."""
    referral = await session.get_one(Referral, post.referral_id)
    ticket = await session.get_one(Ticket, referral.ticket_id)
    standing = post.message_id if post.chat_hash == group.chat_hash else None
    if "text" in payload and standing is not None:
        return Sheet(group.chat, _told(house, ticket, referral, str(payload["text"])), replies_to=standing)
    if standing is None and payload.get("edit"):
        return None
    if referral.restricted:
        waits = referral.state in _UNTAKEN and post.serial == referral.link_serial
        text = render(f"telegram/{'case_waiting' if waits else 'case_changed'}.txt")
        buttons = case_buttons(answer_link(house, referral)) if waits else ()
    else:
        last = await last_step(session, referral)
        superseded = post.serial != referral.link_serial and referral.state != "revoked"
        text = render(
            "telegram/referral.txt",
            **_values(house, ticket, referral),
            state="superseded" if superseded else referral.state,
            at=last.at if last else None,
            outcome=house.catalogue.choices.outcome_label(referral.outcome),
        )
        buttons = () if superseded else step_buttons(referral)
    return Sheet(group.chat, text, buttons, edits=standing, post=post.id)


def _told(house: House, ticket: Ticket, referral: Referral, text: str) -> str:
    if referral.restricted:
        return render(f"telegram/{'case_changed' if text in _ENDING else 'case_waiting'}.txt")
    return render(f"telegram/{text}.txt", **_values(house, ticket, referral))


async def _question(session: AsyncSession, house: House, post: GroupPost, group: UnitGroup) -> Sheet | None:
    asked = await account_of(session, post.officer_id) if post.officer_id is not None else None
    if asked is None:
        return None
    referral = await session.get_one(Referral, post.referral_id)
    ticket = await session.get_one(Ticket, referral.ticket_id)
    text = render("telegram/ask.txt", step=post.asks, name=asked[0], number=ticket.number)
    return Sheet(group.chat, text, asks=asked, post=post.id)


def _values(house: House, ticket: Ticket, referral: Referral) -> dict[str, Any]:
    place = house.gazetteer.get(ticket.region_code) if ticket.region_code else None
    return {
        "agency": office_of(house, referral.unit),
        "number": ticket.number,
        "need": house.catalogue.needs[referral.need].everyday,
        "place": f"{place.name}, {place.kecamatan}" if place else None,
        "urgent": referral.urgent,
        "due_at": referral.due_at,
        "late": lateness(referral.due_at, house.clock()) if referral.due_at else None,
    }


def office_of(house: House, unit: str) -> str:
    """The name of a unit's agency."""
    return house.catalogue.agencies[house.catalogue.units[unit].agency].name


async def last_step(session: AsyncSession, referral: Referral) -> LastStep | None:
    """What was last done about a referral by its office, or by the SLRT when it called it back."""
    query = (
        select(Event.kind, Event.at, Officer.name)
        .join(Officer, Officer.id == Event.officer_id, isouter=True)
        .where(Event.referral_id == referral.id, Event.kind.in_(_ANSWERS))
        .order_by(Event.id.desc())
    )
    row = (await session.execute(query.limit(1))).first()
    return LastStep(row[0], row[1], row[2]) if row else None
