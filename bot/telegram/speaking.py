"""How our messages are put into Telegram's form, and changed where they stand."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions
from telegram.error import BadRequest

from actions.talk import Button
from bot.telegram.waiting import Pace
from referral.ports import TryAgain

NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
_LONGEST_PAUSE = 10.0  # rather than hold a lease for longer, let the queue wait
_UNCHANGED = "message is not modified"
_UNEDITABLE = ("message to edit not found", "message can't be edited", "message_id_invalid")


def markup(rows: Sequence[Sequence[Button]], *, addresses: bool = True) -> InlineKeyboardMarkup | None:
    """Buttons as Telegram takes them: addresses only when public https."""
    made = [
        [
            InlineKeyboardButton(button.label, callback_data=button.data, url=button.url)
            for button in row
            if button.data or (addresses and str(button.url).startswith("https://"))
        ]
        for row in rows
    ]
    filled = [row for row in made if row]
    return InlineKeyboardMarkup(filled) if filled else None


async def edit(bot: Bot, chat: str, text: str, keyboard: InlineKeyboardMarkup | None, message_id: int) -> bool:
    """Change a message; False when it can't be changed any more and a new one is needed."""
    try:
        await bot.edit_message_text(text, chat, message_id, reply_markup=keyboard, link_preview_options=NO_PREVIEW)
    except BadRequest as error:
        message = error.message.lower()
        if _UNCHANGED in message:
            return True
        if any(sign in message for sign in _UNEDITABLE):
            return False
        raise
    return True


async def in_turn(pace: Pace, chat: str) -> None:
    """Wait until the next message to a chat may leave. Raises TryAgain when that takes long."""
    seconds = pace.book(chat)
    if seconds > _LONGEST_PAUSE:
        raise TryAgain("this chat is full for now", seconds)
    if seconds > 0:
        await asyncio.sleep(seconds)
