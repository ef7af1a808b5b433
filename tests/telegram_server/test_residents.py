"""Playing a resident: taps, files, expectations, and ordered faults."""

import re

import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import BadRequest, NetworkError, RetryAfter, TelegramError

from tests.telegram_server import Resident, ResidentError, TelegramServer
from tests.telegram_server.files import MAX_DOWNLOAD
from tests.telegram_server.text import utf16_length

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00\x00\x00\rIHDR" + (640).to_bytes(4) + (480).to_bytes(4) + b"rest of the picture"
CHOICE = InlineKeyboardMarkup(
    [
        [InlineKeyboardButton("Lanjut", callback_data="next"), InlineKeyboardButton("Batal", callback_data="stop")],
        [InlineKeyboardButton("Buka", url="https://slrt.example.go.id/t")],
    ]
)


async def test_a_tap_is_answered_once_and_in_time(bot: Bot, server: TelegramServer, ani: Resident) -> None:
    await bot.send_message(ani.id, "Lanjutkan?", reply_markup=CHOICE)
    tap = await ani.tap("Lanjut")
    query = (await bot.get_updates())[-1].callback_query
    assert query is not None
    assert (query.data, query.from_user.id) == ("next", ani.id)
    await bot.answer_callback_query(query.id, "Baik", show_alert=True)
    answer = await tap.answered()
    assert (answer.text, answer.show_alert) == ("Baik", True)
    with pytest.raises(BadRequest, match=r"^Query is too old and response timeout expired or query id is invalid$"):
        await bot.answer_callback_query(query.id)
    late = await ani.tap("Batal")
    assert late.query is not None
    server.clock.advance(61)
    with pytest.raises(BadRequest, match=r"^Query is too old"):
        await bot.answer_callback_query(late.query.id)


async def test_the_newest_button_is_pressed_unless_told_otherwise(bot: Bot, ani: Resident) -> None:
    await bot.send_message(ani.id, "Pertama", reply_markup=CHOICE)
    older = await ani.expect("Pertama")
    await bot.send_message(ani.id, "Kedua", reply_markup=CHOICE)
    newer = await ani.expect("Kedua")
    await ani.tap("Lanjut")
    await ani.tap("Lanjut", message=older)
    pressed = [one.callback_query.message for one in await bot.get_updates() if one.callback_query]
    assert [message.message_id for message in pressed if message] == [newer.id, older.id]
    assert (await ani.tap("Buka")).url == "https://slrt.example.go.id/t"


async def test_a_button_that_is_gone_can_only_be_pressed_by_a_fast_thumb(bot: Bot, ani: Resident) -> None:
    sent = await bot.send_message(ani.id, "Yakin?", reply_markup=CHOICE)
    message = await ani.expect("Yakin")
    await bot.edit_message_reply_markup(ani.id, sent.message_id)
    with pytest.raises(ResidentError, match=r"no button 'Lanjut'.*inline buttons: \[\], keyboard: \[\]"):
        await ani.tap("Lanjut", message=message)
    assert (await ani.tap("Lanjut", message=message, stale=True)).query is not None


async def test_a_missing_button_names_the_visible_ones(bot: Bot, ani: Resident) -> None:
    await bot.send_message(ani.id, "Yakin?", reply_markup=CHOICE)
    with pytest.raises(ResidentError, match=r"\['Lanjut', 'Batal', 'Buka'\]"):
        await ani.tap("Teruskan")


async def test_expectations_come_from_unread_messages(bot: Bot, ani: Resident) -> None:
    for text in ("satu", "dua", "dua lagi"):
        await bot.send_message(ani.id, text)
    assert (await ani.expect("dua")).text == "dua"
    assert (await ani.expect(re.compile("^dua"))).text == "dua lagi"
    assert (await ani.expect(lambda message: not message.labels)).text == "satu"
    with pytest.raises(AssertionError, match=r"(?s)waited 0 s for a message matching 'satu'.*bot: dua lagi"):
        await ani.expect("satu", timeout=0)
    await bot.send_message(ani.id, "tiga")
    ani.read_all()
    assert ani.unread == []


async def test_long_texts_go_out_in_pieces(bot: Bot, ani: Resident) -> None:
    await ani.say("🙏 bantuan " * 1000)
    texts = [one.message.text or "" for one in await bot.get_updates() if one.message][1:]
    assert len(texts) == 3
    assert all(utf16_length(text) <= 4096 for text in texts)
    assert " ".join(texts).split() == ("🙏 bantuan " * 1000).split()


async def test_files_from_residents(bot: Bot, server: TelegramServer, ani: Resident) -> None:
    await ani.send_photo(PNG, caption="KTP saya")
    await ani.send_document(b"%PDF-1.7", filename="sktm.pdf")
    await ani.send_voice(b"OggS")
    await ani.send_location(-1.6, 103.6)
    await ani.send_document(b"0" * (MAX_DOWNLOAD + 1), filename="video.mp4", mime="video/mp4")
    photo, document, voice, place, huge = [one.message for one in (await bot.get_updates())[1:] if one.message]
    assert photo.caption == "KTP saya"
    assert (photo.photo[-1].width, photo.photo[-1].height) == (640, 480)
    file = await photo.photo[-1].get_file()
    assert bytes(await file.download_as_bytearray()) == PNG
    assert document.document is not None
    assert document.document.file_name == "sktm.pdf"
    assert voice.voice is not None
    assert voice.voice.mime_type == "audio/ogg"
    assert place.location is not None
    assert huge.document is not None
    with pytest.raises(BadRequest, match=r"^File is too big$"):
        await huge.document.get_file()
    with pytest.raises(BadRequest, match=r"^Invalid file_id$"):
        await bot.get_file("nonsense")
    server.clock.advance(hours=2)
    with pytest.raises(TelegramError, match="Not Found"):
        await file.download_as_bytearray()


async def test_files_to_residents(bot: Bot, server: TelegramServer, ani: Resident) -> None:
    sent = await bot.send_document(ani.id, b"%PDF-1.7", filename="surat.pdf", caption="<b>Surat</b>", parse_mode="HTML")
    message = await ani.expect("Surat")
    assert message.media["document"]
    assert sent.document is not None
    again = await bot.send_document(ani.id, sent.document.file_id)
    assert again.document == sent.document
    photo = await bot.send_photo(ani.id, PNG)
    assert photo.photo[-1].width == 640
    assert server.calls("sendPhoto")[0].files
    with pytest.raises(BadRequest, match=r"^Image_process_failed$"):
        await bot.send_photo(ani.id, b"not a picture")
    with pytest.raises(BadRequest, match=r"^There is no text in the message to edit$"):
        await bot.edit_message_text("x", ani.id, sent.message_id)


async def test_a_connection_cut_before_and_after_applying(bot: Bot, server: TelegramServer, ani: Resident) -> None:
    server.drop_next("sendMessage")
    with pytest.raises(NetworkError):
        await bot.send_message(ani.id, "satu")
    assert ani.unread == []
    server.drop_next("sendMessage", when="after")
    with pytest.raises(NetworkError):
        await bot.send_message(ani.id, "dua")
    await ani.expect("dua")
    assert [one.fault for one in server.calls("sendMessage")] == ["dropped before", "dropped after"]
    assert server.pending_faults == 0
    await bot.send_message(ani.id, "tiga")


async def test_ordered_refusals(bot: Bot, server: TelegramServer, ani: Resident) -> None:
    server.fail_next("sendMessage", 429, retry_after=3, chat=ani)
    server.fail_next("sendMessage", 502, n=2)
    with pytest.raises(RetryAfter, match="3"):
        await bot.send_message(ani.id, "halo")
    for _ in range(2):
        with pytest.raises(NetworkError, match="Bad Gateway"):
            await bot.send_message(ani.id, "halo")
    await bot.send_message(ani.id, "halo")


async def test_the_bots_profile(bot: Bot, server: TelegramServer) -> None:
    assert (await bot.get_me()).is_bot
    await bot.set_my_commands([("lapor", "Laporkan kebutuhan")])
    assert (await bot.get_my_commands())[0].command == "lapor"
    with pytest.raises(BadRequest, match=r"^Bot_command_invalid$"):
        await bot.set_my_commands([("Lapor!", "x")])
    await bot.set_chat_menu_button()
    await bot.set_my_description("Layanan SLRT")
    await bot.set_my_short_description("SLRT")
    assert server.profile.descriptions == {"": "Layanan SLRT"}


async def test_blocked_residents_say_nothing_until_they_start_again(ani: Resident) -> None:
    await ani.block()
    with pytest.raises(ResidentError, match="blocked the bot"):
        await ani.say("halo")
    await ani.start("payload")
    assert ani.messages[-1].text == "/start payload"
    assert "Ani: /start payload" in ani.transcript()
