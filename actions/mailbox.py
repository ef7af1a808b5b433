"""A mail came in: what it is, whose, and what follows. Each mail counts once, by whichever way it comes again.

What is applied needs both: our mark, which only the office's own mails bear, and a sender whom the contacts know for
that unit. Nothing of a mail reaches a resident but by the steps that the answer page takes too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.agency_talk import ASK, say
from actions.answers import AGENCY
from actions.attachments import LARGEST
from actions.bounces import take_bounce
from actions.errors import Incomplete, NotFound, NotNow
from actions.events import SYSTEM, note_event
from actions.house import House
from actions.mail_keeping import (
    AGAIN,
    ASKED,
    AUTOMATIC,
    INCOMPLETE,
    NOT_NOW,
    NOT_OURS,
    NOTE,
    OLD,
    REPLY,
    RESTRICTED,
    STRANGER,
    STRAY,
    TAKEN,
    keep_mail,
)
from actions.receipts import send_receipt
from actions.steps import Said, lock_referral, take_step
from referral.catalogue.replies import Answer, OwnWords, load_replies
from referral.channels.inbound import InboundMail as Mail
from referral.channels.inbound import MailFile
from referral.reply_tokens import ReplyMark, find_mark
from registry.nik import redact
from storage.keys import keys
from storage.models import Event, Fact, InboundFile, InboundMail, Referral, Ticket

_PLACE = "mail.place"
_log = structlog.get_logger()


@dataclass(frozen=True)
class _Arrived:
    """A mail at the referral that its mark names, whose ticket is locked."""

    session: AsyncSession
    house: House
    mail: Mail
    own: OwnWords
    ticket: Ticket
    referral: Referral
    mark: ReplyMark
    files: Sequence[MailFile] = field(default=())


async def place_in(house: House, mailbox: str) -> str | None:
    """How far a mailbox was read, as it was noted last."""
    async with house.database.transaction() as session:
        kept = await session.get(Fact, f"{_PLACE}.{mailbox}")
        return kept.value if kept else None


async def note_place(house: House, mailbox: str, place: str) -> None:
    """Note how far a mailbox was read: after its mails were taken, so that none is lost."""
    async with house.database.transaction() as session:
        await session.merge(Fact(name=f"{_PLACE}.{mailbox}", value=place))


async def take_mail(house: House, mail: Mail) -> str:
    """Do what a mail asks for, or keep it for an officer's eye. Returns what came of it."""
    result = await _take(house, mail)
    _log.info("mail.taken", result=result, files=len(mail.files))
    return result


async def _take(house: House, mail: Mail) -> str:
    mark = find_mark(mail.places, keys().signing)
    if mail.bounce is not None and mark is not None:
        return await take_bounce(house, mail, mark)
    if mail.automatic or mail.bounce is not None:
        return AUTOMATIC
    units = house.contacts.units_at(mail.sender)
    if mark is None:
        return await _keep_stray(house, mail, units) if units else NOT_OURS
    own = load_replies().own_words(redact(mail.text[: house.limits.mail.longest_text]))
    async with house.database.transaction() as session:
        try:
            ticket, referral = await lock_referral(session, mark.referral_id)
        except NotFound:
            return NOT_OURS
        if await _was_erased(session, ticket):
            return NOT_OURS
        arrived = _Arrived(session, house, mail, own, ticket, referral, mark, mail.files)
        return await (_reply(arrived) if referral.unit in units else _stranger(arrived))


async def _was_erased(session: AsyncSession, ticket: Ticket) -> bool:
    """Whether the ticket's words were erased: no new ones are kept then."""
    erased = select(Event.id).where(Event.ticket_id == ticket.id, Event.kind == "erased")
    return await session.scalar(erased.limit(1)) is not None


async def _reply(arrived: _Arrived) -> str:
    answer = load_replies().answer(arrived.own)
    row = await _keep(arrived, REPLY, answer.step if answer else None)
    if row is None:
        return AGAIN
    row.result = await _apply(arrived, answer)
    done = row.result == TAKEN and answer is not None and not answer.rest and not arrived.files
    row.wants_look = not done
    note_event(
        arrived.session,
        arrived.ticket,
        "agency_mailed",
        AGENCY,
        referral=arrived.referral,
        # without its words: what an office writes to us is not for the resident's copy of the history
        data={"mail": row.id, "result": row.result},
    )
    if row.result != NOTE:
        await send_receipt(arrived.session, arrived.house, arrived.ticket, arrived.referral, row, arrived.mail)
    return row.result


async def _apply(arrived: _Arrived, answer: Answer | None) -> str:
    """What a known sender's answer does: the same steps as on the answer page; of a restricted case nothing."""
    house, referral = arrived.house, arrived.referral
    if referral.restricted:
        return RESTRICTED
    if answer is None:
        return NOTE
    age = timedelta(days=house.catalogue.deadlines.answer_link_days)
    if arrived.mark.serial != referral.link_serial or arrived.mark.too_old(house.clock(), age):
        return OLD
    words = (answer.words or "")[: house.limits.mail.longest_words].strip() or None
    if answer.step == ASK:
        return await _ask(arrived, words)
    said = Said(reason=words, outcome=answer.outcome, note=words)
    try:
        await take_step(arrived.session, house, arrived.ticket, referral, answer.step, AGENCY, said)
    except NotNow:
        return NOT_NOW
    except Incomplete:
        return INCOMPLETE
    return TAKEN


async def _ask(arrived: _Arrived, words: str | None) -> str:
    """The question stands where those from the answer page stand, and is answered there."""
    try:
        await say(arrived.session, arrived.ticket, arrived.referral, ASK, words or "", AGENCY)
    except NotNow:
        return NOT_NOW
    except Incomplete:
        return INCOMPLETE
    return ASKED


async def _stranger(arrived: _Arrived) -> str:
    """It bears our mark, but the contacts don't know its sender for the unit: held for an officer's eye."""
    row = await _keep(arrived, STRANGER, None)
    if row is None:
        return AGAIN
    row.result, row.wants_look = STRANGER, True
    data = {"mail": row.id}
    note_event(arrived.session, arrived.ticket, "mail_held", SYSTEM, referral=arrived.referral, data=data)
    return STRANGER


async def _keep(arrived: _Arrived, kind: str, step: str | None) -> InboundMail | None:
    """Write the mail down with its files; None if it was written down before."""
    session, house, mail = arrived.session, arrived.house, arrived.mail
    row = await keep_mail(
        session,
        mail,
        kind=kind,
        unit=arrived.referral.unit,
        ticket_id=arrived.ticket.id,
        referral_id=arrived.referral.id,
        restricted=arrived.referral.restricted,
        text=arrived.own.text,
        whole=redact(mail.text[: house.limits.mail.longest_text]) if arrived.own.sure else None,
        step=step,
    )
    if row is None:
        return None
    for file in arrived.files[: house.limits.mail.most_files]:
        session.add(
            InboundFile(
                mail_id=row.id,
                ticket_id=arrived.ticket.id,
                file_name=file.name,
                media_type=file.media_type,
                size=len(file.content),
                content=file.content if len(file.content) <= LARGEST else None,
            )
        )
    return row


async def _keep_stray(house: House, mail: Mail, units: Sequence[str]) -> str:
    """An office wrote, but not in answer to one of our mails: a manager reads it."""
    restricted = any(house.catalogue.units[unit].restricted for unit in units if unit in house.catalogue.units)
    own = load_replies().own_words(redact(mail.text[: house.limits.mail.longest_text]))
    async with house.database.transaction() as session:
        row = await keep_mail(
            session, mail, kind=STRAY, unit=units[0], restricted=restricted, text=own.text, wants_look=True
        )
    return STRAY if row is not None else AGAIN
