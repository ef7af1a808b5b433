"""Referrals that travel on paper: their letters wait to be printed, and are sent once they were handed over."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.dispatch import parcel_key
from actions.errors import Incomplete, NotAllowed, NotNow
from actions.events import SYSTEM, Actor, note_event, note_look
from actions.house import House
from actions.letter_views import PrintItem
from actions.letter_words import Wanted
from actions.letters import Issue, entry, write_letter
from actions.officers import officer_view
from actions.scope import may_see, visible_ticket
from actions.steps import lock_referral, take_step
from actions.views import OfficerView
from referral.letters import letters_pdf
from referral.lifecycle import OPEN
from referral.ports import Parcel
from storage.models import Event, Letter, Officer, Referral, Ticket

_MOST = 100


class LetterSender:
    """Sender of `letter` parcels: writes the referral's letter into the print list, once for each parcel."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def send(self, parcel: Parcel) -> None:
        """Write the letter, unless the referral was called back meanwhile."""
        assert parcel.referral_id is not None
        async with self._house.database.transaction() as session:
            ticket, referral = await lock_referral(session, parcel.referral_id)
            current = parcel.key.startswith(parcel_key(referral)) and referral.state in OPEN
            known = await session.scalar(select(Letter.id).where(Letter.delivery_key == parcel.key))
            if current and known is None:
                officer = await _approver(session, self._house, referral)
                kind = entry(self._house, "referral")
                await write_letter(
                    session, self._house, Issue(kind, ticket, referral, officer, Wanted(), delivery_key=parcel.key)
                )


async def _approver(session: AsyncSession, house: House, referral: Referral) -> OfficerView | None:
    """Who approved it last and may sign; what left without approval is signed by hand."""
    officer = await session.scalar(
        select(Officer)
        .join(Event, Event.officer_id == Officer.id)
        .where(Event.referral_id == referral.id, Event.kind.in_(("approved", "reopened")))
        .order_by(Event.id.desc())
        .limit(1)
    )
    return officer_view(house, officer) if officer is not None else None


async def _waiting(
    session: AsyncSession, officer: OfficerView, ids: Collection[int] | None = None
) -> Sequence[tuple[Letter, Referral, Ticket]]:
    query = (
        select(Letter, Referral, Ticket)
        .join(Referral, Referral.id == Letter.referral_id)
        .join(Ticket, Ticket.id == Letter.ticket_id)
        .where(
            Letter.delivery_key.is_not(None),
            Letter.handed_at.is_(None),
            Letter.revoked_at.is_(None),
            visible_ticket(officer),
        )
        .order_by(Referral.urgent.desc(), Referral.unit, Letter.id)
    )
    if ids is not None:
        query = query.where(Letter.id.in_(ids))
    rows = (await session.execute(query.limit(_MOST))).all()
    return [(letter, referral, ticket) for letter, referral, ticket in rows if may_see(officer, referral)]


def _check_role(house: House, officer: OfficerView) -> None:
    if officer.role not in house.catalogue.letters.prints:
        raise NotAllowed


async def print_list(house: House, officer: OfficerView) -> list[PrintItem]:
    """The letters of the officer's area that nobody has handed over yet, urgent ones first. Raises NotAllowed."""
    _check_role(house, officer)
    async with house.database.transaction() as session:
        return [
            PrintItem(
                id=letter.id,
                at=letter.at,
                number=letter.number,
                ticket_number=ticket.number,
                agency_name=house.catalogue.agencies[referral.agency].name,
                address=house.catalogue.agencies[referral.agency].address,
                urgent=referral.urgent,
                restricted=referral.restricted,
                due_at=referral.due_at,
            )
            for letter, referral, ticket in await _waiting(session, officer)
        ]


async def print_count(house: House, officer: OfficerView) -> int:
    """How many letters wait for the officer; none for those who do not print."""
    if officer.role not in house.catalogue.letters.prints:
        return 0
    async with house.database.transaction() as session:
        return len(await _waiting(session, officer))


async def print_letters(house: House, officer: OfficerView, ids: Collection[int] | None = None) -> bytes:
    """One PDF of these letters of the list, or of all. Raises NotAllowed, or NotNow when nothing waits."""
    _check_role(house, officer)
    async with house.database.transaction() as session:
        rows = await _waiting(session, officer, ids)
        for letter, _, _ in rows:
            note_look(session, Actor(officer.role, officer.id), "letter.seen", "print", ticket_id=letter.ticket_id)
        said = [letter.says for letter, _, _ in rows if letter.says]  # none of what was erased
    if not said:
        raise NotNow
    return await asyncio.to_thread(letters_pdf, said)


async def hand_over(house: House, officer: OfficerView, ids: Collection[int], to: str) -> int:
    """Note that letters were handed over and to whom; their referrals are sent. Returns how many.

    Raises NotAllowed, Incomplete ("letters" or "to"), or NotNow when none of them waits any more.
    """
    _check_role(house, officer)
    if not ids:
        raise Incomplete("letters")
    if not to.strip():
        raise Incomplete("to")
    async with house.database.transaction() as session:
        rows = await _waiting(session, officer, ids)
        # always in this order, so that two officers never wait for each other
        for letter_id, referral_id in sorted((letter.id, referral.id) for letter, referral, _ in rows):
            await _hand_over(session, house, officer, letter_id, referral_id, to.strip())
        if not rows:
            raise NotNow
        return len(rows)


async def _hand_over(
    session: AsyncSession, house: House, officer: OfficerView, letter_id: int, referral_id: int, to: str
) -> None:
    ticket, referral = await lock_referral(session, referral_id)
    letter = await session.get_one(Letter, letter_id, with_for_update=True, populate_existing=True)
    if letter.handed_at is not None or letter.revoked_at is not None:
        return  # somebody was quicker
    letter.handed_at, letter.handed_by, letter.handed_to = house.clock(), officer.id, to
    actor = Actor(officer.role, officer.id)
    data = {"letter": letter.kind, "number": letter.number}
    note_event(session, ticket, "letter_handed", actor, referral=referral, note=to, data=data)
    if referral.state == "approved":
        await take_step(session, house, ticket, referral, "send", SYSTEM)
