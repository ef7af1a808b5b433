"""Reading the mailbox: what was taken is noted, and one bad mail stands in nobody's way."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from actions.house import House
from referral.channels.imap import Found, Place
from referral.channels.inbound import InboundMail
from referral.errors import MailboxAway
from slrt.building import open_house
from slrt.roles import mailbox
from slrt.roles.mailbox import look, read_mailbox
from slrt.settings import Settings
from storage.database import Database
from storage.keys import keys, save_keys


@dataclass
class Server:
    """A mailbox with these mails; `asked` are the places from which it was read."""

    mails: list[bytes | None]
    user: str = "slrt"
    host: str = "mail.example"
    folder: str = "INBOX"
    asked: list[Place | None] = field(default_factory=list)

    def new_mails(self, after: Place | None, _since: date, _largest: int, most: int) -> list[Found]:
        """As the real one."""
        self.asked.append(after)
        start = after.uid if after else 0
        found = [Found(Place(7, number), raw) for number, raw in enumerate(self.mails, 1) if number > start]
        return found[:most]


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Texts of the mails that were taken; one that says "rusak" breaks, one that says "mati" finds no database."""
    texts: list[str] = []

    async def take(_house: Any, mail: InboundMail) -> str:
        if mail.text == "rusak":
            raise ValueError
        if mail.text == "mati":
            raise OSError
        texts.append(mail.text)
        return "taken"

    monkeypatch.setattr(mailbox, "take_mail", take)
    return texts


def mail(text: str) -> bytes:
    """A mail."""
    return f"From: a@b\r\n\r\n{text}".encode()


async def test_each_mail_is_taken_once_and_a_bad_one_is_left_for_a_person(
    database: Database, database_url: str, tmp_path: Path, taken: list[str]
) -> None:
    save_keys(keys(), tmp_path / "keys.json")
    async with open_house(Settings(data_dir=tmp_path), database_url, "test") as house:
        server: Any = Server([mail("satu"), None, mail("rusak"), mail("dua")])
        assert not await look(server, house)
        assert taken == ["satu", "dua"]
        assert not await look(server, house)
        assert server.asked == [None, Place(7, 4)]
        server.mails += [mail("tiga"), mail("mati"), mail("empat")]
        with pytest.raises(OSError, match=r"^$"):
            await look(server, house)
        assert taken == ["satu", "dua", "tiga"]
        server.mails[5] = mail("hidup")
        await look(server, house)
        assert taken == ["satu", "dua", "tiga", "hidup", "empat"]
        server.mails += [mail(str(number)) for number in range(12)]
        assert await look(server, house)
        assert not await look(server, house)
        assert len(taken) == 17


async def test_the_reader_stays_when_the_mailbox_is_away_and_ends_when_asked(
    database: Database, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_keys(keys(), tmp_path / "keys.json")
    stop, looks = asyncio.Event(), 0

    async def away(_server: Any, _house: House) -> bool:
        nonlocal looks
        looks += 1
        if looks == 3:
            stop.set()
        raise MailboxAway("OSError")

    monkeypatch.setattr(mailbox, "look", away)
    settings = Settings(data_dir=tmp_path, imap_url="imap://a:b@127.0.0.1/INBOX", imap_seconds=0.2)
    async with open_house(settings, database_url, "test") as house:
        assert house.answers_by_mail
        await read_mailbox(settings, house, stop)
        assert looks == 3
        await read_mailbox(Settings(data_dir=tmp_path), house, asyncio.Event())  # none is set: it returns
