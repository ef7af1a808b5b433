"""Taking parcels to Telegram: messages, deletions, and files to be fetched."""

from __future__ import annotations

import asyncio
import mimetypes
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter, TelegramError

from actions import attachments, wiping
from actions.house import House
from bot.telegram.waiting import Pace, seconds_of
from referral.ports import Gone, Parcel, Refused, TryAgain

KINDS = ("telegram.send", "telegram.delete", "telegram.wipe", "telegram.fetch")
_LONGEST_PAUSE = 10.0  # rather than hold a lease for longer, let the queue wait
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
_NOT_THERE = ("chat not found", "user not found", "peer_id_invalid", "user is deactivated")
_UNCHANGED = "message is not modified"
_UNEDITABLE = ("message to edit not found", "message can't be edited", "message_id_invalid")
_TOO_OLD = "can't be deleted"
_BAD_ADDRESS = ("button_url_invalid", "wrong http url", "inline keyboard button url")


class TelegramSender:
    """`referral.ports.Sender` for these kinds."""

    def __init__(self, bot: Bot, house: House, pace: Pace | None = None) -> None:
        self._bot = bot
        self._house = house
        self._pace = pace or Pace()
        self._ways: dict[str, Callable[[Any], Awaitable[int | None]]] = {
            "telegram.send": self._send,
            "telegram.delete": self._delete,
            "telegram.wipe": self._wipe,
            "telegram.fetch": self._fetch,
        }

    async def send(self, parcel: Parcel) -> int | None:
        """Deliver a parcel; the receipt is Telegram's number of the message. Raises TryAgain, Refused or Gone."""
        chat = str(parcel.payload.get("chat", ""))
        try:
            return await self._ways[parcel.kind](parcel.payload)
        except RetryAfter as error:
            self._pace.hold(chat, seconds_of(error))
            raise TryAgain("Telegram asks to wait", seconds_of(error)) from error
        except Forbidden as error:
            raise Gone("the chat is closed to us") from error
        except BadRequest as error:
            if any(sign in error.message.lower() for sign in _NOT_THERE):
                raise Gone("there is no such chat") from error
            raise Refused(f"Telegram refuses: {error.message}") from error
        except NetworkError as error:
            raise TryAgain("Telegram can't be reached", None) from error
        except TelegramError as error:
            raise TryAgain(f"Telegram: {type(error).__name__}", None) from error

    async def _send(self, payload: dict[str, Any]) -> int | None:
        chat, text, edits = str(payload["chat"]), str(payload["text"]), payload.get("edits")
        rows = payload.get("buttons") or []
        await self._wait(chat)
        try:
            return await self._say(chat, text, _markup(rows), edits)
        except BadRequest as error:
            if not any(sign in error.message.lower() for sign in _BAD_ADDRESS):
                raise
            return await self._say(chat, text, _markup(rows, addresses=False), edits)

    async def _say(self, chat: str, text: str, markup: InlineKeyboardMarkup | None, edits: int | None) -> int:
        if edits is not None and await self._edit(chat, text, markup, edits):
            return edits
        sent = await self._bot.send_message(chat, text, reply_markup=markup, link_preview_options=_NO_PREVIEW)
        return sent.message_id

    async def _edit(self, chat: str, text: str, markup: InlineKeyboardMarkup | None, edits: int) -> bool:
        """Change the message; False when it can't be changed any more and a new one is needed."""
        try:
            await self._bot.edit_message_text(text, chat, edits, reply_markup=markup, link_preview_options=_NO_PREVIEW)
        except BadRequest as error:
            message = error.message.lower()
            if _UNCHANGED in message:
                return True
            if any(sign in message for sign in _UNEDITABLE):
                return False
            raise
        return True

    async def _delete(self, payload: dict[str, Any]) -> None:
        try:
            await self._bot.delete_message(str(payload["chat"]), int(payload["message_id"]))
        except BadRequest as error:
            if "message to delete not found" not in error.message.lower():
                raise

    async def _wipe(self, payload: dict[str, Any]) -> None:
        """Delete up to a hundred messages; where one is too old after all, the others one by one."""
        chat = str(payload["chat"])
        ids = await wiping.channel_ids(self._house, payload["messages"])
        if not ids:
            return
        try:
            await self._bot.delete_messages(chat, ids)
        except BadRequest as error:
            if _TOO_OLD not in error.message.lower():
                raise
            for message_id in ids:
                with suppress(BadRequest):
                    await self._bot.delete_message(chat, message_id)

    async def _fetch(self, payload: dict[str, Any]) -> None:
        attachment = int(payload["attachment"])
        found = await self._bot.get_file(await attachments.file_ref(self._house, attachment))
        if (found.file_size or 0) > attachments.LARGEST:
            raise Refused("the file is larger than 20 MB")
        content = bytes(await found.download_as_bytearray())
        media_type, _ = mimetypes.guess_type(found.file_path or "")
        await attachments.store(self._house, attachment, content, media_type)

    async def _wait(self, chat: str) -> None:
        seconds = self._pace.book(chat)
        if seconds > _LONGEST_PAUSE:
            raise TryAgain("this chat is full for now", seconds)
        if seconds > 0:
            await asyncio.sleep(seconds)


def _markup(rows: list[list[dict[str, Any]]], *, addresses: bool = True) -> InlineKeyboardMarkup | None:
    """Buttons as Telegram takes them: addresses only when public https."""
    made = [
        [
            InlineKeyboardButton(button["label"], callback_data=button["data"], url=button["url"])
            for button in row
            if button["data"] or (addresses and str(button["url"]).startswith("https://"))
        ]
        for row in rows
    ]
    filled = [row for row in made if row]
    return InlineKeyboardMarkup(filled) if filled else None
