"""A mailbox from which mails are read, and in which nothing is changed: people may read it as well."""

from __future__ import annotations

import imaplib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

from imap_tools import AND, BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError

from referral.errors import MailboxAway

_LIMIT = 30.0
_SIZE = b"RFC822.SIZE "


@dataclass(frozen=True)
class Place:
    """How far a mailbox was read: mails up to `uid`, as long as the server keeps its numbering (`validity`)."""

    validity: int
    uid: int

    @classmethod
    def read(cls, value: str) -> Place:
        """From `str(place)`."""
        validity, _, uid = value.partition(":")
        return cls(int(validity), int(uid))

    def __str__(self) -> str:
        return f"{self.validity}:{self.uid}"


@dataclass(frozen=True)
class Found:
    """A mail of the mailbox and the place behind it; `raw` is missing where it is larger than we read."""

    place: Place
    raw: bytes | None


@dataclass(frozen=True)
class ImapServer:
    """A mailbox on a server. Its password travels encrypted, unless the server is on this machine."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    folder: str
    tls: bool

    @classmethod
    def from_url(cls, url: str) -> ImapServer:
        """From `imaps://user:password@host:993/INBOX`; `imap://` begins in the clear and turns to TLS."""
        parts = urlsplit(url)
        tls = parts.scheme == "imaps"
        return cls(
            host=parts.hostname or "localhost",
            port=parts.port or (993 if tls else 143),
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            folder=unquote(parts.path.strip("/")) or "INBOX",
            tls=tls,
        )

    def new_mails(self, after: Place | None, since: date, largest: int, most: int) -> list[Found]:
        """Up to `most` mails behind a place (None: those since a day), oldest first. Blocks. Raises MailboxAway."""
        try:
            with self._open() as box:
                return list(_fetch(box, self.folder, after, since, largest, most))
        except (ImapToolsError, imaplib.IMAP4.error, OSError) as error:
            raise MailboxAway(type(error).__name__) from error

    @contextmanager
    def _open(self) -> Iterator[BaseMailBox]:
        box: BaseMailBox
        if self.tls:
            box = MailBox(self.host, self.port, timeout=_LIMIT)
        elif _loopback(self.host):
            box = MailBoxUnencrypted(self.host, self.port, timeout=_LIMIT)
        else:
            box = MailBoxStartTls(self.host, self.port, timeout=_LIMIT)
        try:
            box.login(self.user, self.password, initial_folder=None)
            yield box
            box.logout()
        finally:
            with suppress(OSError):  # the other side may have closed it
                box.client.shutdown()


def _fetch(box: BaseMailBox, folder: str, after: Place | None, since: date, largest: int, most: int) -> Iterator[Found]:
    validity = box.folder.status(folder, ["UIDVALIDITY"])["UIDVALIDITY"]
    box.folder.set(folder, readonly=True)
    # a server that numbers anew is read from the same day on: what is known counts once
    start = after.uid + 1 if after is not None and after.validity == validity else 1
    wanted = f"UID {start}:*" if start > 1 else AND(date_gte=since)
    # "5:*" also finds the last mail when it has a lower number
    uids = sorted(uid for uid in map(int, box.uids(wanted)) if uid >= start)
    for uid in uids[:most]:
        yield Found(Place(validity, uid), _raw(box, uid, largest))


def _raw(box: BaseMailBox, uid: int, largest: int) -> bytes | None:
    _, answer = box.client.uid("fetch", str(uid), "(RFC822.SIZE)")
    line = next((each for each in answer if isinstance(each, bytes) and _SIZE in each), b"")
    digits = line.partition(_SIZE)[2].split(b" ")[0].strip(b")")
    if not digits.isdigit() or int(digits) > largest:
        return None
    _, answer = box.client.uid("fetch", str(uid), "(BODY.PEEK[])")
    return next((bytes(each[1]) for each in answer if isinstance(each, tuple)), None)


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
