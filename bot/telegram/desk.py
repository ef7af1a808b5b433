"""The agencies' door in Telegram: groups of their units, officers' buttons, and the codes that link them.

Nothing that is said in a group ever begins a resident's conversation.
"""

from __future__ import annotations

import re
from typing import Protocol

import structlog
from telegram import (
    Bot,
    ChatMember,
    ChatMemberRestricted,
    ChatMemberUpdated,
    InlineKeyboardMarkup,
    Message,
    MessageEntity,
    ReplyParameters,
    Update,
    User,
)
from telegram.constants import ChatType
from telegram.error import TelegramError

from actions import group_desk, group_links
from actions.group_buttons import is_ours
from actions.group_desk import Call, Spoken
from actions.house import House
from actions.talk import Button
from bot.telegram.speaking import NO_PREVIEW, markup
from templates import render

log = structlog.get_logger()

_CODE = re.compile(r"/hubungkan(?:@(\w+))?(?:\s+(.*))?", re.IGNORECASE | re.DOTALL)
_OUTSIDE = (ChatMember.LEFT, ChatMember.BANNED)
_LONGEST_ALERT = 200


class Desk(Protocol):
    """Where the agencies' updates are taken."""

    def wants(self, update: Update) -> bool:
        """Whether an update is the agencies', rather than a resident's."""

    async def take(self, update: Update) -> Spoken:
        """Apply it, in one transaction."""

    async def answer(self, update: Update, spoken: Spoken) -> None:
        """Say at once what came of it."""


class HouseDesk:
    """The agencies' updates in the house."""

    def __init__(self, bot: Bot, house: House) -> None:
        self._bot = bot
        self._house = house

    def wants(self, update: Update) -> bool:
        """See Desk: all that happens in groups; of private chats our buttons under referrals, codes, and blocking."""
        if update.my_chat_member is not None:
            return True
        query, message = update.callback_query, update.message
        if query is not None and query.message is not None and query.message.chat.type == ChatType.PRIVATE:
            return is_ours(query.data or "")
        if message is not None and message.chat.type == ChatType.PRIVATE:
            return _CODE.fullmatch(message.text or "") is not None
        return update.effective_chat is not None and update.effective_chat.type != ChatType.PRIVATE

    async def take(self, update: Update) -> Spoken:
        """See Desk."""
        if update.my_chat_member is not None:
            return await self._member(update, update.my_chat_member)
        query, message = update.callback_query, update.message
        if query is not None and query.message is not None:
            call = _call(update, str(query.from_user.id))
            return await group_desk.press(self._house, call, query.data or "")
        return await self._said(update, message) if message is not None else Spoken()

    async def _said(self, update: Update, message: Message) -> Spoken:
        house, here = self._house, str(message.chat.id)
        if message.migrate_to_chat_id is not None:
            return await group_links.group_moved(house, update.update_id, here, str(message.migrate_to_chat_id))
        if message.migrate_from_chat_id is not None:
            return await group_links.group_moved(house, update.update_id, str(message.migrate_from_chat_id), here)
        author, answered = message.from_user, message.reply_to_message
        if author is None or (author.is_bot and not _is_hidden_admin(message)):
            return Spoken()
        call = _call(update, str(author.id))
        typed = _CODE.fullmatch(message.text or "")
        if typed is not None and (typed[1] or self._bot.username).lower() == self._bot.username.lower():
            return await group_links.type_code(house, call, typed[2] or "", message.chat.title)
        if answered is not None and answered.from_user is not None and answered.from_user.id == self._bot.id:
            words = message.text or message.caption
            return await group_desk.reply(house, call, answered.message_id, words, named=_names(answered, author))
        return Spoken()

    async def _member(self, update: Update, change: ChatMemberUpdated) -> Spoken:
        inside, was_inside = _is_inside(change.new_chat_member), _is_inside(change.old_chat_member)
        call = _call(update, str(change.from_user.id))
        return await group_links.membership(self._house, call, inside=inside, was_inside=was_inside)

    async def answer(self, update: Update, spoken: Spoken) -> None:
        """See Desk. What fails here is asked for again by whoever misses it."""
        query = update.callback_query
        try:
            if spoken.buttons is not None and query is not None and query.message is not None:
                await self._buttons(update, markup(spoken.buttons))
            if spoken.say and update.effective_chat is not None:
                await self._say(update, spoken.say)
        except TelegramError as error:
            log.info("desk.not_said", update=update.update_id, kind=type(error).__name__)
        if query is not None:
            alert = spoken.alert
            if spoken.link is not None and not await self._send_link(query.from_user.id, spoken):
                alert = render("telegram/alert.txt", name="not_sent")
            try:
                await self._bot.answer_callback_query(query.id, alert[:_LONGEST_ALERT] or None, show_alert=bool(alert))
            except TelegramError:  # too old by now: the button has stopped turning by itself
                log.info("press.not_answered", update=update.update_id)

    async def _buttons(self, update: Update, keyboard: InlineKeyboardMarkup | None) -> None:
        message = update.callback_query.message if update.callback_query else None
        if message is not None:
            await self._bot.edit_message_reply_markup(message.chat.id, message.message_id, reply_markup=keyboard)

    async def _say(self, update: Update, text: str) -> None:
        message = update.message
        answering = ReplyParameters(message.message_id, allow_sending_without_reply=True) if message else None
        assert update.effective_chat is not None
        await self._bot.send_message(
            update.effective_chat.id, text, reply_parameters=answering, link_preview_options=NO_PREVIEW
        )

    async def _send_link(self, account: int, spoken: Spoken) -> bool:
        """Tell the link in the officer's own chat; False when she never opened it, or blocked us."""
        assert spoken.link is not None
        keyboard = markup(((Button(render("telegram/buttons.txt", name="open"), url=spoken.link),),))
        try:
            await self._bot.send_message(
                account, f"{spoken.sheet}\n{spoken.link}", reply_markup=keyboard, link_preview_options=NO_PREVIEW
            )
        except TelegramError as error:
            log.info("desk.link_not_sent", kind=type(error).__name__)
            return False
        return True


def _call(update: Update, account: str) -> Call:
    chat = update.effective_chat
    assert chat is not None
    return Call(update.update_id, str(chat.id), account, private=chat.type == ChatType.PRIVATE)


def _is_hidden_admin(message: Message) -> bool:
    """An administrator who writes in the group's own name: Telegram gives a bot of its own as the author."""
    return message.sender_chat is not None and message.sender_chat.id == message.chat.id


def _names(message: Message, person: User) -> bool:
    mentions = message.parse_entities([MessageEntity.TEXT_MENTION])
    return any(entity.user is not None and entity.user.id == person.id for entity in mentions)


def _is_inside(member: ChatMember) -> bool:
    return member.status not in _OUTSIDE and (not isinstance(member, ChatMemberRestricted) or member.is_member)
