"""Letters on paper: issued from a ticket, kept, taken back, and verified by anyone who holds one."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import Incomplete, LinkInvalid, NotAllowed, NotFound, NotNow
from actions.events import Actor, note_event, note_look
from actions.house import House
from actions.letter_views import LetterOffer, LetterView, VerifyView
from actions.letter_words import Wanted, letter_says
from actions.scope import may_see, visible_ticket
from actions.views import OfficerView
from referral.calendar import WIB
from referral.catalogue.schema import LetterEntry
from referral.letters import letter_number, letters_pdf, next_letter_number
from referral.lifecycle import OPEN
from storage.keys import keys
from storage.models import Letter, Officer, Referral, Ticket

ABOUT_REFERRAL = frozenset({"referral", "recommendation"})
_PROVEN = frozenset({"found", "found_outside_target"})


@dataclass(frozen=True)
class Order:
    """What an officer asks for: the kind, its referral where it has one, and the words that it leaves to her."""

    kind: str
    referral_id: int | None = None
    note: str = ""
    assigned: tuple[str, ...] = ()
    visit_on: date | None = None


@dataclass(frozen=True)
class Issue:
    """A letter about to be written: who signs it (nobody yet: None) and how it travels."""

    kind: LetterEntry
    ticket: Ticket
    referral: Referral | None
    officer: OfficerView | None
    wanted: Wanted
    delivery_key: str | None = None


def entry(house: House, kind: str) -> LetterEntry:
    """A kind of letter. Raises Incomplete("letter") for an unknown one."""
    found = next((each for each in house.catalogue.letters.kinds if each.code == kind), None)
    if found is None:
        raise Incomplete("letter")
    return found


async def issue_letter(house: House, officer: OfficerView, number: str, order: Order) -> int:
    """Write a letter and keep it. Returns its id. Raises NotFound, NotAllowed, NotNow or Incomplete."""
    kind = entry(house, order.kind)
    if officer.role not in kind.issued_by:
        raise NotAllowed
    async with house.database.transaction() as session:
        ticket = await session.scalar(
            select(Ticket).where(Ticket.number == number, visible_ticket(officer)).with_for_update(key_share=True)
        )
        if ticket is None:
            raise NotFound
        referral = await _about(session, officer, ticket, order)
        _check(house, ticket, referral, order)
        wanted = Wanted(note=order.note.strip(), assigned=order.assigned, visit_on=order.visit_on)
        letter = await write_letter(session, house, Issue(kind, ticket, referral, officer, wanted))
        actor = Actor(officer.role, officer.id)
        note_look(session, actor, "letter.issued", order.kind, ticket_id=ticket.id, person_id=ticket.person_id)
        return letter.id


async def _about(session: AsyncSession, officer: OfficerView, ticket: Ticket, order: Order) -> Referral | None:
    if order.kind not in ABOUT_REFERRAL:
        return None
    if order.referral_id is None:
        raise Incomplete("referral")
    referral = await session.get(Referral, order.referral_id)
    if referral is None or referral.ticket_id != ticket.id or not may_see(officer, referral):
        raise NotFound
    return referral


def _check(house: House, ticket: Ticket, referral: Referral | None, order: Order) -> None:
    if referral is not None and order.kind not in _kinds_of(house, referral):
        raise NotNow
    if order.kind == "registration" and not _may_certify(ticket):
        raise NotNow
    if order.kind == "visit_order" and not any(name.strip() for name in order.assigned):
        raise Incomplete("assigned")


def _kinds_of(house: House, referral: Referral) -> tuple[str, ...]:
    """The letters that a referral can have now: on the way to another office, and of a restricted one no facts."""
    if house.catalogue.units[referral.unit].internal or referral.state not in OPEN:
        return ()
    return ("referral",) if referral.restricted else ("referral", "recommendation")


def _may_certify(ticket: Ticket) -> bool:
    """Registry facts go on paper only about a household whose identity was proven."""
    facts = ticket.lookup_facts or {}
    return bool(ticket.nik and facts.get("proven") and facts.get("facts")) and ticket.lookup_outcome in _PROVEN


async def write_letter(session: AsyncSession, house: House, issue: Issue) -> Letter:
    """Number, write and keep a letter in the caller's transaction; the ticket is locked."""
    moment = house.clock()
    office = house.catalogue.letter_office(issue.ticket.region_code)
    year = moment.astimezone(WIB).year
    token = secrets.token_urlsafe(16)
    running = await next_letter_number(session, office.agency, year)
    number = letter_number(house.catalogue.letters.number, running, issue.kind.series, office.short, moment)
    says = await letter_says(
        session,
        house,
        ticket=issue.ticket,
        referral=issue.referral,
        kind=issue.kind.code,
        number=number,
        signer=(issue.officer.name, issue.officer.role) if issue.officer else None,
        wanted=issue.wanted,
        verify_link=f"{house.public_url}/v/{token}",
        to_desk=issue.delivery_key is not None,
    )
    letter = Letter(
        ticket_id=issue.ticket.id,
        referral_id=issue.referral.id if issue.referral else None,
        kind=issue.kind.code,
        office=office.agency,
        year=year,
        running=running,
        number=number,
        officer_id=issue.officer.id if issue.officer else None,
        restricted=bool(issue.referral and issue.referral.restricted),
        token_hash=_hash(token),
        says=says,
        pdf=await asyncio.to_thread(letters_pdf, [says]),
        delivery_key=issue.delivery_key,
    )
    session.add(letter)
    await session.flush()
    actor = Actor(issue.officer.role, issue.officer.id) if issue.officer else Actor("system")
    data = {"letter": issue.kind.code, "number": number}
    note_event(session, issue.ticket, "letter_issued", actor, referral=issue.referral, data=data)
    return letter


async def letter_pdf(house: House, officer: OfficerView, letter_id: int) -> tuple[str, bytes]:
    """A kept letter: a name for the file, and its PDF. Raises NotFound."""
    async with house.database.transaction() as session:
        letter = await seen_letter(session, officer, letter_id)
        note_look(session, Actor(officer.role, officer.id), "letter.seen", letter.kind, ticket_id=letter.ticket_id)
        content = (await session.execute(select(Letter.pdf).where(Letter.id == letter.id))).scalar_one()
        if not content:
            raise NotFound  # erased by the resident's wish
        return f"{letter.number.replace('/', '-')}.pdf", content


async def revoke_letter(house: House, officer: OfficerView, letter_id: int, reason: str) -> None:
    """Take a letter back; its code says so from now on. Raises NotFound, NotAllowed, NotNow or Incomplete."""
    if not reason.strip():
        raise Incomplete("reason")
    async with house.database.transaction() as session:
        letter = await seen_letter(session, officer, letter_id)
        if officer.role not in entry(house, letter.kind).issued_by:
            raise NotAllowed
        await session.refresh(letter, with_for_update=True)
        if letter.revoked_at is not None:
            raise NotNow
        letter.revoked_at, letter.revoked_by, letter.revoked_reason = house.clock(), officer.id, reason.strip()
        ticket = await session.get_one(Ticket, letter.ticket_id)
        referral = await session.get(Referral, letter.referral_id) if letter.referral_id else None
        data = {"letter": letter.kind, "number": letter.number}
        actor = Actor(officer.role, officer.id)
        note_event(session, ticket, "letter_revoked", actor, referral=referral, note=reason.strip(), data=data)


async def seen_letter(session: AsyncSession, officer: OfficerView, letter_id: int) -> Letter:
    """A letter that the officer may see. Raises NotFound."""
    found = (
        await session.execute(
            select(Letter, Referral)
            .join(Ticket, Ticket.id == Letter.ticket_id)
            .outerjoin(Referral, Referral.id == Letter.referral_id)
            .where(Letter.id == letter_id, visible_ticket(officer))
        )
    ).one_or_none()
    if found is None or (found[1] is not None and not may_see(officer, found[1])):
        raise NotFound
    letter: Letter = found[0]
    return letter


async def verify_letter(house: House, token: str) -> VerifyView:
    """What anyone may know who holds a letter; nothing of whom it is about. Raises LinkInvalid."""
    async with house.database.transaction() as session:
        letter = await session.scalar(select(Letter).where(Letter.token_hash == _hash(token)))
        if letter is None:
            raise LinkInvalid
        return VerifyView(
            number=letter.number,
            kind_name=entry(house, letter.kind).name,
            office_name=house.catalogue.agencies[letter.office].name,
            at=letter.at,
            revoked_at=letter.revoked_at,
        )


def _hash(token: str) -> bytes:
    return keys().fingerprint_of(token, "letter")


async def letter_views(
    session: AsyncSession, house: House, officer: OfficerView, ticket: Ticket, seen: Sequence[Referral]
) -> tuple[LetterView, ...]:
    """A ticket's letters, newest first, those about referrals that the officer sees (`seen`) and about none."""
    needs = {referral.id: house.catalogue.needs[referral.need].name for referral in seen}
    rows = await session.execute(
        select(Letter, Officer.name)
        .outerjoin(Officer, Officer.id == Letter.officer_id)
        .where(Letter.ticket_id == ticket.id)
        .order_by(Letter.id.desc())
    )
    return tuple(
        LetterView(
            id=letter.id,
            at=letter.at,
            kind_name=entry(house, letter.kind).name,
            number=letter.number,
            need_name=needs.get(letter.referral_id or 0),
            who=name,
            to_print=letter.delivery_key is not None,
            handed_at=letter.handed_at,
            handed_to=letter.handed_to,
            revoked_at=letter.revoked_at,
            revoked_reason=letter.revoked_reason,
            revocable=letter.revoked_at is None and officer.role in entry(house, letter.kind).issued_by,
        )
        for letter, name in rows
        if letter.referral_id is None or letter.referral_id in needs
    )


def letter_offers(
    house: House, officer: OfficerView, ticket: Ticket, seen: Sequence[Referral]
) -> tuple[LetterOffer, ...]:
    """The letters that the officer may issue now, each with the referrals that it can be about."""
    offers: list[LetterOffer] = []
    for kind in house.catalogue.letters.kinds:
        if officer.role not in kind.issued_by:
            continue
        about = tuple(
            (referral.id, house.catalogue.needs[referral.need].name)
            for referral in seen
            if kind.code in _kinds_of(house, referral)
        )
        possible = bool(about) if kind.code in ABOUT_REFERRAL else kind.code != "registration" or _may_certify(ticket)
        if possible:
            offers.append(LetterOffer(kind.code, kind.name, about))
    return tuple(offers)
