"""A copy of what is kept of a chat, for its owner: a ZIP with a text to read, the same as JSON, and the files."""

from __future__ import annotations

import asyncio
import io
import json
import zipfile
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.agency_talk import REPLY, TALK
from actions.errors import NotFound
from actions.events import RESIDENT, SYSTEM, note_look
from actions.forms import EXPORT, sent_link, spend_link
from actions.house import House
from actions.mydata import DONE, EXPORTING, WAITING, shown_message, shown_ticket
from storage.models import (
    Attachment,
    Consent,
    Conversation,
    DataRequest,
    Event,
    Feedback,
    Message,
    Referral,
    Ticket,
    TicketNeed,
    Visit,
)
from templates import render

Copy = dict[str, Any]
_AMONG_OFFICES = {*TALK.values(), REPLY}


async def export(house: House, token: str) -> bytes:
    """The ZIP behind a one-time link, which is spent. Raises LinkInvalid or LinkExpired."""
    async with house.database.transaction() as session:
        conversation = await spend_link(session, house, token, EXPORT)
        hidden = (await sent_link(session, token)).ticket_id
        copy, files = await _collect(session, house, conversation, hidden)
        now = house.clock()
        due = now + house.limits.requests.answer
        session.add(
            DataRequest(at=now, conversation_id=conversation.id, kind=EXPORTING, state=DONE, due_at=due, done_at=now)
        )
        note_look(session, RESIDENT, "data.exported", "own request")
    return await asyncio.to_thread(_pack, copy, files)


async def export_for_request(house: House, request_id: int) -> bytes:
    """The ZIP for a request that waits for the office. Raises NotFound."""
    async with house.database.transaction() as session:
        request = await session.get(DataRequest, request_id)
        if request is None or request.kind != EXPORTING or request.state != WAITING:
            raise NotFound
        conversation = await session.get_one(Conversation, request.conversation_id)
        copy, files = await _collect(session, house, conversation)
        note_look(session, SYSTEM, "data.exported", "request at the office")
    return await asyncio.to_thread(_pack, copy, files)


async def _collect(
    session: AsyncSession, house: House, conversation: Conversation, hidden: int | None = None
) -> tuple[Copy, dict[str, bytes]]:
    """All that the chat's phone may show, or (`hidden`) the restricted ticket that a safety code opened."""
    which = shown_ticket(conversation.id) if hidden is None else Ticket.id == hidden
    rows = await session.scalars(select(Ticket).where(which).order_by(Ticket.id))
    tickets = [await _ticket(session, house, ticket, restricted=hidden is not None) for ticket in rows.all()]
    said = shown_message(conversation.id) if hidden is None else Message.ticket_id == hidden
    messages, files = await _messages(session, said)
    consents = await session.scalars(
        select(Consent).where(Consent.conversation_id == conversation.id).order_by(Consent.id)
    )
    copy: Copy = {
        "made_at": house.clock(),
        "channel": conversation.channel,
        "since": conversation.created_at,
        "tickets": tickets,
        "messages": messages,
        "consents": [
            {"at": row.at, "given": row.given, "wording": row.wording, "withdrawn_at": row.withdrawn_at}
            for row in consents
        ],
    }
    return copy, files


async def _ticket(session: AsyncSession, house: House, ticket: Ticket, *, restricted: bool) -> Copy:
    """Its ordinary needs, or with `restricted` all of it."""
    everything = (await session.scalars(select(Referral).where(Referral.ticket_id == ticket.id))).all()
    referrals = [row for row in everything if restricted or not row.restricted]
    whole = len(referrals) == len(everything)
    place = house.gazetteer.get(ticket.region_code) if ticket.region_code else None
    facts = ticket.lookup_facts or {}
    return {
        "number": ticket.number,
        "created_at": ticket.created_at,
        "state": ticket.state,
        "place": f"{place.name}, {place.kecamatan}" if place else None,
        "rt": ticket.rt,
        "rw": ticket.rw,
        "words": ticket.complaint if whole else None,  # beside a restricted need they may tell of it
        "name": ticket.reporter_name,
        "nik": ticket.nik,
        "kk": ticket.kk,
        "registry": facts.get("facts", []) if facts.get("proven") else [],
        "needs": [await _need(session, house, row) for row in referrals],
        "visits": [
            {"at": row.at, "finding": row.finding, "note": row.note}
            for row in await session.scalars(select(Visit).where(Visit.ticket_id == ticket.id))
        ],
        "history": await _history(session, ticket, referrals, whole=whole, restricted=restricted),
        "feedback": [
            {"at": row.at, "kind": row.kind, "stars": row.stars, "words": row.words}
            for row in await session.scalars(
                select(Feedback).where(Feedback.ticket_id == ticket.id, Feedback.restricted.in_({False, restricted}))
            )
        ],
    }


async def _need(session: AsyncSession, house: House, referral: Referral) -> Copy:
    need = await session.scalar(
        select(TicketNeed).where(TicketNeed.ticket_id == referral.ticket_id, TicketNeed.need == referral.need)
    )
    questions = house.catalogue.questions
    answers = dict(need.answers) if need else {}
    return {
        "need": house.catalogue.needs[referral.need].everyday,
        "agency": house.catalogue.agencies[referral.agency].name,
        "state": referral.state,
        "outcome": referral.outcome,
        "note": referral.outcome_note,
        "reason": referral.reason,
        "answers": {
            (questions[code].name or questions[code].ask) if code in questions else code: (
                questions[code].shown(value) if code in questions else value
            )
            for code, value in answers.items()
        },
    }


async def _history(
    session: AsyncSession, ticket: Ticket, referrals: list[Referral], *, whole: bool, restricted: bool
) -> list[Copy]:
    ids = {row.id for row in referrals}
    rows = await session.scalars(
        select(Event).where(Event.ticket_id == ticket.id, Event.restricted.in_({False, restricted})).order_by(Event.id)
    )
    return [
        # what offices write to each other is not told to the resident, so it is not in her copy either
        {"at": row.at, "kind": row.kind, "note": row.note if whole and row.kind not in _AMONG_OFFICES else None}
        for row in rows
        if row.referral_id is None or row.referral_id in ids
    ]


async def _messages(session: AsyncSession, which: ColumnElement[bool]) -> tuple[list[Copy], dict[str, bytes]]:
    rows = (await session.scalars(select(Message).where(which).order_by(Message.id))).all()
    kept: dict[int, list[str]] = {}
    files: dict[str, bytes] = {}
    found = await session.scalars(
        select(Attachment).where(Attachment.message_id.in_([row.id for row in rows])).order_by(Attachment.id)
    )
    for number, attachment in enumerate(found, 1):
        if attachment.content is not None:
            name = f"berkas/{number:03}-{_plain_name(attachment)}"
            files[name] = attachment.content
            kept.setdefault(attachment.message_id, []).append(name)
    messages = [
        {
            "at": row.at,
            "from": "resident" if row.direction == "in" else "slrt",
            "kind": row.kind,
            "text": row.text if row.kind != "button" else None,
            "files": kept.get(row.id, []),
        }
        for row in rows
        if row.kind != "button"
    ]
    return messages, files


def _plain_name(attachment: Attachment) -> str:
    """A name that no computer stumbles over."""
    endings = {"image/jpeg": ".jpg", "image/png": ".png", "audio/ogg": ".ogg", "application/pdf": ".pdf"}
    name = attachment.file_name or f"{attachment.kind}{endings.get(attachment.media_type or '', '')}"
    return "".join(sign if sign.isalnum() or sign in "-_." else "_" for sign in name)[-60:]


def _pack(copy: Copy, files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("BACA-SAYA.txt", render("bot/export.txt", copy=copy) + "\n")
        archive.writestr("data.json", json.dumps(copy, default=str, ensure_ascii=False, indent=1))
        for name, content in files.items():
            archive.writestr(name, content, zipfile.ZIP_STORED)
    return packed.getvalue()
