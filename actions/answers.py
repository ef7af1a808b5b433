"""The agency's answer: behind a signed link without an account, or for restricted cases behind log-in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.agency_talk import TALK, attach, say, talk_of
from actions.due import clocks_of, due_of
from actions.errors import LinkExpired, LinkInvalid, NotFound, NotNow
from actions.events import Actor, note_look
from actions.files import Upload
from actions.house import House
from actions.places import rt_rw
from actions.safety import contact_referrals, contact_view
from actions.scope import may_see, visible_ticket
from actions.steps import Said, lock_referral, need_of, take_step
from actions.views import AnswerView, OfficerView
from referral.lifecycle import OPEN, allowed_steps
from referral.links import LinkForged, LinkTooOld, read_answer
from storage.keys import keys
from storage.models import Feedback, Referral, Ticket

AGENCY = Actor("agency")


@dataclass(frozen=True)
class Answer:
    """What an agency says: a step of the table or of `TALK` (None: only files), its words, who says it, files."""

    step: str | None
    said: Said
    actor: Actor
    files: Sequence[Upload] = ()


async def answer_view(house: House, token: str) -> AnswerView:
    """What the agency sees behind its link; looking changes nothing. Raises LinkInvalid or LinkExpired."""
    async with house.database.transaction() as session:
        ticket, referral = await _behind(session, house, token)
        return await referral_view(session, house, ticket, referral, AGENCY.role)


async def answer(house: House, token: str, step: str, said: Said, files: Sequence[Upload] = ()) -> None:
    """Take the agency's step. Raises LinkInvalid, LinkExpired, NotNow or Incomplete."""
    async with house.database.transaction() as session:
        ticket, referral = await _behind(session, house, token)
        await take_answer(session, house, ticket, referral, Answer(step, said, AGENCY, files))


async def agency_view(house: House, officer: OfficerView, referral_id: int) -> AnswerView:
    """A case behind log-in, for the unit's own officers and the area's restricted circle. Raises NotFound."""
    async with house.database.transaction() as session:
        ticket, referral = await own_case(session, officer, referral_id)
        note_look(session, Actor(officer.role, officer.id), "case.seen", "agency case page", ticket_id=ticket.id)
        return await referral_view(session, house, ticket, referral, officer.role)


async def agency_answer(
    house: House, officer: OfficerView, referral_id: int, step: str, said: Said, files: Sequence[Upload] = ()
) -> None:
    """Take the agency's step as its logged-in officer. Raises NotFound, NotNow or Incomplete."""
    async with house.database.transaction() as session:
        ticket, referral = await own_case(session, officer, referral_id)
        await take_answer(session, house, ticket, referral, Answer(step, said, Actor(officer.role, officer.id), files))


async def take_answer(session: AsyncSession, house: House, ticket: Ticket, referral: Referral, answer: Answer) -> None:
    """Take an answer on a locked referral, from whichever door it came. Raises NotNow or Incomplete."""
    if (answer.files or answer.step in TALK) and answer.actor.role != AGENCY.role:
        raise NotNow  # officers who see the case too have its ticket page
    for file in answer.files:
        await attach(session, ticket, referral, file, answer.actor)
    if answer.step in TALK:
        await say(session, ticket, referral, answer.step, answer.said.note or "", answer.actor)
    elif answer.step is not None:
        await take_step(session, house, ticket, referral, answer.step, answer.actor, answer.said)


async def _behind(session: AsyncSession, house: House, token: str) -> tuple[Ticket, Referral]:
    try:
        referral_id, serial = read_answer(
            token, keys().signing, timedelta(days=house.catalogue.deadlines.answer_link_days)
        )
    except LinkTooOld as error:
        raise LinkExpired from error
    except LinkForged as error:
        raise LinkInvalid from error
    try:
        ticket, referral = await lock_referral(session, referral_id)
    except NotFound as error:
        raise LinkInvalid from error
    if referral.link_serial != serial or referral.restricted:
        raise LinkInvalid
    return ticket, referral


async def own_case(session: AsyncSession, officer: OfficerView, referral_id: int) -> tuple[Ticket, Referral]:
    """A referral that is an officer's to answer, with its ticket locked. Raises NotFound."""
    ticket, referral = await lock_referral(session, referral_id)
    if officer.role == "agency":
        if officer.unit != referral.unit or referral.state in ("drafted", "rejected", "revoked"):
            raise NotFound
        return ticket, referral
    seen = await session.scalar(select(Ticket.id).where(Ticket.id == ticket.id, visible_ticket(officer)))
    if seen is None or not officer.restricted or not may_see(officer, referral):
        raise NotFound
    return ticket, referral


async def referral_view(
    session: AsyncSession, house: House, ticket: Ticket, referral: Referral, role: str
) -> AnswerView:
    """What the agency may read of a referral: the least that it needs, whichever door it comes by."""
    place = house.gazetteer.get(ticket.region_code) if ticket.region_code else None
    need = await need_of(session, referral)
    siblings = (await session.scalars(select(Referral).where(Referral.ticket_id == ticket.id))).all()
    # beside a restricted need the resident's words go to its own unit alone
    words = referral.restricted or (ticket.understood and not any(other.restricted for other in siblings))
    reach = await contact_view(session, ticket.id) if referral.id in contact_referrals(siblings) else None
    clocks = await clocks_of(session, [ticket.id])
    return AnswerView(
        referral_id=referral.id,
        due=due_of(clocks[ticket.id], referral, house.clock()),
        number=ticket.number,
        agency_name=house.catalogue.agencies[referral.agency].name,
        need_name=house.catalogue.needs[referral.need].name,
        state=referral.state,
        urgent=referral.urgent,
        created_at=referral.created_at,
        due_at=referral.due_at,
        complaint=ticket.complaint if words else None,
        reporter_name=ticket.reporter_name,
        region_name=f"{place.name}, {place.kecamatan}, {place.city}" if place else None,
        rt_rw=rt_rw(ticket),
        answers=_for_agency(house, need.answers) if need else {},
        papers=house.catalogue.papers(referral.need, referral.agency),
        restricted=referral.restricted,
        reason=referral.reason,
        outcome=referral.outcome,
        outcome_note=referral.outcome_note,
        steps=_steps(house, referral, role),
        contact=reach,
        not_helped=await _why(session, referral),
        need=referral.need,
        talk=await talk_of(session, referral.id),
    )


def _steps(house: House, referral: Referral, role: str) -> tuple[str, ...]:
    internal = house.catalogue.units[referral.unit].internal
    steps = allowed_steps(referral.state, role, internal=internal, confirmation=referral.confirmation)
    return (*steps, *TALK) if role == AGENCY.role and referral.state in OPEN else steps


async def _why(session: AsyncSession, referral: Referral) -> str | None:
    """Why the resident said that it had not helped, the last time she did."""
    said = select(Feedback.words).where(Feedback.referral_id == referral.id, Feedback.kind == "not_helped")
    return await session.scalar(said.order_by(Feedback.id.desc()).limit(1))


def _for_agency(house: House, answers: dict[str, str]) -> dict[str, str]:
    """The answers that the agency needs to act; what is only for our officers stays here."""
    questions = house.catalogue.questions
    return {code: value for code, value in answers.items() if code not in questions or questions[code].in_referral}
