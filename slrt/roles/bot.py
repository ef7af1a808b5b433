"""The Telegram bot: asks Telegram for updates (one process at a time), or is called by it (webhook)."""

from __future__ import annotations

from actions.outbox import release_leases
from bot.conversation import make_step
from bot.telegram.api import open_bot
from bot.telegram.menu import set_menu
from bot.telegram.poller import Poller
from bot.telegram.webhook import serve_webhook
from slrt.building import open_house
from slrt.errors import StartError
from slrt.roles.common import say_ready, stop_on_signals
from slrt.roles.dispatcher import make_dispatcher, senders
from slrt.settings import Settings


async def run(settings: Settings, database_url: str) -> None:
    """Take updates until the process is asked to end."""
    if settings.telegram_token is None:
        raise StartError("The bot needs SLRT_TELEGRAM_TOKEN. Get one from @BotFather in Telegram.")
    stop = stop_on_signals()
    async with open_house(settings, database_url, "bot") as house, senders(settings, house) as hands:
        deliver = make_dispatcher(house, hands).deliver_now
        step = make_step(house.catalogue, house.demo)
        async with open_bot(settings.telegram_token, settings.telegram_api_url) as bot:
            await set_menu(bot)
            if settings.telegram_webhook_url:
                assert settings.telegram_webhook_secret is not None
                await serve_webhook(
                    house,
                    bot,
                    step,
                    deliver,
                    url=settings.telegram_webhook_url,
                    secret=settings.telegram_webhook_secret,
                    host=settings.http_host,
                    port=settings.telegram_webhook_port,
                    ready=say_ready,
                    stop=stop,
                )
                return
            # Telegram gives updates to one poller alone, so a second process waits here until the first is gone
            async with house.database.sole("slrt-telegram-poller"):
                await release_leases(house, "bot")
                await bot.delete_webhook()
                say_ready(mode="polling")
                await Poller(house, bot, step, deliver).run(stop)
