"""Referrals by e-mail."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any
from urllib.parse import unquote, urlsplit

import aiosmtplib

from referral.calendar import WIB
from referral.contacts import Contacts
from referral.ports import Parcel, Refused, TryAgain

_LIMIT = 30.0
_PERMANENT = 500
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{3,250}>")
_AUTH = frozenset({530, 534, 535, 538})


@dataclass(frozen=True)
class MailServer:
    """A mail server. With a password the line must be encrypted, unless the server is on this machine."""

    host: str
    port: int
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: bool = False

    @classmethod
    def from_url(cls, url: str) -> MailServer:
        """From `smtp://user:password@host:port`, or `smtps://` for TLS from the first byte."""
        parts = urlsplit(url)
        tls = parts.scheme == "smtps"
        return cls(
            host=parts.hostname or "localhost",
            port=parts.port or (465 if tls else 25),
            user=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            tls=tls,
        )

    @property
    def start_tls(self) -> bool | None:
        """True: insist on it. None: take it where offered."""
        if self.tls:
            return False
        return True if self.password and self.host not in ("localhost", "127.0.0.1", "::1") else None


class EmailSender:
    """Sender of `email` parcels: payload {unit, thread, subject, text, html}, addresses from the contacts.

    `unit` may also be the key of people who are told of what is late (see `Contacts.mail_addresses`). A payload's
    `mark` (see `referral.reply_tokens`) goes into the Message-ID, and into the address for answers where `reply_to`
    names one that takes a `+`: there answers and notices of mails that came back arrive. `answers` is the Message-ID
    of the mail that is answered.
    """

    def __init__(
        self,
        contacts: Contacts,
        server: MailServer,
        mail_from: str,
        from_name: str = "SLRT",
        reply_to: str | None = None,
    ) -> None:
        self._reply_to = reply_to
        self._contacts = contacts
        self._server = server
        self._from = Address(from_name, addr_spec=mail_from)
        self._domain = mail_from.rpartition("@")[2]

    async def send(self, parcel: Parcel) -> None:
        """Hand the mail to the server. See `referral.ports.Sender`."""
        unit = str(parcel.payload["unit"])
        addresses = list(self._contacts.mail_addresses(unit))
        if not addresses:
            raise Refused(f"no mail address is known for {unit}")
        await self._hand_over(self.compose(parcel, addresses), self._reply_address(parcel.payload))

    def _reply_address(self, payload: dict[str, Any]) -> str | None:
        if self._reply_to is None or "mark" not in payload:
            return None
        name, _, domain = self._reply_to.rpartition("@")
        return f"{name}+{payload['mark']}@{domain}"

    def compose(self, parcel: Parcel, addresses: list[str]) -> EmailMessage:
        """The mail as it leaves. The same parcel always has the same Message-ID."""
        payload: dict[str, Any] = parcel.payload
        mail = EmailMessage()
        mail["Subject"] = " ".join(str(payload["subject"]).split())
        mail["From"] = self._from
        mail["To"] = ", ".join(addresses)
        mail["Date"] = format_datetime(datetime.now(WIB))
        name = f"{parcel.key}.{payload['mark']}" if "mark" in payload else parcel.key
        mail["Message-ID"] = f"<{name}@{self._domain}>"
        answers = _message_id(payload.get("answers"))
        thread = f"<{payload['thread']}@{self._domain}>"
        mail["In-Reply-To"] = answers or thread
        mail["References"] = f"{thread} {answers}" if answers else thread
        # nothing of ours is written by hand: machines that heed it don't answer, and two of them never talk for ever
        mail["Auto-Submitted"] = "auto-replied" if "answers" in payload else "auto-generated"
        if (reply_to := self._reply_address(payload)) is not None:
            mail["Reply-To"] = Address(self._from.display_name, addr_spec=reply_to)
        if parcel.urgent:
            mail["Importance"] = "high"
        mail.set_content(str(payload["text"]))
        mail.add_alternative(str(payload["html"]), subtype="html")
        return mail

    async def _hand_over(self, mail: EmailMessage, comes_back_to: str | None) -> None:
        server = self._server
        try:
            await aiosmtplib.send(
                mail,
                sender=comes_back_to,
                hostname=server.host,
                port=server.port,
                username=server.user,
                password=server.password,
                use_tls=server.tls,
                start_tls=server.start_tls,
                timeout=_LIMIT,
            )
        except aiosmtplib.SMTPRecipientsRefused as problem:
            raise _refusal(min(each.code for each in problem.recipients)) from problem
        except aiosmtplib.SMTPResponseException as problem:
            raise _refusal(problem.code) from problem
        except (aiosmtplib.SMTPException, OSError) as problem:
            raise TryAgain(f"the mail server does not answer ({type(problem).__name__})") from problem


def _message_id(value: object) -> str | None:
    """A stranger's Message-ID, if it is one that a header can take."""
    return value if isinstance(value, str) and _MESSAGE_ID.fullmatch(value) else None


def _refusal(code: int) -> TryAgain | Refused:
    """What an answer means. A wrong password is ours to mend, not the mail's fault: it goes on waiting."""
    if code >= _PERMANENT and code not in _AUTH:
        return Refused(f"the mail server refused it ({code})")
    return TryAgain(f"the mail server did not take it ({code})")
