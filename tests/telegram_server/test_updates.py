"""Updates: polling, confirming, conflicts, webhooks, expiry."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from telegram import Bot
from telegram.error import Conflict, InvalidToken, RetryAfter

from tests.telegram_server import Resident, TelegramServer
from tests.telegram_server.conftest import client


async def test_updates_are_confirmed_by_offset(bot: Bot, ani: Resident, server: TelegramServer) -> None:
    await ani.say("satu")
    await ani.say("dua")
    first = await bot.get_updates(timeout=0)
    assert [one.message.text for one in first if one.message] == ["/start", "satu", "dua"]
    assert [one.update_id for one in first] == sorted({one.update_id for one in first})
    assert first[0].message is not None
    assert first[0].message.entities[0].type == "bot_command"
    assert len(await bot.get_updates(limit=1)) == 1, "nothing was confirmed"
    rest = await bot.get_updates(offset=first[1].update_id)
    assert [one.message.text for one in rest if one.message] == ["satu", "dua"]
    assert len(server.pending_updates) == 2
    assert await bot.get_updates(offset=first[-1].update_id + 1) == ()
    assert server.pending_updates == []


async def test_a_negative_offset_keeps_the_newest(bot: Bot, ani: Resident, server: TelegramServer) -> None:
    await ani.say("lama")
    await ani.say("baru")
    (newest,) = await bot.get_updates(offset=-1)
    assert newest.message is not None
    assert newest.message.text == "baru"
    assert len(server.pending_updates) == 1


async def test_a_long_poll_wakes_for_an_update(bot: Bot, server: TelegramServer) -> None:
    poll = asyncio.create_task(bot.get_updates(timeout=30))
    await server.until(lambda: server.polling)
    await server.resident("Budi").say("halo")
    (update,) = await poll
    assert update.message is not None
    assert update.message.from_user is not None
    assert update.message.from_user.language_code == "id"


async def test_a_bot_that_dies_while_polling_leaves_no_poller(bot: Bot, server: TelegramServer) -> None:
    poll = asyncio.create_task(bot.get_updates(timeout=30))
    await server.until(lambda: server.polling)
    poll.cancel()
    await server.until(lambda: not server.polling)
    assert server.calls("getUpdates")[0].status is None


async def test_allowed_updates_hold_until_changed(bot: Bot, ani: Resident) -> None:
    await bot.get_updates(offset=-1, allowed_updates=["message"])
    message = await ani.say("salah ketik")
    await ani.edit(message, "benar")
    await ani.block()
    assert [one.edited_message for one in await bot.get_updates()] == [None, None]


async def test_the_older_of_two_pollers_is_ended(bot: Bot, server: TelegramServer) -> None:
    older = asyncio.create_task(bot.get_updates(timeout=30))
    await server.until(lambda: server.polling)
    async with client(server) as second:
        newer = asyncio.create_task(second.get_updates(timeout=30))
        with pytest.raises(Conflict, match="terminated by other getUpdates request; make sure that only one bot"):
            await older
        await server.resident("Budi").say("halo")
        assert len(await newer) == 1


async def test_updates_are_dropped_after_a_day(bot: Bot, ani: Resident, server: TelegramServer) -> None:
    server.clock.advance(hours=23, minutes=59)
    await ani.say("masih ada")
    assert len(await bot.get_updates()) == 2
    server.clock.advance(minutes=2)
    (kept,) = await bot.get_updates()
    assert kept.message is not None
    assert kept.message.text == "masih ada"
    assert len(server.dropped_updates) == 1


async def test_edits_and_blocking_are_updates(bot: Bot, ani: Resident) -> None:
    message = await ani.say("desil 3")
    await ani.edit(message, "desil 2")
    await ani.block()
    await ani.unblock()
    edited, blocked, unblocked = (await bot.get_updates())[2:]
    assert edited.edited_message is not None
    assert edited.edited_message.text == "desil 2"
    assert edited.edited_message.edit_date is not None
    assert blocked.my_chat_member is not None
    assert blocked.my_chat_member.new_chat_member.status == "kicked"
    assert unblocked.my_chat_member is not None
    assert unblocked.my_chat_member.difference()["status"] == ("kicked", "member")


@pytest.mark.parametrize("token", ["7100000002:AAF-another-token-of-the-right-form", "nonsense"])
async def test_a_wrong_token_is_refused(server: TelegramServer, token: str) -> None:
    stranger = client(server, token)
    with pytest.raises(InvalidToken, match="rejected by the server"):
        await stranger.initialize()
    await stranger.shutdown()


async def test_logging_out_ends_it_and_close_waits_ten_minutes(bot: Bot, server: TelegramServer) -> None:
    with pytest.raises(RetryAfter):
        await bot.close()
    server.clock.advance(minutes=10)
    assert await bot.close()
    assert await bot.log_out()
    with pytest.raises(Exception, match="Logged out"):
        await bot.get_me()


class Hook:
    """A webhook that answers what it is told to."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.received: list[tuple[str, str]] = []
        self.secret = ""
        self.url = ""

    async def handle(self, request: web.Request) -> web.Response:
        """Take an update."""
        update = await request.json()
        status = self.statuses.pop(0) if self.statuses else 200
        self.secret = request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")
        self.received.append((update["message"]["text"], str(status)))
        return web.Response(status=status)


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    """A webhook on a free port."""
    found = Hook()
    app = web.Application()
    app.router.add_post("/telegram", found.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    found.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield found
    await runner.cleanup()


async def test_a_webhook_is_fed_in_order_until_it_answers(server: TelegramServer, bot: Bot, hook: Hook) -> None:
    hook.statuses = [500]
    server.route_webhook("https://slrt.example.go.id/", f"{hook.url}/")
    await bot.set_webhook("https://slrt.example.go.id/telegram", secret_token="rahasia-1")
    ani = server.resident("Ani")
    await ani.say("satu")
    await ani.say("dua")
    await server.until(lambda: not server.pending_updates)
    assert hook.received == [("satu", "500"), ("satu", "200"), ("dua", "200")]
    assert hook.secret == "rahasia-1"
    info = await bot.get_webhook_info()
    assert info.last_error_message == "Wrong response from the webhook: 500 Internal Server Error"
    assert info.pending_update_count == 0
    with pytest.raises(Conflict, match="can't use getUpdates method while webhook is active"):
        await bot.get_updates()
    await bot.delete_webhook()
    await ani.say("tiga")
    assert len(await bot.get_updates()) == 1


async def test_an_unreachable_webhook_keeps_its_updates(server: TelegramServer, bot: Bot, ani: Resident) -> None:
    await bot.set_webhook("http://127.0.0.1:9/telegram")
    await server.until(lambda: bool(server.webhook_error))
    info = await bot.get_webhook_info()
    assert (info.pending_update_count, info.last_error_message) == (1, "Connection refused")
    await bot.delete_webhook(drop_pending_updates=True)
    assert await bot.get_updates() == ()


async def test_setting_a_webhook_ends_a_long_poll(server: TelegramServer, bot: Bot, hook: Hook) -> None:
    poll = asyncio.create_task(bot.get_updates(timeout=30))
    await server.until(lambda: server.polling)
    await bot.set_webhook(f"{hook.url}/telegram")
    with pytest.raises(Conflict, match="terminated by setWebhook request"):
        await poll


@pytest.mark.parametrize(
    ("url", "secret", "refusal"),
    [
        ("http://slrt.example.go.id/hook", "", "An https url must be provided for webhook"),
        ("https://slrt.example.go.id:8080/hook", "", "only on ports 80, 88, 443 or 8443"),
        ("https://10.1.2.3/hook", "", "is reserved"),
        ("https://slrt.example.go.id/hook", "spasi tidak boleh", "secret token contains unallowed characters"),
    ],
)
async def test_webhooks_that_telegram_refuses(bot: Bot, url: str, secret: str, refusal: str) -> None:
    with pytest.raises(Exception, match=f"(?i){refusal}"):
        await bot.set_webhook(url, secret_token=secret)
