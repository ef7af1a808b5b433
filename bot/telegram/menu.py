"""What Telegram shows around the chat: the command list, the menu button, and what this bot is."""

from __future__ import annotations

import structlog
from telegram import Bot, BotCommandScopeAllPrivateChats, MenuButtonCommands
from telegram.error import TelegramError

from templates import render

log = structlog.get_logger()


async def set_up_menu(bot: Bot) -> None:
    """Tell Telegram the commands and descriptions. That it can't be told now stops nothing."""
    lines = [line.partition(":") for line in render("bot/commands.txt").splitlines() if line.strip()]
    commands = [(word.strip(), words.strip()) for word, _, words in lines]
    try:
        # in the agencies' groups none of them is heard
        await bot.set_my_commands(commands, scope=BotCommandScopeAllPrivateChats())
        await bot.set_chat_menu_button(menu_button=MenuButtonCommands())
        await bot.set_my_description(render("bot/description.txt"))
        await bot.set_my_short_description(render("bot/description_short.txt"))
    except TelegramError as error:
        log.warning("menu.not_set", kind=type(error).__name__)
