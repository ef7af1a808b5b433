"""Starting, stopping and pausing clocks: which of them run follows from where a ticket and its referrals stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.house import House
from referral.calendar import after, reminder, resumed
from referral.catalogue.clocks import Kind, Ladder, LadderStep, Nature
from referral.lifecycle import CLOCK_OF, CLOSED
from storage.models import Clock, Inquiry, Referral, Ticket

WAITED_FOR = ("question", "document")
# what happens by itself at the end of a clock, beside the steps of its ladder
EXPIRE, GO_ON = "expire", "go-on"
AT_END: dict[str, str] = {"confirm": EXPIRE, "answer": GO_ON}


@dataclass(frozen=True)
class Wanted:
    """A clock that should run."""

    kind: Kind
    referral: Referral | None = None
    inquiry: Inquiry | None = None

    @property
    def key(self) -> tuple[int | None, int | None]:
        """What a clock is about."""
        return (self.referral.id if self.referral else None, self.inquiry.id if self.inquiry else None)


async def keep_time(session: AsyncSession, house: House, ticket: Ticket) -> None:
    """Let the clocks of a locked ticket follow from what is true now; running it again changes nothing."""
    await session.flush()
    referrals = (await session.scalars(select(Referral).where(Referral.ticket_id == ticket.id))).all()
    inquiries = (
        await session.scalars(
            select(Inquiry).where(
                Inquiry.ticket_id == ticket.id, Inquiry.state == "waiting", Inquiry.kind.in_(WAITED_FOR)
            )
        )
    ).all()
    running = (await session.scalars(select(Clock).where(Clock.ticket_id == ticket.id, Clock.ended_at.is_(None)))).all()
    wanted = {each.key: each for each in wanted_clocks(ticket, referrals, inquiries)}
    now = house.clock()
    kept: list[Clock] = []
    for clock in running:
        match = wanted.get((clock.referral_id, clock.inquiry_id))
        if match is None or match.kind != clock.kind:
            clock.ended_at, clock.next_at = now, None
        else:
            kept.append(clock)
    await session.flush()  # what ended makes room for what begins
    by_id = {referral.id: referral for referral in referrals}
    about = {(clock.referral_id, clock.inquiry_id) for clock in kept}
    for each in wanted.values():
        if each.key not in about:
            kept.append(_start(session, house, ticket, each))
    _pause(house, ticket, kept, by_id)
    await session.flush()


def wanted_clocks(ticket: Ticket, referrals: Sequence[Referral], inquiries: Sequence[Inquiry]) -> list[Wanted]:
    """The clocks that should run: one for each referral somebody has to move, for each question, for a bare ticket."""
    found = [Wanted(kind, referral) for referral in referrals if (kind := _kind_of(referral)) is not None]
    if not referrals and ticket.closed_as is None and ticket.state not in CLOSED:
        found.append(Wanted("verify"))
    by_id = {referral.id: referral for referral in referrals}
    if any(each.referral is not None or each.kind == "verify" for each in found):
        found += [Wanted("answer", by_id.get(each.referral_id or 0), each) for each in inquiries]
    return found


def _kind_of(referral: Referral) -> Kind | None:
    if referral.state == "done":
        return "confirm" if referral.confirmation == "waiting" else None
    return CLOCK_OF.get(referral.state)


def _start(session: AsyncSession, house: House, ticket: Ticket, wanted: Wanted) -> Clock:
    now, referral = house.clock(), wanted.referral
    urgent = referral.urgent if referral else ticket.urgent
    span = house.catalogue.clocks.span(wanted.kind, referral.need if referral else None, urgent=urgent)
    clock = Clock(
        ticket_id=ticket.id,
        referral_id=wanted.key[0],
        inquiry_id=wanted.key[1],
        kind=wanted.kind,
        by_hours=span.hours is not None,
        restricted=_is_restricted(ticket, wanted),
        started_at=now,
        due_at=after(now, span),
        taken=[],
        told=[],
    )
    session.add(clock)
    return clock


def _is_restricted(ticket: Ticket, wanted: Wanted) -> bool:
    """What nobody has understood yet may be restricted too."""
    if wanted.inquiry is not None and wanted.inquiry.restricted:
        return True
    return wanted.referral.restricted if wanted.referral else not ticket.understood


def _pause(house: House, ticket: Ticket, clocks: Sequence[Clock], by_id: dict[int, Referral]) -> None:
    """Let clocks stand still while the resident's answer is awaited, and write down when each rings next."""
    now = house.clock()
    waiting = [clock for clock in clocks if clock.kind == "answer" and clock.due_at > now]
    for clock in clocks:
        referral = by_id.get(clock.referral_id or 0)
        still = _may_stand_still(clock, referral, ticket) and any(
            each.referral_id == clock.referral_id
            or (each.referral_id is None and (clock.restricted or not each.restricted))
            for each in waiting
        )
        if still and clock.paused_at is None:
            clock.paused_at = now
        elif not still and clock.paused_at is not None:
            clock.due_at, clock.paused_at = resumed(clock.due_at, clock.paused_at, now), None
        clock.next_at = None if clock.paused_at else next_ring(house, ticket, clock, referral)
        if referral is not None and clock.kind in ("follow_up", "finish", "confirm"):
            referral.due_at = None if clock.paused_at else clock.due_at


def _may_stand_still(clock: Clock, referral: Referral | None, ticket: Ticket) -> bool:
    urgent = referral.urgent if referral else ticket.urgent
    return clock.kind in ("verify", "follow_up", "finish") and not urgent


def ladder_of(house: House, ticket: Ticket, clock: Clock, referral: Referral | None) -> Ladder:
    """The ladder that a clock climbs."""
    catalogue = house.catalogue
    at_own_desk = referral is None or clock.kind == "verify" or catalogue.units[referral.unit].internal
    nature = Nature(
        kind=_kind(clock),
        urgent=referral.urgent if referral else ticket.urgent,
        restricted=clock.restricted,
        managers_only=catalogue.needs[referral.need].managers_only if referral else False,
        internal=at_own_desk,
    )
    return catalogue.clocks.ladder(nature)


def _kind(clock: Clock) -> Kind:
    kind: Kind = clock.kind  # type: ignore[assignment]
    return kind


def rings(house: House, ticket: Ticket, clock: Clock, referral: Referral | None) -> list[tuple[datetime, str]]:
    """When each step that was not taken yet is due, with its name; what happens by itself at the end comes last."""
    found = [
        (_at(clock, step), step.step)
        for step in ladder_of(house, ticket, clock, referral).steps
        if step.step not in clock.taken
    ]
    at_end = AT_END.get(clock.kind)
    if at_end is not None and at_end not in clock.taken:
        found.append((clock.due_at, at_end))
    return sorted(found, key=lambda each: each[0])


def _at(clock: Clock, step: LadderStep) -> datetime:
    if step.before is not None:
        return reminder(clock.started_at, clock.due_at, step.before)
    assert step.after is not None
    return after(clock.due_at, step.after)


def next_ring(house: House, ticket: Ticket, clock: Clock, referral: Referral | None) -> datetime | None:
    """When a clock rings next, if ever."""
    due = rings(house, ticket, clock, referral)
    return due[0][0] if due else None
