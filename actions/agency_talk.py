"""What an agency and the Puskesos tell each other about a referral: questions, answers, how far it is, files.

All of it is the ticket's history: a question is open until an answer follows it.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import Incomplete, NotNow
from actions.events import Actor, EventKind, note_event
from actions.files import Upload
from actions.views import TalkLine
from referral.lifecycle import OPEN
from registry.nik import redact
from storage.models import Event, Referral, ReferralFile, Ticket

ASK, PROGRESS = "ask", "progress"
TALK: dict[str, EventKind] = {ASK: "agency_asked", PROGRESS: "agency_told"}
REPLY: EventKind = "agency_answered"
FILE: EventKind = "agency_sent_file"
REACHED = OPEN | {"done"}


async def say(session: AsyncSession, ticket: Ticket, referral: Referral, what: str, text: str, actor: Actor) -> None:
    """The agency asks the Puskesos (`ASK`) or tells how far it is (`PROGRESS`). Raises NotNow or Incomplete."""
    if referral.state not in OPEN:
        raise NotNow
    if not text.strip():
        raise Incomplete("note")
    note_event(session, ticket, TALK[what], actor, referral=referral, note=redact(text.strip()))
    await session.flush()


async def attach(session: AsyncSession, ticket: Ticket, referral: Referral, file: Upload, actor: Actor) -> None:
    """Keep a file of the agency with the referral. Raises NotNow."""
    if referral.state not in REACHED:
        raise NotNow
    row = ReferralFile(
        referral_id=referral.id,
        file_name=file.name,
        media_type=file.media_type,
        size=len(file.content),
        content=file.content,
    )
    session.add(row)
    await session.flush()
    note_event(session, ticket, FILE, actor, referral=referral, data={"file": row.id})
    await session.flush()


async def open_questions(session: AsyncSession, referral_ids: Collection[int]) -> dict[int, str]:
    """What agencies asked about these referrals and nobody has answered, by referral."""
    asked = await session.execute(
        select(Event.referral_id, Event.kind, Event.note)
        .where(Event.referral_id.in_(referral_ids), Event.kind.in_((TALK[ASK], REPLY)))
        .order_by(Event.id)
    )
    last = {referral_id: (kind, note) for referral_id, kind, note in asked}
    return {each: note or "" for each, (kind, note) in last.items() if kind == TALK[ASK] and each is not None}


async def talk_of(session: AsyncSession, referral_id: int) -> tuple[TalkLine, ...]:
    """What was said about a referral between its unit and the Puskesos, oldest first."""
    kinds = (*TALK.values(), REPLY, FILE)
    events = await session.scalars(
        select(Event).where(Event.referral_id == referral_id, Event.kind.in_(kinds)).order_by(Event.id)
    )
    names = await file_names(session, referral_id)
    return tuple(TalkLine(row.at, row.kind, row.note, names.get(row.data.get("file", 0))) for row in events)


async def file_names(session: AsyncSession, referral_id: int) -> dict[int, str]:
    """Names of the files that the agency sent, by id."""
    rows = await session.execute(
        select(ReferralFile.id, ReferralFile.file_name).where(ReferralFile.referral_id == referral_id)
    )
    return {file_id: name or f"berkas-{file_id}" for file_id, name in rows}
