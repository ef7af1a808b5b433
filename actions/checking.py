"""Asking the registry about somebody: throttled, written down, and never in the way of a complaint."""

from __future__ import annotations

from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from actions.desk import Identity
from actions.events import SYSTEM, note_event, note_look
from actions.house import House
from registry.lookup import SOURCES_DIFFER, Finding, attempts_left, look_up, note_attempt, tried_before
from storage.errors import StorageError
from storage.keys import keys
from storage.models import Conversation, Ticket

_log = structlog.get_logger()


async def check_ticket(
    session: AsyncSession, house: House, conversation: Conversation, ticket: Ticket, identity: Identity
) -> Finding | None:
    """Look the person up and keep the answer with the ticket. None when nobody could be looked up."""
    finding = await check(session, house, conversation, identity, ticket)
    if finding is not None:
        ticket.lookup_outcome = finding.outcome
        ticket.person_id = finding.person_id
        ticket.lookup_facts = finding_json(finding)
        note_event(session, ticket, "looked_up", SYSTEM, data={"outcome": finding.outcome})
    return finding


async def check(
    session: AsyncSession,
    house: House,
    conversation: Conversation,
    identity: Identity,
    ticket: Ticket | None = None,
) -> Finding | None:
    """What the registry says; None without a NIK, after too many tries, or while the registry fails."""
    if not identity.nik or not await _may_try(session, house, conversation, identity):
        return None
    region = ticket.region_code if ticket else None
    try:
        async with session.begin_nested():
            finding = await look_up(session, nik=identity.nik, name=identity.name, kk=identity.kk, region_code=region)
    except (SQLAlchemyError, StorageError) as error:
        # the complaint survives a registry that fails: the officer sees that nobody has looked yet
        _log.error("registry.failed", ticket=ticket.id if ticket else None, kind=type(error).__name__)
        return None
    reason = "ticket" if ticket else "form"
    ticket_id = ticket.id if ticket else None
    note_look(session, SYSTEM, "registry.look_up", reason, ticket_id=ticket_id, person_id=finding.person_id)
    return finding


async def _may_try(session: AsyncSession, house: House, conversation: Conversation, identity: Identity) -> bool:
    """Count the try. The same data once more (first in the form, then with the ticket) is no new guess."""
    nik_hash = keys().fingerprint_of(identity.nik or "", "nik")
    claims = "\0".join((identity.nik or "", identity.name or "", identity.kk or ""))
    claims_hash = keys().fingerprint_of(claims, "claims")
    if await tried_before(session, conversation.id, claims_hash, house.clock()):
        return True
    if not await attempts_left(session, conversation.id, nik_hash, house.clock()):
        return False
    note_attempt(session, conversation.id, nik_hash, claims_hash)
    return True


def finding_json(finding: Finding) -> dict[str, Any]:
    """The registry's answer as it is kept, sealed, with the ticket."""
    return {
        "proven": finding.proven,
        "region": finding.region_code,
        "contradictions": list(finding.contradictions),
        "facts": _facts_json(finding),
    }


def shown_json(finding: Finding | None) -> dict[str, Any]:
    """What the form's page may tell of it, as it waits, sealed, with the link: without proof nothing at all."""
    if finding is None or not finding.proven:
        return {"proven": False, "person": None, "facts": [], "differ": False}
    return {
        "proven": True,
        "person": finding.person_id,
        "facts": _facts_json(finding),
        "differ": SOURCES_DIFFER in finding.contradictions,
    }


def _facts_json(finding: Finding) -> list[dict[str, Any]]:
    return [
        {
            "source": fact.source,
            "date": fact.source_date.isoformat(),
            "desil": fact.desil,
            "programmes": list(fact.programmes),
        }
        for fact in finding.facts
    ]
