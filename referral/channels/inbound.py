"""Mails that come in: read from what a server hands over, without trusting a byte of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.utils import getaddresses
from html.parser import HTMLParser

from imap_tools import MailMessage

from referral.errors import MailUnreadable

_DSN = "message/delivery-status"
_RETURNED = ("message/rfc822", "text/rfc822-headers", "message/rfc822-headers", "message/global")
_ADDRESSED = ("to", "cc", "delivered-to", "x-original-to", "x-envelope-to", "envelope-to")
_ANSWERED = ("in-reply-to", "references")
# headers by which machines say that no person wrote it (RFC 3834 and older habits)
_MACHINES = ("x-autoreply", "x-autorespond", "x-auto-reply", "list-id", "x-failed-recipients", "feedback-id")
_BULK = frozenset({"bulk", "junk", "list", "auto_reply"})
_POSTMEN = ("mailer-daemon@", "postmaster@", "no-reply@", "noreply@")
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9.+-]{1,60}/[A-Za-z0-9.+-]{1,80}")
_TYPED = re.compile(r"[a-z0-9]+\s*;\s*", re.IGNORECASE)


@dataclass(frozen=True)
class MailFile:
    """A file of a mail; its name and type are the sender's claims."""

    name: str | None
    media_type: str
    content: bytes


@dataclass(frozen=True)
class Bounce:
    """A mail of ours came back for good: to which address, why (`status` as 5.1.1), and the Message-ID it had."""

    address: str
    status: str
    message_id: str


@dataclass(frozen=True)
class InboundMail:
    """A mail as it came. `places` are addresses and message ids in which our mark may stand.

    `automatic`: no person wrote it (an absence note, a newsletter, a notice of a mail server).
    """

    message_id: str
    sender: str
    subject: str
    text: str
    places: tuple[str, ...]
    files: tuple[MailFile, ...] = ()
    automatic: bool = False
    bounce: Bounce | None = None


def read_mail(raw: bytes) -> InboundMail:
    """Read a mail (RFC 822). Raises MailUnreadable."""
    try:
        return _read(MailMessage.from_bytes(raw))
    except Exception as error:  # whatever a stranger sends, it must not stop the mails behind it
        raise MailUnreadable(type(error).__name__) from error


def _read(mail: MailMessage) -> InboundMail:
    message = mail.obj
    returned = _returned_id(message)
    answered = [value for name in _ANSWERED for value in _values(message, name)]
    return InboundMail(
        message_id=clean(" ".join(_values(message, "message-id")))[:500],
        sender=clean(mail.from_).lower()[:320],
        subject=" ".join(clean(mail.subject).split())[:500],
        text=clean(mail.text or html_text(mail.html)),
        places=(*_addresses(message), *answered, *([returned] if returned else [])),
        files=tuple(
            MailFile(clean(file.filename)[:200] or None, _media_type(file.content_type), file.payload)
            for file in mail.attachments
            if file.payload
        ),
        automatic=_automatic(message, mail.from_.lower()),
        bounce=_bounce(message, returned),
    )


def clean(text: str) -> str:
    """A text with one kind of line end and without characters that a database or a page can't take."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " ")
    return "".join(letter for letter in plain if letter in "\n\t" or letter.isprintable()).strip()


def _media_type(claimed: str) -> str:
    return claimed.lower() if _MEDIA_TYPE.fullmatch(claimed) else "application/octet-stream"


def _values(message: Message, name: str) -> list[str]:
    return [str(value) for value in message.get_all(name, [])]


def _addresses(message: Message) -> list[str]:
    values = [value for name in _ADDRESSED for value in _values(message, name)]
    return [address for _, address in getaddresses(values) if address]


def _automatic(message: Message, sender: str) -> bool:
    said = " ".join(_values(message, "auto-submitted")).strip().lower()
    if said and not said.startswith("no"):
        return True
    if any(value.strip().lower() in _BULK for value in _values(message, "precedence")):
        return True
    if any(message.get(name) is not None for name in _MACHINES):
        return True
    nobody = any(value.strip() == "<>" for value in _values(message, "return-path"))
    return nobody or not sender or sender.startswith(_POSTMEN) or message.get_content_type() == "multipart/report"


def _returned_id(message: Message) -> str:
    """The Message-ID of the mail of ours that a notice brings back."""
    if message.get_content_type() != "multipart/report":
        return ""
    for part in message.walk():
        if part.get_content_type() in _RETURNED:
            inside = part.get_payload()
            if isinstance(inside, list) and inside and isinstance(inside[0], Message):
                return str(inside[0].get("message-id", "")).strip()
            headers = part.get_payload(decode=True)
            found = re.search(rb"(?im)^message-id:\s*(<[^>]{1,500}>)", headers if isinstance(headers, bytes) else b"")
            return found.group(1).decode(errors="replace") if found else ""
    return ""


def _bounce(message: Message, returned: str) -> Bounce | None:
    """What a delivery status notification says of a recipient for whom all is lost; None for delays and the like."""
    if message.get_content_type() != "multipart/report":
        return None
    for block in _status_blocks(message):
        status = str(block.get("status", "")).strip()
        if str(block.get("action", "")).strip().lower() == "failed" and not status.startswith(("2", "4")):
            address = str(block.get("original-recipient") or block.get("final-recipient") or "")
            return Bounce(_TYPED.sub("", address, count=1).strip("<> ").lower()[:320], status[:20], returned)
    return None


def _status_blocks(message: Message) -> Iterator[Message]:
    for part in message.walk():
        inside = part.get_payload()
        if part.get_content_type() == _DSN and isinstance(inside, list):
            yield from (block for block in inside if isinstance(block, Message))


class _Words(HTMLParser):
    """Text out of HTML, without what is quoted."""

    _LINES = frozenset({"p", "div", "br", "tr", "li", "h1", "h2", "h3", "table"})
    _LEFT_OUT = frozenset({"script", "style", "head", "blockquote", "title"})
    _EMPTY = frozenset({"br", "img", "hr", "meta", "link", "input"})

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._out: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a line, or something that is left out."""
        quoted = "gmail_quote" in (dict(attrs).get("class") or "")
        if tag not in self._EMPTY and (self._out or tag in self._LEFT_OUT or quoted):
            self._out.append(tag)
        if tag in self._LINES and not self._out:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        """End what was left out."""
        if tag in self._out:
            while self._out and self._out.pop() != tag:
                pass
        elif tag in self._LINES - {"br"} and not self._out:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        """Keep words."""
        if not self._out:
            self.parts.append(" ".join(data.split("\n")))


def html_text(html: str) -> str:
    """The words of an HTML mail, line by line; quotations that are marked as such are left out."""
    reader = _Words()
    reader.feed(html)
    reader.close()
    lines = [" ".join(line.split()) for line in "".join(reader.parts).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
