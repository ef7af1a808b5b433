"""What a letter says, as plain values for its template: the least that its reader needs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.dispatch import answer_link
from actions.house import House
from actions.places import rt_rw
from referral.calendar import WIB
from registry.nik import mask
from storage.models import Referral, Ticket, TicketNeed, Visit
from templates import render, tanggal


@dataclass(frozen=True)
class Wanted:
    """What the officer adds: words, and for a visit who goes and when."""

    note: str = ""
    assigned: tuple[str, ...] = ()
    visit_on: date | None = None


async def letter_says(
    session: AsyncSession,
    house: House,
    *,
    ticket: Ticket,
    referral: Referral | None,
    kind: str,
    number: str,
    signer: tuple[str, str] | None,
    wanted: Wanted,
    verify_link: str,
    to_desk: bool,
) -> dict[str, Any]:
    """The letter's data. Of a restricted referral: its number, its office and the date, nothing else.

    `to_desk`: it is how the referral reaches the desk, so the code by which it answers stands on it. A letter that the
    resident carries never has it.
    """
    restricted = bool(referral and referral.restricted)
    says = _common(house, ticket, number, signer) | {
        "kind": kind,
        "verify_link": verify_link,
        "answer_link": answer_link(house, referral) if to_desk and referral else None,
        "answer_days": house.catalogue.deadlines.answer_link_days,
        "restricted": restricted,
        "nature": _nature(referral),
        "dated": referral is None,
        "ticket": ticket.number,
    }
    if referral is not None:
        says |= _addressed(house, referral)
    if restricted:
        return says
    says |= _person(house, ticket, full_nik=kind == "registration")
    says |= {
        "note": wanted.note,
        "assigned": [name.strip() for name in wanted.assigned if name.strip()],
        "visit_on": _day(wanted.visit_on) if wanted.visit_on else "",
    }
    if referral is not None:
        says |= await _need(session, house, referral)
    if kind == "visit_order":
        says["needs"] = await _open_needs(session, house, ticket)
    if kind in ("recommendation", "registration"):
        says["facts"] = _facts(ticket)
    if kind == "recommendation":
        says["visits"] = await _visits(session, ticket)
    return says


def _common(house: House, ticket: Ticket, number: str, signer: tuple[str, str] | None) -> dict[str, Any]:
    office = house.catalogue.letter_office(ticket.region_code)
    agency = house.catalogue.agencies[office.agency]
    name, role = signer or ("", "coordinator")
    empty: dict[str, Any] = {
        **dict.fromkeys(("name", "nik", "home", "need", "due", "note", "visit_on"), ""),
        **{listed: [] for listed in ("needs", "answers", "papers", "facts", "visits", "assigned", "to")},
    }
    return empty | {
        "number": number,
        "heading": list(office.heading),
        "office": agency.name,
        "contact": [part for part in (agency.address, agency.phone) if part],
        "place": office.place,
        "date": _day(house.clock()),
        "signer": {"name": name, "title": house.catalogue.letters.titles.get(role, role)},
    }


def _nature(referral: Referral | None) -> str:
    return render(
        "letters/nature.txt", secret=bool(referral and referral.restricted), urgent=bool(referral and referral.urgent)
    )


def _addressed(house: House, referral: Referral) -> dict[str, Any]:
    agency, unit = house.catalogue.agencies[referral.agency], house.catalogue.units[referral.unit]
    # the desk's name may tell what a restricted case is about
    to = [agency.name] if referral.restricted else [agency.name, unit.name]
    return {
        "to": to + ([agency.address] if agency.address else []),
        "due": _day(referral.due_at) if referral.due_at else "",
    }


def _person(house: House, ticket: Ticket, *, full_nik: bool) -> dict[str, str]:
    place = house.gazetteer.get(ticket.region_code) if ticket.region_code else None
    home = [rt_rw(ticket), f"{place.name}, {place.kecamatan}, {place.city}" if place else None]
    nik = ticket.nik or ""
    return {
        "name": ticket.reporter_name or "",
        "nik": nik if full_nik or not nik else mask(nik),
        "home": ", ".join(part for part in home if part),
    }


async def _need(session: AsyncSession, house: House, referral: Referral) -> dict[str, Any]:
    need = house.catalogue.needs[referral.need]
    row = await session.scalar(
        select(TicketNeed).where(TicketNeed.ticket_id == referral.ticket_id, TicketNeed.need == referral.need)
    )
    questions = house.catalogue.questions
    told = [(questions[code], value) for code, value in (row.answers if row else {}).items() if code in questions]
    return {
        "need": need.name,
        "papers": list(house.catalogue.papers(referral.need, referral.agency)),
        "answers": [
            [question.name or question.ask, question.shown(value)] for question, value in told if question.in_referral
        ],
    }


async def _open_needs(session: AsyncSession, house: House, ticket: Ticket) -> list[str]:
    """Needs that anyone at the door may read of: a visitor's order never speaks of a restricted one."""
    rows = await session.scalars(
        select(TicketNeed.need).where(TicketNeed.ticket_id == ticket.id, TicketNeed.restricted.is_(False))
    )
    return [house.catalogue.needs[need].name for need in rows]


def _facts(ticket: Ticket) -> list[str]:
    kept: dict[str, Any] = ticket.lookup_facts or {}
    if not kept.get("proven"):
        return []
    return [render("letters/fact.txt", fact=fact, day=_day(date.fromisoformat(fact["date"]))) for fact in kept["facts"]]


async def _visits(session: AsyncSession, ticket: Ticket) -> list[str]:
    rows = await session.scalars(select(Visit).where(Visit.ticket_id == ticket.id).order_by(Visit.id))
    return [render("letters/visit.txt", finding=visit.finding, day=_day(visit.at)) for visit in rows]


def _day(moment: datetime | date) -> str:
    local = moment.astimezone(WIB) if isinstance(moment, datetime) else moment
    return tanggal(local).partition(", ")[2]
