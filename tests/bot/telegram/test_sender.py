"""The sender against the stand-in for Telegram: what its refusals mean for the queue, and its pace."""

from __future__ import annotations

from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import Bot

from actions import attachments, wiping
from actions.house import House
from bot.conversation.manners import load_manners
from bot.telegram.menu import set_up_menu
from bot.telegram.sender import TelegramSender
from bot.telegram.waiting import Pace
from referral.ports import Gone, Parcel, Refused, TryAgain
from tests.telegram_server import Resident, TelegramServer

HOUSE = cast(House, None)


@pytest.fixture
def sender(client: Bot) -> TelegramSender:
    """A sender that is in no hurry to wait."""
    return TelegramSender(client, HOUSE, Pace(1e6, 1e6, 1e6, 1e6))


def message(
    resident: Resident, text: str, buttons: list[list[dict[str, Any]]] | None = None, edits: int | None = None
) -> Parcel:
    """A parcel as the actions queue it."""
    payload = {"chat": str(resident.id), "text": text, "buttons": buttons or [], "edits": edits}
    return Parcel(1, "chat:1", "telegram.send", "message-1", payload)


def button(label: str, data: str | None = None, url: str | None = None) -> dict[str, Any]:
    """A button as the actions queue it."""
    return {"label": label, "data": data, "url": url}


async def test_messages_with_buttons(sender: TelegramSender, ani: Resident) -> None:
    await ani.start()
    rows = [
        [button("Ya", "v1:0:y")],
        [button("Formulir", url="https://slrt.example/f/1")],
        [button("x", url="http://a")],
    ]
    await sender.send(message(ani, "Pilih *satu* <b>", rows))
    shown = await ani.expect("Pilih *satu* <b>")
    assert shown.labels == ["Ya", "Formulir"]


async def test_edits(sender: TelegramSender, ani: Resident) -> None:
    await ani.start()
    await sender.send(message(ani, "satu", [[button("Ya", "v1:0:y")]]))
    first = await ani.expect("satu")
    await sender.send(message(ani, "dua", edits=first.id))
    await sender.send(message(ani, "dua", edits=first.id))  # not modified: done
    assert [one.text for one in ani.messages if one.from_bot] == ["dua"]
    await ani.delete(first)
    await sender.send(message(ani, "tiga", edits=first.id))  # gone: a new one
    await ani.expect("tiga")


async def test_deletion_is_done_when_nothing_is_there(sender: TelegramSender, ani: Resident) -> None:
    await ani.start()
    said = await ani.say("NIK 1571")
    parcel = Parcel(1, "chat:1", "telegram.delete", "d", {"chat": str(ani.id), "message_id": said.id})
    await sender.send(parcel)
    await ani.until_gone(said)
    await sender.send(parcel)


async def test_the_receipt_is_the_messages_number(sender: TelegramSender, ani: Resident) -> None:
    await ani.start()
    receipt = await sender.send(message(ani, "satu"))
    shown = await ani.expect("satu")
    assert receipt == shown.id
    assert await sender.send(message(ani, "dua", edits=shown.id)) == shown.id


async def test_wiping(
    sender: TelegramSender, server: TelegramServer, ani: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids: list[int] = []

    async def channel_ids(_house: House, _messages: list[int]) -> list[int]:
        return ids

    monkeypatch.setattr(wiping, "channel_ids", channel_ids)
    wipe = Parcel(1, "chat:1", "telegram.wipe", "w", {"chat": str(ani.id), "messages": [1]})
    await ani.start()
    await sender.send(wipe)  # nothing is known to be there
    old = await ani.say("lama")
    server.clock.advance(hours=48)
    young = [await ani.say("satu"), await ani.say("dua")]
    ids = [message.id for message in young]
    await sender.send(wipe)
    assert all(message.deleted for message in young)
    assert len(server.calls("deleteMessages")) == 1
    third = await ani.say("tiga")
    ids = [old.id, third.id]  # Telegram counts the age of a message from another moment than we do
    await sender.send(wipe)
    assert (old.deleted, third.deleted) == (False, True)
    await sender.send(wipe)


async def test_a_blocked_bot_is_gone(sender: TelegramSender, ani: Resident) -> None:
    await ani.start()
    await ani.block()
    with pytest.raises(Gone):
        await sender.send(message(ani, "halo"))


async def test_an_unknown_chat_is_gone(sender: TelegramSender, server: TelegramServer) -> None:
    with pytest.raises(Gone):
        await sender.send(Parcel(1, "chat:1", "telegram.send", "m", {"chat": "99", "text": "x", "buttons": []}))


async def test_telegrams_wish_to_wait_is_passed_on(
    sender: TelegramSender, server: TelegramServer, ani: Resident
) -> None:
    await ani.start()
    server.fail_next("sendMessage", 429, retry_after=7)
    with pytest.raises(TryAgain) as waiting:
        await sender.send(message(ani, "halo"))
    assert waiting.value.after_seconds == 7


@pytest.mark.parametrize("status", [500, 502])
async def test_trouble_is_tried_again(
    sender: TelegramSender, server: TelegramServer, ani: Resident, status: int
) -> None:
    await ani.start()
    server.fail_next("sendMessage", status)
    server.drop_next("sendMessage")
    for _ in range(2):
        with pytest.raises(TryAgain):
            await sender.send(message(ani, "halo"))
    await sender.send(message(ani, "halo"))


async def test_what_telegram_never_takes_is_refused(sender: TelegramSender, ani: Resident) -> None:
    await ani.start()
    with pytest.raises(Refused):
        await sender.send(message(ani, "x" * 5000))


async def test_files_are_fetched(
    sender: TelegramSender, server: TelegramServer, ani: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[tuple[int, bytes, str | None]] = []
    sent = await ani.send_document(b"%PDF-1.4 isi")

    async def file_ref(_house: House, _attachment: int) -> str:
        return sent.file_ids[0]

    async def store(_house: House, attachment: int, content: bytes, media_type: str | None) -> None:
        kept.append((attachment, content, media_type))

    monkeypatch.setattr(attachments, "file_ref", file_ref)
    monkeypatch.setattr(attachments, "store", store)
    await sender.send(Parcel(1, "files:1", "telegram.fetch", "a", {"attachment": 5}))
    assert [(one[0], one[1]) for one in kept] == [(5, b"%PDF-1.4 isi")]


async def test_the_menu(client: Bot, server: TelegramServer) -> None:
    await set_up_menu(client)
    assert "Gratis" in server.profile.descriptions[""]
    (scope,) = server.profile.commands
    assert scope == ("all_private_chats", "")  # no group, every language
    assert [one["command"] for one in server.profile.commands[scope]] == list(load_manners().commands)
    assert server.profile.menu_buttons == {None: {"type": "commands"}}


async def test_without_the_menu_the_bot_works_on(client: Bot, server: TelegramServer) -> None:
    server.fail_next("setMyCommands", 429, retry_after=30)
    await set_up_menu(client)
    assert not server.profile.commands


class Time:
    """A clock that a test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_one_chat_waits_and_others_do_not() -> None:
    pace = Pace(chat_burst=2, clock=Time())
    assert [pace.book("a") for _ in range(4)] == [0, 0, 1, 2]
    assert pace.book("b") == 0
    pace.hold("b", 9)
    assert pace.book("b") == 9


def test_a_group_takes_twenty_in_a_minute() -> None:
    pace = Pace(clock=Time())
    leaving = [pace.book("-100") for _ in range(40)]
    assert leaving[9] == 0
    assert all(leaving[number + 20] - leaving[number] >= 60 - 1e-6 for number in range(20))


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 3)), max_size=60))
def test_no_chat_ever_exceeds_its_rate(booked: list[tuple[str, float]]) -> None:
    clock = Time()
    pace = Pace(chat_burst=3, overall_rate=5, overall_burst=5, clock=clock)
    leaving: dict[str, list[float]] = {"a": [], "b": [], "c": []}
    for chat, passed in booked:
        clock.now += passed
        leaving[chat].append(clock.now + pace.book(chat))
    for times in leaving.values():
        for number, moment in enumerate(times[3:]):
            assert moment - times[number] >= 1 - 1e-6
    together = sorted(moment for times in leaving.values() for moment in times)
    for number, moment in enumerate(together[5:]):
        assert moment - together[number] >= 1 / 5 - 1e-6
