"""Taking referrals to the chats of agencies' units."""

from __future__ import annotations

from typing import Any

from telegram import Bot, ForceReply, MessageEntity, ReplyParameters, User
from telegram.error import BadRequest, ChatMigrated, Forbidden, NetworkError, RetryAfter, TelegramError

from actions import group_links, group_posts, groups
from actions.errors import NotFound, ShutOut
from actions.group_words import Sheet, sheet
from actions.house import House
from bot.telegram.speaking import NO_PREVIEW, edit, in_turn, markup
from bot.telegram.waiting import Pace, seconds_of
from referral.ports import Gone, Parcel, Refused, TryAgain

KINDS = (group_posts.TELEGRAM, group_posts.SHOW)
_PUT_OUT = "the bot was put out of the unit's chat"


class DeskSender:
    """`referral.ports.Sender` for these kinds: payload {unit, post?, text?, edit?}, the words are made now."""

    def __init__(self, bot: Bot, house: House, pace: Pace | None = None) -> None:
        self._bot = bot
        self._house = house
        self._pace = pace or Pace()

    async def send(self, parcel: Parcel) -> None:
        """Post it, or change what was posted. Raises TryAgain, Refused or Gone.

        A referral that can't be posted is held, and staff are told; a post that can't be changed any more is let be.
        """
        try:
            await self._send(parcel)
        except Refused as refusal:
            if parcel.kind == group_posts.SHOW:
                raise Gone(refusal.reason) from refusal
            raise

    async def _send(self, parcel: Parcel) -> None:
        try:
            found = await sheet(self._house, parcel.payload)
        except NotFound:
            raise Refused(f"no chat is linked for {parcel.payload['unit']}") from None
        except ShutOut:
            raise Refused(_PUT_OUT) from None
        if found is not None:
            await self._try(found)

    async def _try(self, found: Sheet) -> None:
        try:
            await self._post(found)
        except RetryAfter as error:
            self._pace.hold(found.chat, seconds_of(error))
            raise TryAgain("Telegram asks to wait", seconds_of(error)) from error
        except ChatMigrated as error:
            await group_links.follow(self._house, found.chat, str(error.new_chat_id))
            raise TryAgain("the group has another id now", 0.0) from error
        except Forbidden as error:
            await groups.lost(self._house, found.chat)
            raise Refused(_PUT_OUT) from error
        except BadRequest as error:
            raise Refused(f"Telegram refuses: {error.message}") from error
        except NetworkError as error:
            raise TryAgain("Telegram can't be reached", None) from error
        except TelegramError as error:
            raise TryAgain(f"Telegram: {type(error).__name__}", None) from error

    async def _post(self, found: Sheet) -> None:
        await in_turn(self._pace, found.chat)
        keyboard = markup(found.buttons)
        if found.edits is not None and await edit(self._bot, found.chat, found.text, keyboard, found.edits):
            return
        question = _question(found.text, *found.asks) if found.asks else {"reply_markup": keyboard}
        sent = await self._bot.send_message(
            found.chat,
            found.text,
            link_preview_options=NO_PREVIEW,
            reply_parameters=_answering(found.replies_to),
            **question,
        )
        if found.post is not None:
            await group_posts.posted(self._house, found.post, found.chat, sent.message_id)


def _answering(message_id: int | None) -> ReplyParameters | None:
    return ReplyParameters(message_id, allow_sending_without_reply=True) if message_id is not None else None


def _question(text: str, name: str, account: str) -> dict[str, Any]:
    """The officer's answering field opens by itself, and nobody else's: for that the text must name her."""
    length = len(name.encode("utf-16-le")) // 2
    named = MessageEntity(MessageEntity.TEXT_MENTION, text.index(name), length, user=User(int(account), name, False))
    return {"reply_markup": ForceReply(selective=True), "entities": [named]}
