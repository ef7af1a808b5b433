"""The dispatcher: takes from the referral queue and delivers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import aiohttp
import structlog
from sqlalchemy.exc import SQLAlchemyError

from actions import retention
from actions.channels import ConsoleSender, NextChannel
from actions.clocks import run_clocks
from actions.dispatch import CONSOLE, LETTER, NEXT
from actions.house import House
from actions.later import AnswerWaiting, Remind
from actions.news import TellNews
from actions.outbox import Settle
from actions.printing import LetterSender
from actions.requests import finish_requests
from actions.stuck import tell_of_stuck
from actions.understanding import UnderstandLater
from bot.telegram import desk_sender
from bot.telegram.client import make_bot
from bot.telegram.sender import KINDS, TelegramSender
from bot.telegram.waiting import Pace
from referral.channels.email import EmailSender, MailServer
from referral.channels.webhook import WebhookSender
from referral.dispatcher import Dispatcher
from referral.policy import load_policy
from referral.ports import Sender
from slrt.building import open_house, step_for
from slrt.roles.common import say_ready, stop_on_signals
from slrt.roles.mailbox import read_mailbox
from slrt.settings import Settings

_CLOCK_SECONDS = 60.0


async def run(settings: Settings, database_url: str) -> None:
    """Deliver until the process is asked to end."""
    stop = stop_on_signals()
    async with open_house(settings, database_url, "dispatcher") as house, senders(settings, house) as hands:
        dispatcher = make_dispatcher(house, hands)
        say_ready(senders=sorted(hands))
        async with asyncio.TaskGroup() as group:
            group.create_task(dispatcher.run(stop))
            group.create_task(_watch_clocks(house, stop))
            group.create_task(read_mailbox(settings, house, stop))


async def _watch_clocks(house: House, stop: asyncio.Event) -> None:
    while not stop.is_set():
        try:
            with house.shelf.still():
                await run_clocks(house)
            await tell_of_stuck(house)
            await finish_requests(house)
            await retention.run_daily(house)
        except (SQLAlchemyError, OSError) as error:
            structlog.get_logger().warning("clocks.failed", kind=type(error).__name__)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), _CLOCK_SECONDS)


@asynccontextmanager
async def senders(settings: Settings, house: House) -> AsyncIterator[dict[str, Sender]]:
    """All senders of this process, by the kind of delivery that they carry."""
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        hands: dict[str, Sender] = {
            "email": EmailSender(
                house.contacts,
                MailServer.from_url(settings.mail_server),
                settings.mail_from,
                reply_to=settings.mail_reply_to,
            ),
            "webhook": WebhookSender(house.contacts, session),
            LETTER: LetterSender(house),
            CONSOLE: ConsoleSender(house),
            NEXT: NextChannel(house),
            "job.understand": UnderstandLater(house),
            "job.words": AnswerWaiting(house, step_for(house)),
            "job.notify": TellNews(house),
            "job.remind": Remind(house, step_for(house)),
        }
        if settings.telegram_token:
            bot = await stack.enter_async_context(make_bot(settings.telegram_token, settings.telegram_api_url))
            pace = Pace()
            hands |= dict.fromkeys(KINDS, TelegramSender(bot, house, pace))
            hands |= dict.fromkeys(desk_sender.KINDS, desk_sender.DeskSender(bot, house, pace))
        yield hands


def make_dispatcher(house: House, hands: dict[str, Sender]) -> Dispatcher:
    """The dispatcher over a house and its senders."""
    return Dispatcher(house.database, hands, Settle(house), house.process, load_policy())
