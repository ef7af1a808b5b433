"""Taking parcels to Telegram: messages, deletions, and files to be fetched."""

from __future__ import annotations

import mimetypes
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from telegram import Bot, InlineKeyboardMarkup
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter, TelegramError

from actions import attachments, wiping
from actions.house import House
from actions.talk import Button
from bot.telegram.speaking import NO_PREVIEW, edit, in_turn, markup
from bot.telegram.waiting import Pace, seconds_of
from referral.ports import Gone, Parcel, Refused, TryAgain

KINDS = ("telegram.send", "telegram.delete", "telegram.wipe", "telegram.fetch")
_NOT_THERE = ("chat not found", "user not found", "peer_id_invalid", "user is deactivated")
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
        rows = [[Button(**button) for button in row] for row in payload.get("buttons") or []]
        await in_turn(self._pace, chat)
        try:
            return await self._say(chat, text, markup(rows), edits)
        except BadRequest as error:
            if not any(sign in error.message.lower() for sign in _BAD_ADDRESS):
                raise
            return await self._say(chat, text, markup(rows, addresses=False), edits)

    async def _say(self, chat: str, text: str, keyboard: InlineKeyboardMarkup | None, edits: int | None) -> int:
        if edits is not None and await edit(self._bot, chat, text, keyboard, edits):
            return edits
        sent = await self._bot.send_message(chat, text, reply_markup=keyboard, link_preview_options=NO_PREVIEW)
        return sent.message_id

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
