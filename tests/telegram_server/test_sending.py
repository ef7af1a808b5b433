"""What the bot may send, and what Telegram refuses."""

import json
from datetime import timedelta

import aiohttp
import pytest
from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    LinkPreviewOptions,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
    ReplyParameters,
)
from telegram.error import BadRequest, Forbidden, RetryAfter, TelegramError

from tests.telegram_server import Clock, RateLimits, Resident, TelegramServer
from tests.telegram_server.conftest import client


def inline(*buttons: tuple[str, str]) -> InlineKeyboardMarkup:
    """Return an inline keyboard of one column."""
    return InlineKeyboardMarkup([[InlineKeyboardButton(label, callback_data=data)] for label, data in buttons])


async def test_a_message_arrives_with_its_formatting(bot: Bot, ani: Resident) -> None:
    text = 'Nomor <b>SLRT-1571</b> 🙏 &amp; <a href="https://slrt.example.go.id/t">buka</a>'
    options = LinkPreviewOptions(is_disabled=True)
    sent = await bot.send_message(ani.id, text, parse_mode="HTML", link_preview_options=options)
    message = await ani.expect("Nomor")
    assert message.text == sent.text == "Nomor SLRT-1571 🙏 & buka"
    assert message.marked("bold") == ["SLRT-1571"]
    assert message.links == ["https://slrt.example.go.id/t"]
    assert sent.parse_entity(sent.entities[1]) == "buka"


async def test_markdown_v2(bot: Bot, ani: Resident) -> None:
    text = "*Tiket* _nomor_ `1571` [buka](https://slrt.example.go.id/t) selesai\\.\n>kutipan"
    await bot.send_message(ani.id, text, parse_mode="MarkdownV2")
    message = await ani.expect()
    assert message.text == "Tiket nomor 1571 buka selesai.\nkutipan"
    assert message.marked("blockquote") == ["kutipan"]
    assert message.marked("code") == ["1571"]


@pytest.mark.parametrize(
    ("mode", "text", "refusal"),
    [
        ("HTML", "a < b", 'Unsupported start tag "" at byte offset 2'),
        ("HTML", "<p>a</p>", 'Unsupported start tag "p" at byte offset 0'),
        ("HTML", "é<b>a", 'Can\'t find end tag corresponding to start tag "b"'),
        ("HTML", "é<b>a</i>", 'Unmatched end tag at byte offset 6, expected "</b>", found "</i>"'),
        ("HTML", "a</b>", "Unexpected end tag at byte offset 1"),
        ("HTML", "<b", "Unclosed start tag at byte offset 0"),
        ("HTML", '<span class="x">a</span>', 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("MarkdownV2", "Selesai.", "Character '.' is reserved and must be escaped with the preceding '\\'"),
        ("MarkdownV2", "é *a", "Can't find end of Bold entity at byte offset 3"),
        ("MarkdownV2", "[a](https://b", "Can't find end of a URL at byte offset 4"),
        ("Markdown", "a_b", "Can't find end of the entity starting at byte offset 1"),
    ],
)
async def test_broken_formatting(
    bot: Bot, server: TelegramServer, ani: Resident, mode: str, text: str, refusal: str
) -> None:
    with pytest.raises(BadRequest):
        await bot.send_message(ani.id, text, parse_mode=mode)
    assert server.requests[-1].description == f"Bad Request: can't parse entities: {refusal}"


async def test_lengths_are_utf16_code_units(bot: Bot, ani: Resident) -> None:
    await bot.send_message(ani.id, "a" * 4096)
    await bot.send_message(ani.id, "<b>" + "a" * 4096 + "</b>", parse_mode="HTML")
    with pytest.raises(BadRequest, match=r"^Message is too long$"):
        await bot.send_message(ani.id, "🙏" * 2048 + "a")
    with pytest.raises(BadRequest, match=r"^Message text is empty$"):
        await bot.send_message(ani.id, "")
    with pytest.raises(BadRequest, match=r"^Text must be non-empty$"):
        await bot.send_message(ani.id, "<b> </b>", parse_mode="HTML")
    with pytest.raises(BadRequest, match=r"^Message caption is too long$"):
        await bot.send_document(ani.id, b"x", caption="a" * 1025)


async def test_who_may_be_written_to(bot: Bot, server: TelegramServer, ani: Resident) -> None:
    stranger = server.resident("Stranger")
    with pytest.raises(BadRequest, match=r"^Chat not found$"):
        await bot.send_message(42, "halo")
    with pytest.raises(Forbidden, match=r"^Forbidden: bot can't initiate conversation with a user$"):
        await bot.send_message(stranger.id, "halo")
    await ani.block()
    with pytest.raises(Forbidden, match=r"^Forbidden: bot was blocked by the user$"):
        await bot.send_message(ani.id, "halo")
    await ani.unblock()
    await bot.send_message(ani.id, "halo")
    await ani.deactivate()
    with pytest.raises(Forbidden, match=r"^Forbidden: user is deactivated$"):
        await bot.send_message(ani.id, "halo")


@pytest.mark.parametrize(
    ("button", "refusal"),
    [
        (InlineKeyboardButton("Lanjut", callback_data="é" * 33), "BUTTON_DATA_INVALID"),
        (
            InlineKeyboardButton("Buka", url="http://localhost:8080/t"),
            "inline keyboard button URL 'http://localhost:8080/t' is invalid: Wrong HTTP URL",
        ),
        (InlineKeyboardButton("Buka", url="http://127.0.0.1:8080/t"), "BUTTON_URL_INVALID"),
        (InlineKeyboardButton("Buka", url="https://192.168.1.5/t"), "BUTTON_URL_INVALID"),
        (
            InlineKeyboardButton("Buka", url="ftp://slrt.example.go.id"),
            "inline keyboard button URL 'ftp://slrt.example.go.id' is invalid: Unsupported URL protocol",
        ),
        (
            InlineKeyboardButton("Buka"),
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
        ),
    ],
)
async def test_buttons_that_telegram_refuses(
    bot: Bot, server: TelegramServer, ani: Resident, button: InlineKeyboardButton, refusal: str
) -> None:
    with pytest.raises(BadRequest):
        await bot.send_message(ani.id, "Pilih", reply_markup=InlineKeyboardMarkup([[button]]))
    assert server.requests[-1].description == f"Bad Request: {refusal}"
    assert ani.unread == []


@pytest.mark.parametrize(
    ("markup", "refusal"),
    [
        ("{", "can't parse reply keyboard markup JSON object"),
        ("[]", "object expected as reply markup"),
        ('{"inline_keyboard": [{}]}', "of the InlineKeyboardMarkup must be an Array of Arrays"),
        ('{"keyboard": [[7]]}', "can't parse keyboard button: KeyboardButton must be a String or an Object"),
        ('{"inline_keyboard": [[{"callback_data": "a"}]]}', 'Can\'t find field "text"'),
    ],
)
async def test_malformed_markup(server: TelegramServer, ani: Resident, markup: str, refusal: str) -> None:
    params = {"chat_id": str(ani.id), "text": "Pilih", "reply_markup": markup}
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{server.url}/bot{server.token}/sendMessage", params=params) as answer,
    ):
        assert answer.status == 400
        assert refusal in (await answer.json())["description"]


async def test_editing(bot: Bot, ani: Resident) -> None:
    sent = await bot.send_message(ani.id, "Langkah 1", reply_markup=inline(("Lanjut", "n")))
    with pytest.raises(BadRequest, match=r"^Message is not modified: specified new message content and reply markup"):
        await bot.edit_message_text("Langkah 1", ani.id, sent.message_id, reply_markup=inline(("Lanjut", "n")))
    await ani.expect("Langkah 1")
    await bot.edit_message_text("Langkah 2", ani.id, sent.message_id)
    message = await ani.expect("Langkah 2")
    assert (message.id, message.labels) == (sent.message_id, [])
    await bot.edit_message_reply_markup(ani.id, sent.message_id, reply_markup=inline(("Kembali", "b")))
    assert message.labels == ["Kembali"]
    assert ani.unread == []
    with pytest.raises(BadRequest, match=r"^Message to edit not found$"):
        await bot.edit_message_text("x", ani.id, 99)
    with pytest.raises(BadRequest, match=r"^Message can't be edited$"):
        await bot.edit_message_text("x", ani.id, 1)
    with pytest.raises(BadRequest, match=r"^Message_too_long$"):
        await bot.edit_message_text("x" * 4097, ani.id, sent.message_id)
    keyboard = await bot.send_message(ani.id, "Menu", reply_markup=ReplyKeyboardMarkup([["Lapor"]]))
    with pytest.raises(BadRequest, match=r"^Message can't be edited$"):
        await bot.edit_message_text("x", ani.id, keyboard.message_id)


async def test_deleting(bot: Bot, server: TelegramServer, ani: Resident) -> None:
    nik = await ani.say("1571029001900001")
    await bot.delete_message(ani.id, nik.id)
    await ani.until_gone(nik)
    assert [message.text for message in ani.messages] == ["/start"]
    with pytest.raises(BadRequest, match=r"^Message to delete not found$"):
        await bot.delete_message(ani.id, nik.id)
    first, second = await bot.send_message(ani.id, "a"), await bot.send_message(ani.id, "b")
    assert await bot.delete_messages(ani.id, [first.message_id, nik.id, second.message_id])
    old = await bot.send_message(ani.id, "lama")
    server.clock.advance(hours=48)
    with pytest.raises(BadRequest, match=r"^Message can't be deleted for everyone$"):
        await bot.delete_message(ani.id, old.message_id)


async def test_deleting_many_at_once(bot: Bot, server: TelegramServer, ani: Resident) -> None:
    await ani.start()
    said = [await ani.say(str(number)) for number in range(101)]
    with pytest.raises(BadRequest, match=r"^Too many message identifiers specified$"):
        await bot.delete_messages(ani.id, [message.id for message in said])
    with pytest.raises(BadRequest, match=r"^Message identifiers are not specified$"):
        await bot.delete_messages(ani.id, [])
    await bot.delete_messages(ani.id, [message.id for message in said[:100]])
    assert [message.text for message in ani.messages[-1:]] == ["100"]
    server.clock.advance(hours=47)
    young = await ani.say("baru")
    server.clock.advance(hours=1)
    with pytest.raises(BadRequest, match=r"^Message can't be deleted for everyone$"):
        await bot.delete_messages(ani.id, [said[100].id, young.id])
    assert not young.deleted  # all or none
    await bot.delete_messages(ani.id, [young.id])
    await ani.until_gone(young)


async def test_replies(bot: Bot, ani: Resident) -> None:
    question = await ani.say("kapan?")
    await bot.send_message(ani.id, "besok", reply_parameters=ReplyParameters(question.id))
    assert (await ani.expect("besok")).reply_to is question
    with pytest.raises(BadRequest, match=r"^Message to be replied not found$"):
        await bot.send_message(ani.id, "besok", reply_parameters=ReplyParameters(77))
    reply = ReplyParameters(77, allow_sending_without_reply=True)
    assert (await bot.send_message(ani.id, "besok", reply_parameters=reply)).reply_to_message is None


async def test_rate_limits_follow_the_clock() -> None:
    async with await TelegramServer.start(clock=Clock(frozen=True), limits=RateLimits(per_chat_burst=2)) as server:
        ani, budi = server.resident("Ani"), server.resident("Budi")
        await ani.start()
        await budi.start()
        async with client(server) as bot:
            await bot.send_message(ani.id, "1")
            await bot.send_message(ani.id, "2")
            with pytest.raises(RetryAfter) as caught:
                await bot.send_message(ani.id, "3")
            assert caught.value.retry_after == timedelta(seconds=1)
            await bot.send_message(budi.id, "1")
            server.clock.advance(1)
            await bot.send_message(ani.id, "3")
            server.flood(ani, 7)
            with pytest.raises(RetryAfter, match="7"):
                await bot.send_message(ani.id, "4")
            server.clock.advance(8)
            await bot.send_message(ani.id, "4")
            assert [one.status for one in server.calls("sendMessage")] == [200, 200, 429, 200, 200, 429, 200]


async def test_typing_lasts_five_seconds(bot: Bot, server: TelegramServer, ani: Resident) -> None:
    await bot.send_chat_action(ani.id, "typing")
    assert ani.typing
    server.clock.advance(5)
    await ani.until(lambda: not ani.typing)
    with pytest.raises(BadRequest, match=r"^Wrong parameter action in request$"):
        await bot.send_chat_action(ani.id, "dancing")


async def test_a_reply_keyboard_and_its_removal(bot: Bot, ani: Resident) -> None:
    keyboard = ReplyKeyboardMarkup([["Lapor", KeyboardButton("Bagikan nomor", request_contact=True)]])
    await bot.send_message(ani.id, "Menu", reply_markup=keyboard)
    assert ani.keyboard == ["Lapor", "Bagikan nomor"]
    await ani.tap("Lapor")
    await ani.tap("Bagikan nomor")
    *_, report, contact = await bot.get_updates()
    assert report.message is not None
    assert report.message.text == "Lapor"
    assert contact.message is not None
    assert contact.message.contact is not None
    assert contact.message.contact.user_id == ani.id
    await bot.send_message(ani.id, "Terima kasih", reply_markup=ReplyKeyboardRemove())
    assert ani.keyboard == []


async def test_unknown_methods_and_encodings(server: TelegramServer, bot: Bot, ani: Resident) -> None:
    with pytest.raises(TelegramError, match="Not Found"):
        await bot.send_dice(ani.id)
    address = f"{server.url}/bot{server.token}/sendmessage"
    body = {
        "chat_id": ani.id,
        "text": "dari JSON",
        "reply_markup": {"inline_keyboard": [[{"text": "A", "url": "a.id"}]]},
    }
    async with aiohttp.ClientSession() as session:
        async with session.post(address, json=body) as answer:
            assert (await answer.json())["ok"]
        async with session.post(address, data=b"{", headers={"Content-Type": "application/json"}) as answer:
            assert answer.status == 400
        async with session.get(f"{server.url}/nothing") as answer:
            assert await answer.json() == {"ok": False, "error_code": 404, "description": "Not Found"}
    message = await ani.expect("dari JSON")
    assert json.dumps(message.links) == '["a.id"]'
