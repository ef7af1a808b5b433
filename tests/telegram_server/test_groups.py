"""Groups: what the bot is shown of them, and how Telegram refuses."""

from __future__ import annotations

import pytest
from telegram import Bot, ForceReply, InlineKeyboardButton, InlineKeyboardMarkup, MessageEntity, User
from telegram.error import BadRequest, ChatMigrated, Forbidden, RetryAfter

from tests.telegram_server import Clock, Group, RateLimits, Resident, ResidentError, TelegramServer
from tests.telegram_server.conftest import client

KINDS = ["message", "callback_query", "my_chat_member"]


@pytest.fixture
async def group(bot: Bot, server: TelegramServer, ani: Resident) -> Group:
    """A group in which the bot is; what came before is confirmed."""
    made = server.group("Dinas Contoh", ani)
    await made.add_bot()
    updates = await bot.get_updates(allowed_updates=KINDS)
    await bot.get_updates(offset=updates[-1].update_id + 1)
    return made


async def texts(bot: Bot) -> list[str | None]:
    """What the bot is shown of what was written."""
    return [one.message.text for one in await bot.get_updates() if one.message]


async def test_privacy_mode_shows_commands_and_answers_alone(
    bot: Bot, server: TelegramServer, ani: Resident, group: Group
) -> None:
    member = group.join(ani)
    await member.say("selamat pagi")
    await member.say("/hubungkan AB")  # the bot has not written here yet
    await member.say("/hubungkan@slrt_test_bot CD")
    await member.say("/hubungkan@bot_lain EF")
    sent = await bot.send_message(group.id, "Halo")
    await member.say("/hubungkan GH")
    await member.say("terima kasih", reply_to=await member.expect("Halo"))
    await member.say("apa itu", reply_to=member.messages[0])
    assert await texts(bot) == ["/hubungkan@slrt_test_bot CD", "/hubungkan GH", "terima kasih"]
    assert sent.chat.type == "group"
    await group.promote_bot()
    await member.say("kopi dulu")
    assert (await texts(bot))[-1] == "kopi dulu"


async def test_who_pressed_is_told_and_strangers_see_nothing(
    bot: Bot, server: TelegramServer, ani: Resident, group: Group
) -> None:
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("Ya", callback_data="y")]])
    await bot.send_message(group.id, "Mau?", reply_markup=keyboard)
    budi = group.join(server.resident("Budi"))
    tap = await budi.tap("Ya")
    query = (await bot.get_updates())[-1].callback_query
    assert query is not None
    assert query.message is not None
    assert (query.from_user.id, query.message.chat.id) == (budi.id, group.id)
    await query.answer("Baik", show_alert=True)
    assert (await tap.answered()).text == "Baik"
    citra = server.resident("Citra")
    stranger = group.join(citra)
    group._chat.members.pop(citra.id)
    with pytest.raises(ResidentError, match="not in the group"):
        await stranger.tap("Ya")


async def test_a_question_opens_the_field_of_who_is_named(
    bot: Bot, server: TelegramServer, ani: Resident, group: Group
) -> None:
    budi, citra = (group.join(server.resident(name)) for name in ("Budi", "Citra"))
    named = MessageEntity(MessageEntity.TEXT_MENTION, 0, 4, user=User(budi.id, "Budi", False))
    await bot.send_message(group.id, "Budi, mengapa?", entities=[named], reply_markup=ForceReply(selective=True))
    with pytest.raises(ResidentError, match="was asked nothing"):
        await citra.answer("saya")
    await budi.answer("karena")
    answered = (await bot.get_updates())[-1].message
    assert answered is not None
    assert answered.reply_to_message is not None
    assert (answered.text, answered.reply_to_message.text) == ("karena", "Budi, mengapa?")
    with pytest.raises(BadRequest, match=r"[Cc]an't parse entities"):
        await bot.send_message(group.id, "Budi", entities=[MessageEntity(MessageEntity.TEXT_MENTION, 0, 4)])
    with pytest.raises(BadRequest, match="can't be edited"):
        await bot.edit_message_text("lain", group.id, answered.reply_to_message.message_id)


async def test_put_out_and_taken_in_again(bot: Bot, server: TelegramServer, group: Group) -> None:
    await group.kick_bot()
    change = (await bot.get_updates())[-1].my_chat_member
    assert change is not None
    assert (change.old_chat_member.status, change.new_chat_member.status) == ("member", "kicked")
    with pytest.raises(Forbidden, match="bot was kicked from the group chat"):
        await bot.send_message(group.id, "Halo")
    await group.add_bot()
    await bot.send_message(group.id, "Halo")
    await group.mute_bot()
    with pytest.raises(BadRequest, match=r"[Nn]ot enough rights to send text messages"):
        await bot.send_message(group.id, "Halo")


async def test_a_supergroup_has_another_id_and_none_of_the_old_messages(
    bot: Bot, server: TelegramServer, ani: Resident, group: Group
) -> None:
    sent = await bot.send_message(group.id, "Halo")
    made = await group.upgrade(77)
    moves = [one.message for one in await bot.get_updates() if one.message]
    assert [(one.migrate_to_chat_id, one.migrate_from_chat_id) for one in moves[-2:]] == [
        (made.id, None),
        (None, group.id),
    ]
    with pytest.raises(ChatMigrated) as moved:
        await bot.send_message(group.id, "Halo")
    assert moved.value.new_chat_id == made.id
    with pytest.raises(ChatMigrated):
        await bot.edit_message_text("Hai", group.id, sent.message_id)
    with pytest.raises(BadRequest, match=r"[Mm]essage to edit not found"):
        await bot.edit_message_text("Hai", made.id, sent.message_id)
    await bot.send_message(made.id, "Halo lagi")


async def test_a_group_takes_twenty_messages_in_a_minute(ani: Resident) -> None:
    clock = Clock(frozen=True)
    async with await TelegramServer.start(clock=clock, limits=RateLimits(overall=1e9, overall_burst=10**9)) as server:
        group = server.group("Ramai", server.resident("Ani"))
        await group.add_bot()
        async with client(server) as bot:
            for number in range(20):
                await bot.send_message(group.id, str(number))
            with pytest.raises(RetryAfter):
                await bot.send_message(group.id, "lebih")
            clock.advance(30)
            with pytest.raises(RetryAfter):
                await bot.send_message(group.id, "masih lebih")
            clock.advance(31)
            await bot.send_message(group.id, "sekarang")
