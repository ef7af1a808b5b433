"""Groups: who is in them, what the bot is shown of them, and what becomes of the bot there."""

from __future__ import annotations

from .errors import ResidentError
from .messages import ChatMessage, GroupChat
from .resident import Resident, bot_member
from .text import FormattedText, utf16_slice
from .world import World

_SUPERGROUP = -1_000_000_000_000


class Member(Resident):
    """A person in a group; what they see and do there."""

    def __init__(self, world: World, group: GroupChat, resident: Resident) -> None:
        super().__init__(world, group)
        self._group = group
        self._user = resident.user

    def _check_open(self) -> None:
        if self._user.id not in self._group.members:
            raise ResidentError(f"{self.name} is not in the group {self._group.title!r}")

    def _is_read(self, message: ChatMessage) -> bool:
        """Telegram's privacy mode: commands meant for the bot and answers to it; everything if it is an administrator.

        A command that names no bot reaches the one that last wrote here.
        """
        group = self._group
        if group.status != "member" or group.migrated_to is not None:
            return False
        if group.bot_is_admin or (message.reply_to is not None and message.reply_to.from_bot):
            return True
        first = next((one for one in message.content.entities if one.type == "bot_command" and one.offset == 0), None)
        if first is None:
            return False
        _, _, bot = utf16_slice(message.text, first.offset, first.length).partition("@")
        if bot:
            return bot.lower() == self._world.bot.username.lower()
        return any(one.from_bot for one in group.messages)

    @property
    def asked(self) -> ChatMessage | None:
        """The message of the bot that this person's app opens the answering field for, if the last one does so."""
        shown = [one for one in self.messages if one.from_bot and one.markup and one.markup.kind == "force_reply"]
        if not shown:
            return None
        last = shown[-1]
        assert last.markup is not None
        to_all = not last.markup.raw.get("selective")
        named = any(one.user_id == self._user.id for one in last.content.entities)
        answers = last.reply_to is not None and last.reply_to.sender is self._user
        return last if to_all or named or answers else None

    async def answer(self, text: str) -> ChatMessage:
        """Write into the answering field that the bot opened.

        Raises:
            ResidentError: If it did not open one for this person.
        """
        asked = self.asked
        if asked is None:
            raise ResidentError(f"{self.name} was asked nothing\n{self.transcript()}")
        return await self.say(text, reply_to=asked)


class Group:
    """A group chat; made by ``server.group(title, creator)``."""

    def __init__(self, world: World, title: str, creator: Resident, number: int) -> None:
        self._world = world
        self._chat = GroupChat(creator.user, number=-number, title=title)
        self._world.chats[self._chat.id] = self._chat
        self._creator = self.join(creator)

    @property
    def id(self) -> int:
        """The group's id now."""
        return self._chat.id

    @property
    def messages(self) -> list[ChatMessage]:
        """What is to be seen in it."""
        return [message for message in self._chat.messages if not message.deleted]

    def join(self, resident: Resident) -> Member:
        """Let somebody in; privacy mode does not show the bot who."""
        self._chat.members[resident.id] = resident.user
        return Member(self._world, self._chat, resident)

    async def add_bot(self) -> None:
        """The creator takes the bot in."""
        self._set_status("member")
        self._service({"new_chat_members": [self._world.bot.json()]})

    async def kick_bot(self) -> None:
        """The creator puts the bot out."""
        self._set_status("kicked")

    async def mute_bot(self) -> None:
        """The creator takes the right to write from the bot."""
        self._chat.muted = True

    async def promote_bot(self) -> None:
        """The creator makes the bot an administrator, who reads everything."""
        self._chat.bot_is_admin = True

    async def upgrade(self, number: int) -> Group:
        """The group becomes a supergroup: another id, numbers of messages from the beginning, the same people."""
        made = object.__new__(Group)
        made._world, made._creator = self._world, self._creator
        old = self._chat
        made._chat = GroupChat(
            old.user,
            number=_SUPERGROUP - number,
            title=old.title,
            kind="supergroup",
            members=dict(old.members),
            status=old.status,
        )
        self._world.chats[made.id] = made._chat
        self._service({"migrate_to_chat_id": made.id})
        made._service({"migrate_from_chat_id": old.id})
        old.migrated_to = made.id
        self._world.changed()
        return made

    def _service(self, content: dict[str, object]) -> None:
        message = self._chat.add(self._chat.user, self._world.clock.now(), FormattedText(""))
        message.media = content
        self._world.queue.add("message", message.json(), self._chat.id)

    def _set_status(self, status: str) -> None:
        before, self._chat.status = self._chat.status, status
        bot = self._world.bot.json()
        self._world.queue.add(
            "my_chat_member",
            {
                "chat": self._chat.json(),
                "from": self._chat.user.json(),
                "date": int(self._world.clock.now()),
                "old_chat_member": bot_member(bot, before),
                "new_chat_member": bot_member(bot, status),
            },
            self._chat.id,
        )
        self._world.changed()
