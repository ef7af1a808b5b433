"""Mail to a real SMTP server in the test's own process."""

from __future__ import annotations

import asyncio
import email
import email.policy
from collections.abc import AsyncIterator
from dataclasses import replace
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from referral.channels.email import EmailSender, MailServer
from referral.contacts import Channel, Contacts
from referral.ports import Parcel, Refused, TryAgain

CONTACTS = Contacts(
    {
        "dinkes": (Channel("email", "a@example.go.id"), Channel("email", "b@example.go.id")),
        "x": (Channel("webhook", "y"),),
    }
)
PAYLOAD = {"unit": "dinkes", "thread": "referral-7", "subject": "Rujukan\n é", "text": "Isi ✓", "html": "<p>Isi ✓</p>"}
PARCEL = Parcel(1, "agency:dinkes", "email", "referral-7-1-email", PAYLOAD, urgent=True)


class Mailbox:
    """Takes mails, or answers with `answer`."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.senders: list[str | None] = []
        self.answer = "250 OK"
        self.rcpt_answer = "250 OK"

    async def handle_RCPT(self, _s: SMTP, _session: Session, envelope: Envelope, address: str, _o: list[str]) -> str:
        """Take the recipient or not."""
        if self.rcpt_answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.rcpt_answer

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        """Take the mail or not."""
        if self.answer.startswith("250"):
            content: Any = envelope.content
            self.mails.append(email.message_from_bytes(content, policy=email.policy.default))  # type: ignore[arg-type]
            self.recipients += envelope.rcpt_tos
            self.senders.append(envelope.mail_from)
        return self.answer


@pytest.fixture
def mailbox() -> Mailbox:
    """What arrived."""
    return Mailbox()


@pytest.fixture
async def sender(mailbox: Mailbox) -> AsyncIterator[EmailSender]:
    """A sender to a server on a free port of this machine."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(mailbox, loop=loop), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    yield EmailSender(CONTACTS, MailServer.from_url(f"smtp://127.0.0.1:{port}"), "slrt@jambikota.example")
    server.close()


async def test_a_mail_arrives(sender: EmailSender, mailbox: Mailbox) -> None:
    """Both forms, all addresses of the unit, one thread per referral, the same id at each try."""
    await sender.send(PARCEL)
    await sender.send(PARCEL)
    mail, again = mailbox.mails
    assert mailbox.recipients[:2] == ["a@example.go.id", "b@example.go.id"]
    assert mail["Subject"] == "Rujukan é"
    assert mail["Message-ID"] == again["Message-ID"] == "<referral-7-1-email@jambikota.example>"
    assert mail["References"] == mail["In-Reply-To"] == "<referral-7@jambikota.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Importance"] == "high"
    plain, html = (mail.get_body((kind,)) for kind in ("plain", "html"))
    assert plain is not None
    assert html is not None
    assert plain.get_content().strip() == "Isi ✓"
    assert html.get_content().strip() == "<p>Isi ✓</p>"


async def test_an_answer_finds_its_referral(mailbox: Mailbox, sender: EmailSender) -> None:
    """The mark is in the Message-ID, and where the mailbox takes a plus, in the addresses for answers and bounces."""
    marked = replace(PARCEL, payload={**PAYLOAD, "mark": "r7-1-740000-abc"})
    await sender.send(marked)
    plus = EmailSender(CONTACTS, sender._server, "slrt@jambikota.example", reply_to="balas@jambikota.example")
    await plus.send(marked)
    await plus.send(PARCEL)
    plain, addressed, other = mailbox.mails
    assert plain["Message-ID"] == addressed["Message-ID"] == "<referral-7-1-email.r7-1-740000-abc@jambikota.example>"
    assert plain["Reply-To"] is None
    assert addressed["Reply-To"] == "SLRT <balas+r7-1-740000-abc@jambikota.example>"
    assert other["Reply-To"] is None
    assert mailbox.senders == [
        "slrt@jambikota.example",
        "balas+r7-1-740000-abc@jambikota.example",
        "slrt@jambikota.example",
    ]


@pytest.mark.parametrize(
    ("theirs", "kept"),
    [("<1@dinkes>", True), ("<1@dinkes>\r\nBcc: x@y", False), ("kosong", False), ("", False), (None, False)],
)
async def test_a_receipt_belongs_to_the_answer_and_asks_for_none(
    mailbox: Mailbox, sender: EmailSender, theirs: str | None, kept: bool
) -> None:
    """It says that a machine wrote it; a stranger's id can't bring a header of its own."""
    await sender.send(replace(PARCEL, payload={**PAYLOAD, "answers": theirs}))
    (mail,) = mailbox.mails
    assert mail["Auto-Submitted"] == "auto-replied"
    assert mail["Bcc"] is None
    thread = "<referral-7@jambikota.example>"
    assert mail["In-Reply-To"] == ("<1@dinkes>" if kept else thread)
    assert mail["References"] == (f"{thread} <1@dinkes>" if kept else thread)


@pytest.mark.parametrize("code", [421, 450, 535])
async def test_not_now(sender: EmailSender, mailbox: Mailbox, code: int) -> None:
    """Passing troubles, and a password that is wrong on our side, wait."""
    mailbox.answer = f"{code} no"
    with pytest.raises(TryAgain, match=str(code)):
        await sender.send(PARCEL)


async def test_never(sender: EmailSender, mailbox: Mailbox) -> None:
    """A refused mail or mailbox needs a person; the server's words (they hold addresses) are not kept."""
    mailbox.rcpt_answer = "550 no such user a@example.go.id"
    with pytest.raises(Refused) as caught:
        await sender.send(PARCEL)
    assert caught.value.reason == "the mail server refused it (550)"
    mailbox.rcpt_answer, mailbox.answer = "250 OK", "554 spam"
    with pytest.raises(Refused, match="554"):
        await sender.send(PARCEL)


async def test_no_server() -> None:
    """A server that is down is tried again."""
    with pytest.raises(TryAgain, match="does not answer"):
        await EmailSender(CONTACTS, MailServer("127.0.0.1", 1), "slrt@localhost").send(PARCEL)


@pytest.mark.parametrize("unit", ["x", "nobody"])
async def test_no_address(sender: EmailSender, unit: str) -> None:
    """Without an address it is held."""
    with pytest.raises(Refused, match=f"no mail address is known for {unit}"):
        await sender.send(Parcel(1, "l", "email", "k", {**PAYLOAD, "unit": unit}))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example", MailServer("mail.example", 25)),
        ("smtps://u%40x:p%2Fq@mail.example", MailServer("mail.example", 465, "u@x", "p/q", tls=True)),
        ("smtp://u:p@mail.example:587", MailServer("mail.example", 587, "u", "p")),
    ],
)
def test_server_from_url(url: str, expected: MailServer) -> None:
    """Ports by scheme, escaped passwords; a password never travels in the clear to another machine."""
    server = MailServer.from_url(url)
    assert server == expected
    assert "p/q" not in repr(server)
    assert server.start_tls is {None: None, "p": True, "p/q": False}[server.password]
