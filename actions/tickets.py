"""A ticket's page, cut to what the officer may see. Every look at a registry entry is written down."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.agency_talk import REACHED, open_questions
from actions.due import clocks_of, due_of
from actions.duplicates import likely_duplicates
from actions.errors import NotFound
from actions.events import Actor, note_look
from actions.exchange import feedback_views, inquiry_views
from actions.house import House
from actions.letters import letter_offers, letter_views
from actions.mail_views import mail_views
from actions.notices import CODE_KIND
from actions.places import rt_rw
from actions.safety import contact_referrals, contact_view, wants_messages
from actions.scope import (
    ABOUT_SERVICE,
    DECIDERS,
    may_read,
    may_see,
    reads_complaints,
    seen_state,
    visible_ticket,
)
from actions.ticket_steps import broken_guards
from actions.views import (
    ConsentView,
    ContactView,
    DeliveryView,
    EventView,
    LookupView,
    MessageView,
    OfficerView,
    ReferralView,
    RegistryFact,
    TicketView,
    VisitView,
)
from referral.lifecycle import CLOSED, allowed_steps, allowed_ticket_steps
from referral.queue import travels
from registry.nik import mask
from storage.models import Attachment, Consent, Event, Message, Officer, Referral, Ticket, TicketNeed, Visit

_BEING_ASKED = ("drafted", "approved", "sent", "received", "accepted", "in_progress")


async def find_ticket(session: AsyncSession, officer: OfficerView, number: str, *, lock: bool = False) -> Ticket:
    """A ticket that the officer may see. Raises NotFound, whether it does not exist or is not hers."""
    query = select(Ticket).where(Ticket.number == number, visible_ticket(officer))
    ticket = await session.scalar(query.with_for_update(key_share=True) if lock else query)
    if ticket is None:
        raise NotFound
    return ticket


async def ticket_view(house: House, officer: OfficerView, number: str) -> TicketView:
    """The page of a ticket. Raises NotFound."""
    async with house.database.transaction() as session:
        ticket = await find_ticket(session, officer, number)
        if ticket.lookup_facts is not None:
            note_look(
                session,
                Actor(officer.role, officer.id),
                "registry.seen",
                "ticket page",
                ticket_id=ticket.id,
                person_id=ticket.person_id,
            )
        return await _view(session, house, officer, ticket)


async def _view(session: AsyncSession, house: House, officer: OfficerView, ticket: Ticket) -> TicketView:
    place = house.gazetteer.get(ticket.region_code) if ticket.region_code else None
    everything = await _all_of(session, ticket)
    shown = [referral for referral in everything if may_see(officer, referral)]
    words_open = may_read(officer, ticket, everything)
    state = seen_state(officer, ticket, everything)
    return TicketView(
        number=ticket.number,
        created_at=ticket.created_at,
        catalogue_version=ticket.catalogue_version,
        state=state,
        urgent=any(r.urgent for r in shown) or (ticket.urgent and words_open),
        understood=ticket.understood,
        region_name=f"{place.name}, {place.kecamatan}" if place else None,
        rt_rw=rt_rw(ticket),
        complaint=ticket.complaint if words_open else None,
        reporter_name=ticket.reporter_name,
        nik_masked=mask(ticket.nik) if ticket.nik else None,
        kk_masked=mask(ticket.kk) if ticket.kk else None,
        lookup=_lookup(house, ticket),
        referrals=await _referrals(session, house, officer, shown, everything),
        messages=await _messages(session, officer, ticket, words_open),
        events=await _events(session, house, officer, ticket, everything, words_open),
        visits=await _visits(session, ticket),
        inquiries=await inquiry_views(session, officer, ticket),
        feedback=await feedback_views(session, house, officer, ticket, shown, words_open=words_open),
        wanted=ticket.wants_officer if words_open and state not in CLOSED else None,
        phone=ticket.phone if words_open else None,
        duplicates=await likely_duplicates(session, house, officer, ticket),
        may_write=await _may_write(session, ticket, everything),
        steps=allowed_ticket_steps(state, officer.role, broken=broken_guards(shown)),
        closed_reason=ticket.closed_reason if state == ticket.closed_as and words_open else None,
        merged_into=await _merged_into(session, officer, ticket),
        same_chat=await _same_chat(session, officer, ticket),
        consents=await _consents(session, ticket),
        spoken_by=ticket.spoken_by,
        agrees=ticket.agrees,
        letters=await letter_views(session, house, officer, ticket, shown),
        letter_offers=letter_offers(house, officer, ticket, shown),
    )


async def _all_of(session: AsyncSession, ticket: Ticket) -> Sequence[Referral]:
    rows = await session.scalars(select(Referral).where(Referral.ticket_id == ticket.id).order_by(Referral.id))
    return rows.all()


async def _may_write(session: AsyncSession, ticket: Ticket, everything: Sequence[Referral]) -> bool:
    open_ones = any(not referral.restricted for referral in everything)
    return open_ones or not everything or await wants_messages(session, ticket.id)


async def _consents(session: AsyncSession, ticket: Ticket) -> tuple[ConsentView, ...]:
    rows = await session.scalars(select(Consent).where(Consent.ticket_id == ticket.id).order_by(Consent.id))
    return tuple(ConsentView(row.at, row.given, row.wording, row.way, row.withdrawn_at) for row in rows)


async def _merged_into(session: AsyncSession, officer: OfficerView, ticket: Ticket) -> str | None:
    if ticket.merged_into_id is None:
        return None
    return await session.scalar(
        select(Ticket.number).where(Ticket.id == ticket.merged_into_id, visible_ticket(officer))
    )


async def _same_chat(session: AsyncSession, officer: OfficerView, ticket: Ticket) -> tuple[str, ...]:
    found = await session.scalars(
        select(Ticket.number)
        .where(
            Ticket.conversation_id == ticket.conversation_id,
            Ticket.id != ticket.id,
            Ticket.state.not_in(CLOSED),
            visible_ticket(officer),
        )
        .order_by(Ticket.id)
    )
    return tuple(found)


def _lookup(house: House, ticket: Ticket) -> LookupView:
    kept: dict[str, Any] = ticket.lookup_facts or {}
    place = house.gazetteer.get(kept["region"]) if kept.get("region") else None
    return LookupView(
        outcome=ticket.lookup_outcome,
        proven=bool(kept.get("proven")),
        facts=tuple(
            RegistryFact(f["source"], date.fromisoformat(f["date"]), f["desil"], tuple(f["programmes"]))
            for f in kept.get("facts", ())
        ),
        contradictions=tuple(kept.get("contradictions", ())),
        region_name=place.name if place else None,
    )


async def _referrals(
    session: AsyncSession,
    house: House,
    officer: OfficerView,
    referrals: Sequence[Referral],
    everything: Sequence[Referral],
) -> tuple[ReferralView, ...]:
    ids = [referral.id for referral in referrals]
    shown = contact_referrals(everything)
    contact = await contact_view(session, referrals[0].ticket_id) if shown & set(ids) else None
    ways: dict[int | None, list[DeliveryView]] = defaultdict(list)
    for row in await travels(session, ids):
        ways[row.referral_id].append(
            DeliveryView(row.kind, row.state, row.attempts, row.last_error, row.due_at, row.done_at)
        )
    needs = {
        need.need: need
        for need in await session.scalars(
            select(TicketNeed).where(TicketNeed.ticket_id.in_([r.ticket_id for r in referrals]))
        )
    }
    clocks = await clocks_of(session, {referral.ticket_id for referral in referrals})
    questions = await open_questions(session, ids)
    mails = await mail_views(session, house, referrals)
    return tuple(
        replace(
            _referral_view(
                house,
                officer,
                referral,
                needs[referral.need],
                ways[referral.id],
                contact if referral.id in shown else None,
            ),
            due=due_of(clocks[referral.ticket_id], referral, house.clock()),
            question=questions.get(referral.id),
            may_reply=referral.state in REACHED and not house.catalogue.units[referral.unit].internal,
            mails=tuple(mails[referral.id]),
        )
        for referral in referrals
    )


def _referral_view(
    house: House,
    officer: OfficerView,
    referral: Referral,
    need: TicketNeed,
    ways: list[DeliveryView],
    contact: ContactView | None,
) -> ReferralView:
    catalogue = house.catalogue
    return ReferralView(
        id=referral.id,
        need=referral.need,
        need_name=catalogue.needs[referral.need].name,
        agency_name=catalogue.agencies[referral.agency].name,
        unit=referral.unit,
        state=referral.state,
        urgent=referral.urgent,
        restricted=referral.restricted,
        reason=referral.reason,
        outcome=referral.outcome,
        outcome_note=referral.outcome_note,
        confirmation=referral.confirmation,
        due_at=referral.due_at,
        papers=catalogue.papers(referral.need, referral.agency),
        answers=dict(need.answers),
        source=need.source,
        confidence=need.confidence,
        steps=_referral_steps(house, officer, referral),
        deliveries=tuple(ways),
        previous_id=referral.previous_id,
        to_confirm=catalogue.needs[referral.need].assured_date is None,
        unanswered=_unanswered(house, need) if referral.state in _BEING_ASKED else (),
        contact=contact,
    )


def _unanswered(house: House, need: TicketNeed) -> tuple[str, ...]:
    questions = [house.catalogue.questions[code] for code in house.catalogue.needs[need.need].questions]
    open_ones = [
        question
        for question in questions
        if question.code not in need.answers
        and all(need.answers.get(other) in values for other, values in question.when.items())
    ]
    return tuple(question.name or question.ask for question in open_ones)


def _referral_steps(house: House, officer: OfficerView, referral: Referral) -> tuple[str, ...]:
    internal = house.catalogue.units[referral.unit].internal
    steps = allowed_steps(referral.state, officer.role, internal=internal, confirmation=referral.confirmation)
    return (*steps, "choose_unit") if referral.state == "drafted" and officer.role in DECIDERS else steps


async def _messages(
    session: AsyncSession, officer: OfficerView, ticket: Ticket, words_open: bool
) -> tuple[MessageView, ...]:
    if not words_open:
        return ()
    query = select(Message).where(Message.ticket_id == ticket.id).order_by(Message.id)
    if not officer.restricted:
        query = query.where(Message.restricted.is_(False))
    if not reads_complaints(officer):
        query = query.where(Message.confidential.is_(False))
    rows = (await session.scalars(query)).all()
    files: dict[int, list[int]] = defaultdict(list)
    wanted = select(Attachment.message_id, Attachment.id).where(Attachment.message_id.in_([row.id for row in rows]))
    for message_id, attachment_id in await session.execute(wanted):
        files[message_id].append(attachment_id)
    shown = [row for row in rows if row.kind not in ("button", "form", CODE_KIND) or files[row.id]]
    return tuple(
        MessageView(row.at, row.direction, row.kind, row.text, tuple(files[row.id]), row.forwarded) for row in shown
    )


async def _events(
    session: AsyncSession,
    house: House,
    officer: OfficerView,
    ticket: Ticket,
    referrals: Sequence[Referral],
    words_open: bool,
) -> tuple[EventView, ...]:
    need_of = {r.id: house.catalogue.needs[r.need].name for r in referrals if may_see(officer, r)}
    rows = await session.execute(
        select(Event, Officer.name)
        .outerjoin(Officer, Officer.id == Event.officer_id)
        .where(Event.ticket_id == ticket.id)
        .order_by(Event.id)
    )
    return tuple(
        EventView(
            event.at,
            event.kind,
            name or event.actor,
            need_of.get(event.referral_id or 0),
            event.note if words_open or event.kind not in ("words_added", "corrected") else None,
            event.data,
        )
        for event, name in rows
        if (event.referral_id in need_of or event.referral_id is None)
        and (officer.restricted or not event.restricted)
        and (event.kind not in ABOUT_SERVICE or reads_complaints(officer))
    )


async def _visits(session: AsyncSession, ticket: Ticket) -> tuple[VisitView, ...]:
    rows = await session.execute(
        select(Visit, Officer.name)
        .join(Officer, Officer.id == Visit.officer_id)
        .where(Visit.ticket_id == ticket.id)
        .order_by(Visit.id)
    )
    return tuple(VisitView(visit.at, name, visit.finding, visit.note) for visit, name in rows)
