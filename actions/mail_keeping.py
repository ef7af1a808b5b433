"""How mails that came in are kept: the names of what they are and what came of them, and the one way to write one."""

from __future__ import annotations

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from referral.channels.inbound import InboundMail as Mail
from registry.nik import redact
from storage.keys import keys
from storage.models import InboundMail

REPLY, STRANGER, STRAY, BOUNCE = "reply", "stranger", "stray", "bounce"
KINDS = (REPLY, STRANGER, STRAY, BOUNCE)

# what came of a mail; the last ones only of bounces: all addresses failed, or some, or it tells nothing new
TAKEN, NOTE, ASKED, RESTRICTED, OLD = "taken", "note", "asked", "restricted", "old"
NOT_NOW, INCOMPLETE = "not_now", "incomplete"
FAILED, PARTLY, LATE = "bounced", "bounced_partly", "bounced_late"
RESULTS = (TAKEN, NOTE, ASKED, RESTRICTED, OLD, NOT_NOW, INCOMPLETE, STRANGER, FAILED, PARTLY, LATE)

# nothing is kept: nobody wrote it, it is not for us, or it is known
AUTOMATIC, NOT_OURS, AGAIN = "automatic", "not_ours", "again"


async def keep_mail(session: AsyncSession, mail: Mail, **values: object) -> InboundMail | None:
    """Write a mail down once; None if it is known. A second taker of the same mail waits here for the first."""
    name = mail.message_id or f"{mail.subject}{mail.text}"
    given: dict[str, object] = {
        "fingerprint": keys().fingerprint_of(f"{name}\0{mail.sender}", "mail"),
        "sender": mail.sender,
        "subject": redact(mail.subject),
        "result": NOTE,
        "wants_look": False,
        **values,
    }
    statement = insert(InboundMail).values(**given).on_conflict_do_nothing().returning(InboundMail.id)
    mail_id = await session.scalar(statement)
    return await session.get_one(InboundMail, mail_id) if mail_id is not None else None
