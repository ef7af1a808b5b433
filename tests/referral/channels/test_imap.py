"""A mailbox on a real IMAP server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import date

import pytest

from referral.channels.imap import ImapServer, Place
from referral.errors import MailboxAway
from tests.imap_server import ImapBox, imap_server

EVER, LARGE = date(2000, 1, 1), 10_000


def mail(number: int, more: str = "") -> bytes:
    """A mail."""
    return f"From: a@b\r\nTo: c@d\r\nMessage-ID: <{number}@x>\r\nSubject: hai\r\n\r\nTERIMA{more}\r\n".encode()


@pytest.fixture(scope="module")
async def box() -> AsyncIterator[ImapBox]:
    """One server for these tests."""
    async with imap_server() as box:
        yield box


def test_new_mails_come_once_in_their_order_and_stay_as_they_are(box: ImapBox) -> None:
    """From the place noted on; what is too large is named only; nothing is marked as read."""
    server = ImapServer.from_url(box.url)
    before = server.new_mails(None, EVER, LARGE, 100)
    start = before[-1].place
    flags = box.flags()
    asyncio.run(box.put(mail(1), mail(2, "x" * LARGE), mail(3)))
    first = server.new_mails(start, EVER, LARGE, 2)
    assert [found.raw for found in first] == [mail(1), None]
    (last,) = server.new_mails(Place.read(str(first[-1].place)), EVER, LARGE, 2)
    assert last.raw == mail(3)
    assert server.new_mails(last.place, EVER, LARGE, 2) == []
    assert box.flags()[: len(flags)] == flags
    assert all("\\Seen" not in each for each in box.flags()[len(flags) :])


def test_a_mailbox_that_is_numbered_anew_is_read_from_the_day_on(box: ImapBox) -> None:
    """Nothing behind the old numbers is lost; what comes again counts once elsewhere."""
    server = ImapServer.from_url(box.url)
    everything = server.new_mails(None, EVER, LARGE, 100)
    assert server.new_mails(Place(1, 10**6), EVER, LARGE, 100) == everything
    assert server.new_mails(None, date(2999, 1, 1), LARGE, 100) == []


@pytest.mark.parametrize("url", ["imap://slrt:salah@127.0.0.1:{port}", "imap://slrt:x@127.0.0.1:1"])
def test_a_mailbox_that_is_away_says_so(box: ImapBox, url: str) -> None:
    """A wrong password, or no server; without the password in the error."""
    with pytest.raises(MailboxAway) as caught:
        ImapServer.from_url(url.format(port=box.port)).new_mails(None, EVER, LARGE, 1)
    assert "salah" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("imaps://a%40x:p%2Fq@mail.example", ImapServer("mail.example", 993, "a@x", "p/q", "INBOX", tls=True)),
        (
            "imap://a:p%2Fq@mail.example:1143/Rujukan",
            ImapServer("mail.example", 1143, "a", "p/q", "Rujukan", tls=False),
        ),
    ],
)
def test_server_from_url(url: str, expected: ImapServer) -> None:
    """Ports by scheme, escaped passwords that don't show themselves."""
    assert ImapServer.from_url(url) == expected
    assert "p/q" not in repr(expected)
