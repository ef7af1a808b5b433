"""Reading the mailbox of agencies' answers, again and again; one process at a time."""

from __future__ import annotations

import asyncio
import hashlib
from contextlib import suppress
from datetime import timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from actions.house import House
from actions.mailbox import note_place, place_in, take_mail
from referral.channels.imap import Found, ImapServer, Place
from referral.channels.inbound import read_mail
from referral.errors import MailboxAway, MailUnreadable
from slrt.settings import Settings

_AT_ONCE = 10
_LONGEST_PAUSE = 600.0
_log = structlog.get_logger()


async def read_mailbox(settings: Settings, house: House, stop: asyncio.Event) -> None:
    """Take what comes into the mailbox until `stop`; without a mailbox do nothing."""
    if settings.imap_url is None:
        return
    working = asyncio.create_task(_work(ImapServer.from_url(settings.imap_url), settings.imap_seconds, house, stop))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
    for task in (working, stopping):
        task.cancel()
    await asyncio.gather(working, stopping, return_exceptions=True)


async def _work(server: ImapServer, seconds: float, house: House, stop: asyncio.Event) -> None:
    pause = seconds
    while not stop.is_set():
        try:
            # others wait here; each mail counts once anyhow, but why should all fetch it
            async with house.database.sole("slrt-mailbox"):
                while not stop.is_set():
                    more = await look(server, house)
                    pause = seconds
                    if not more:
                        await _wait(stop, seconds)
        except Exception as error:  # whatever the mailbox or the database does, the reader stays
            _log.warning("mailbox.away", kind=str(error) if isinstance(error, MailboxAway) else type(error).__name__)
            await _wait(stop, pause)
            pause = min(pause * 2, _LONGEST_PAUSE)


async def look(server: ImapServer, house: House) -> bool:
    """Take the mails that are new. Returns whether there may be more. Raises MailboxAway."""
    mailbox = hashlib.sha256(f"{server.user}@{server.host}/{server.folder}".encode()).hexdigest()[:16]
    limits = house.limits.mail
    kept = await place_in(house, mailbox)
    since = (house.clock() - timedelta(days=limits.first_days)).date()
    found = await asyncio.to_thread(
        server.new_mails, Place.read(kept) if kept else None, since, limits.largest, _AT_ONCE
    )
    for each in found:
        await _take(house, each)
        await note_place(house, mailbox, str(each.place))
    return len(found) == _AT_ONCE


async def _take(house: House, found: Found) -> None:
    """A mail that can't be read stays in the mailbox, for a person; those behind it go on."""
    if found.raw is None:
        _log.warning("mailbox.too_large", uid=found.place.uid)
        return
    try:
        await take_mail(house, await asyncio.to_thread(read_mail, found.raw))
    except MailUnreadable as error:
        _log.warning("mailbox.unreadable", uid=found.place.uid, kind=str(error))
    except (SQLAlchemyError, OSError):
        raise
    except Exception as error:
        _log.error("mailbox.mail_broke", uid=found.place.uid, kind=type(error).__name__)


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()
