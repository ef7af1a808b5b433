"""The Telegram bot: asks Telegram for updates (one process at a time), or is called by it (webhook)."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from urllib.parse import urlsplit

import structlog
from aiohttp import web
from telegram import Bot
from telegram.error import InvalidToken, NetworkError, TelegramError

from actions.house import House
from actions.link_codes import note_bot
from actions.outbox import release_leases
from bot.conversation.danger import slow_words
from bot.conversation.manners import load_manners
from bot.errors import TokenRefused
from bot.telegram.calm import Calm
from bot.telegram.client import make_bot
from bot.telegram.desk import HouseDesk
from bot.telegram.menu import set_up_menu
from bot.telegram.poller import Poller
from bot.telegram.turns import HouseTurns, TurnTaker
from bot.telegram.webhook import Webhook, announce
from slrt.building import open_house, step_for
from slrt.errors import StartError
from slrt.roles.common import say_ready, stop_on_signals
from slrt.roles.dispatcher import make_dispatcher, senders
from slrt.settings import Settings

_LONGEST_PAUSE = 30.0


async def run(settings: Settings, database_url: str) -> None:
    """Take updates until the process is asked to end."""
    if settings.telegram_token is None:
        raise StartError("The bot needs SLRT_TELEGRAM_TOKEN. Get one from @BotFather in Telegram.")
    stop = stop_on_signals()
    async with open_house(settings, database_url, "bot") as house, senders(settings, house) as hands:
        bot = make_bot(settings.telegram_token, settings.telegram_api_url)
        taker = TurnTaker(
            bot,
            HouseTurns(house, step_for(house)),
            make_dispatcher(house, hands).deliver_now,
            desk=HouseDesk(bot, house),
            calm=Calm(bot, lambda: slow_words(house.catalogue), load_manners().calm_after),
        )
        try:
            await _reach(bot, stop)
            if stop.is_set():
                return
            async with bot:
                await set_up_menu(bot)
                await note_bot(house, bot.username)
                await (_hear if settings.telegram_webhook_url else _ask)(settings, house, bot, taker, stop)
        except (TokenRefused, InvalidToken):
            raise StartError("Telegram refuses SLRT_TELEGRAM_TOKEN. Copy it again from @BotFather.") from None
        finally:
            await taker.close()


async def _reach(bot: Bot, stop: asyncio.Event) -> None:
    """Wait until Telegram answers, or until the process is asked to end."""
    pause = 1.0
    while not stop.is_set():
        try:
            await bot.initialize()
            return
        except InvalidToken:
            raise
        except NetworkError as error:
            structlog.get_logger().warning("telegram.unreachable", kind=type(error).__name__)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), pause)
            pause = min(pause * 2, _LONGEST_PAUSE)


async def _ask(settings: Settings, house: House, bot: Bot, taker: TurnTaker, stop: asyncio.Event) -> None:
    # Telegram gives updates to one poller alone, so a second process waits here until the first is gone
    async with house.database.sole("slrt-telegram-poller"):
        await release_leases(house, "bot")
        say_ready(mode="polling")
        await Poller(bot, taker).run(stop)


async def _hear(settings: Settings, house: House, bot: Bot, taker: TurnTaker, stop: asyncio.Event) -> None:
    assert settings.telegram_webhook_url is not None
    assert settings.telegram_webhook_secret is not None
    path = urlsplit(settings.telegram_webhook_url).path or "/"
    runner = web.AppRunner(Webhook(bot, taker, settings.telegram_webhook_secret).app(path), access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, settings.http_host, settings.telegram_webhook_port).start()
        await announce(bot, settings.telegram_webhook_url, settings.telegram_webhook_secret)
        say_ready(mode="webhook")
        await stop.wait()
    except OSError as error:
        raise StartError(
            f"Port {settings.telegram_webhook_port} is taken; set SLRT_TELEGRAM_WEBHOOK_PORT to another."
        ) from error
    except TelegramError as error:
        raise StartError(f"Telegram refuses the webhook address: {error.message}.") from error
    finally:
        await runner.cleanup()
