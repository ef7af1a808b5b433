"""The names of everything that can happen to a ticket, and the one way to write it down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Audit, Event, Referral, Ticket

EventKind = Literal[
    "opened",
    "understood_later",
    "words_added",
    "corrected",
    "officer_wanted",
    "officer_spoke",
    "looked_up",
    "recommended",
    "sent_back",
    "visit_asked",
    "visit_done",
    "need_added",
    "approved",
    "rejected",
    "revoked",
    "sent",
    "received",
    "accepted",
    "started",
    "returned",
    "rerouted",
    "finished",
    "confirmed",
    "not_helped",
    "unconfirmed",
    "reopened",
    "delivery_held",
    "next_channel",
    "agency_mailed",
    "mail_held",
    "mail_bounced",
    "reopen_asked",
    "complained",
    "officer_wrote",
    "waiting_for_resident",
    "resident_answered",
    "agency_asked",
    "agency_told",
    "agency_sent_file",
    "agency_answered",
    "reminded",
    "escalated",
    "waited_enough",
    "ticket_rejected",
    "withdrawn",
    "merged",
    "merged_in",
    "ticket_reopened",
    "identity_given",
    "consent_withdrawn",
    "erased",
    "letter_issued",
    "letter_revoked",
    "letter_handed",
]


@dataclass(frozen=True)
class Actor:
    """Who does it: a role of `referral.lifecycle` (resident, fo, bo, coordinator, manager, agency, system)."""

    role: str
    officer_id: int | None = None


SYSTEM = Actor("system")
RESIDENT = Actor("resident")


def note_event(
    session: AsyncSession,
    ticket: Ticket,
    kind: EventKind | str,
    actor: Actor,
    *,
    referral: Referral | None = None,
    restricted: bool = False,
    note: str | None = None,
    data: dict[str, Any] | None = None,
) -> None:
    """Add a line to the ticket's timeline; what concerns a restricted referral is restricted too."""
    session.add(
        Event(
            ticket_id=ticket.id,
            referral_id=referral.id if referral else None,
            kind=kind,
            actor=actor.role,
            officer_id=actor.officer_id,
            restricted=restricted or bool(referral and referral.restricted),
            note=note,
            data=data or {},
        )
    )


def note_look(session: AsyncSession, actor: Actor, action: str, reason: str, **ids: int | None) -> None:
    """Write down who saw or did what and why; `ids` are ticket_id and person_id."""
    session.add(Audit(actor=actor.role, officer_id=actor.officer_id, action=action, reason=reason, data={}, **ids))
