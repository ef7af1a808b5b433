"""A turn of a conversation: everything that one incoming thing causes, in one transaction, applied once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from actions.attachments import keep_form_files
from actions.desk import Draft
from actions.forms import sent_link
from actions.house import House
from actions.intake import open_ticket
from actions.keeping import belongs_to, conversation_of, first_time, held_number, keep_incoming, take_away
from actions.notices import CODE_KIND, TELEGRAM, say
from actions.reminding import plan_reminder, put_off
from actions.service import SessionDesk
from actions.talk import Incoming, Part, Reply, Step, Turned, together, with_part
from actions.waiting import as_one, at_least, end_wait, let_wait, waiting_parts, waits_for
from nlu.port import Understanding
from storage.models import Conversation, FormLink, Message, Referral, Ticket
from templates import render

_WORDLESS_KINDS = {"button", "form", "location", "contact"}


@dataclass(frozen=True)
class TurnResult:
    """What a turn left: `duplicate` when it had been applied before; rows that this process may send at once.

    `waits` are the seconds after which `answer_waiting` should be called: more may come until then.
    """

    duplicate: bool
    conversation_id: int | None = None
    delivery_ids: tuple[int, ...] = field(default=())
    waits: float | None = None


class _AskFirst(Exception):
    """What these words mean must be known first; it is never asked within a transaction."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


async def take_turn(house: House, incoming: Incoming, step: Step, *, lease: bool) -> TurnResult:
    """Apply one incoming thing. With `lease` the replies are reserved for this process, to be sent right after.

    Raises LinkInvalid or LinkExpired for a form whose link is no longer good. Whatever is raised, nothing was kept.
    """
    meaning = await _understand(house, incoming)

    async def work(session: AsyncSession, known: dict[str, Understanding]) -> TurnResult:
        if not await first_time(session, incoming):
            return TurnResult(duplicate=True)
        conversation = await conversation_of(session, house, incoming)
        message = await keep_incoming(session, house, conversation, incoming)
        await _forget_codes(session, conversation)
        turn = _Turn(house, session, conversation, step, lease, known)
        await turn.take(incoming, meaning, message)
        if held_number(incoming, message):
            turn.ids += await take_away(session, house, conversation, incoming, message, lease)
        return turn.result

    return await _knowing(house, work)


async def answer_waiting(house: House, conversation_id: int, step: Step, *, lease: bool) -> TurnResult:
    """Answer the messages of a chat that waited, all as one, if it has been quiet for long enough.

    Whoever else comes to it finds nothing left; `waits` says when it is too early.
    """

    async def work(session: AsyncSession, known: dict[str, Understanding]) -> TurnResult:
        conversation = await session.get_one(
            Conversation, conversation_id, with_for_update={"key_share": True}, populate_existing=True
        )
        parts = waiting_parts(conversation)
        turn = _Turn(house, session, conversation, step, lease, known)
        turn.waits = max(waits_for(house, conversation), 0) or None
        if parts and turn.waits is None:
            await turn.answer(parts)
        return turn.result

    return await _knowing(house, work)


async def remind(house: House, conversation_id: int, job: int, after: float, step: Step) -> None:
    """Remind of the draft that was left lying, if this `job` of the queue still is the one to do it."""
    with house.shelf.still():
        await _remind(house, conversation_id, job, after, step)


async def _remind(house: House, conversation_id: int, job: int, after: float, step: Step) -> None:
    async with house.database.transaction() as session:
        conversation = await session.get_one(
            Conversation, conversation_id, with_for_update={"key_share": True}, populate_existing=True
        )
        if conversation.remind_job != job or await put_off(session, house, conversation, after):
            return
        turn = _Turn(house, session, conversation, step, lease=False, known={})
        await turn.remind()


async def give_up(house: House, incoming: Incoming) -> TurnResult:
    """Take what the conversation could not digest: its words become a ticket, and the resident is told calmly."""
    secret = house.catalogue.safety.read(incoming.text or "") is not None
    if secret:
        incoming = replace(incoming, raw=None)
    async with house.database.transaction() as session:
        if not await first_time(session, incoming, failed=True):
            return TurnResult(duplicate=True)
        conversation = await conversation_of(session, house, incoming)
        await belongs_to(session, incoming, conversation)
        message = await keep_incoming(session, house, conversation, incoming)
        if secret:
            message.kind, message.text = CODE_KIND, None
        words = message.text if incoming.kind == "text" else None
        await _keep_as_ticket(session, house, conversation, words)
        if held_number(incoming, message):
            await take_away(session, house, conversation, incoming, message, lease=False)
        return TurnResult(False, conversation.id)


async def give_up_waiting(session: AsyncSession, house: House, conversation_id: int) -> None:
    """What waited can't be answered, try after try: its words become a ticket."""
    conversation = await session.get_one(Conversation, conversation_id, with_for_update={"key_share": True})
    words = together(waiting_parts(conversation))
    await end_wait(session, conversation)
    await _keep_as_ticket(session, house, conversation, words)


async def _keep_as_ticket(session: AsyncSession, house: House, conversation: Conversation, words: str | None) -> None:
    ticket = None
    if words:
        ticket = await open_ticket(session, house, conversation, Draft(words, (), urgent=False, understood=False))
    text = render("bot/trouble.txt", number=ticket.number if ticket else None)
    await say(session, conversation, Reply(text), ticket_id=ticket.id if ticket else None)


async def _knowing(
    house: House, work: Callable[[AsyncSession, dict[str, Understanding]], Awaitable[TurnResult]]
) -> TurnResult:
    """Do the work in a transaction; it begins again when it turns out that the NLU must be asked first."""
    known: dict[str, Understanding] = {}
    with house.shelf.still():
        while True:
            try:
                async with house.database.transaction() as session:
                    return await work(session, known)
            except _AskFirst as asked:
                known[asked.text] = await house.understander.understand(asked.text)


async def _understand(house: House, incoming: Incoming) -> Understanding | None:
    text = incoming.text or ""
    if incoming.kind in _WORDLESS_KINDS or not text.strip() or text.startswith("/"):
        return None
    return await house.understander.understand(text)


async def _forget_codes(session: AsyncSession, conversation: Conversation) -> None:
    """A code is shown once. Where the channel takes our messages it was forgotten on delivery; a page showed it."""
    if conversation.channel == TELEGRAM:
        return
    await session.execute(
        update(Message)
        .where(Message.conversation_id == conversation.id, Message.kind == CODE_KIND, Message.text.is_not(None))
        .values(text=None)
    )


@dataclass
class _Turn:
    """One turn under way, in its transaction, with the chat's conversation locked."""

    house: House
    session: AsyncSession
    conversation: Conversation
    step: Step
    lease: bool
    known: dict[str, Understanding]
    ids: list[int] = field(default_factory=list)
    waits: float | None = None

    @property
    def result(self) -> TurnResult:
        return TurnResult(False, self.conversation.id, tuple(self.ids), self.waits)

    async def take(self, incoming: Incoming, meaning: Understanding | None, message: Message) -> None:
        """Answer it; or let it wait with the others of its chat, or let those be answered first."""
        parts = waiting_parts(self.conversation)
        link = await sent_link(self.session, incoming.form.token) if incoming.form else None
        turned = await self._ask(replace(incoming, waiting=parts), meaning, link)
        if turned.hold is not None and turned.hold.how == "first":
            await self.answer(parts)
            parts = ()
            # the question was asked anew: nothing is left to be changed in place
            message_id = None if incoming.kind == "button" else incoming.message_id
            turned = await self._ask(replace(incoming, message_id=message_id), meaning, link)
        if turned.hold is None:
            await self._apply(turned, [message.id])
            if incoming.form is not None and not turned.drop_files:
                keep_form_files(self.session, message.id, incoming.form)
            if (turned.delete_incoming or turned.secret) and not held_number(incoming, message):
                self.ids += await take_away(self.session, self.house, self.conversation, incoming, message, self.lease)
            return
        parts = with_part(parts, Part(incoming.kind, incoming.text or "", incoming.message_id, message.id))
        if turned.hold.how == "join":
            await self.answer(parts, meaning)
        else:
            self.waits = await let_wait(self.session, self.house, self.conversation, parts, turned.hold)
            self.conversation.last_turn_at = self.house.clock()

    async def answer(self, parts: Sequence[Part], last: Understanding | None = None) -> None:
        """Answer several messages as one."""
        incoming = as_one(self.conversation, parts)
        meaning = None
        if incoming.text:
            if incoming.text not in self.known:
                raise _AskFirst(incoming.text)
            meaning = at_least(self.known[incoming.text], last)
        turned = await self._ask(incoming, meaning)
        await end_wait(self.session, self.conversation)
        await self._apply(turned, [part.message for part in parts if part.message is not None])

    async def remind(self) -> None:
        """Nothing came in for a long time."""
        turned = await self._ask(Incoming(self.conversation.channel, self.conversation.chat, "remind"), None)
        await self._apply(turned, ())

    async def _ask(self, incoming: Incoming, meaning: Understanding | None, link: FormLink | None = None) -> Turned:
        holder = self.house.process if self.lease else None
        desk = SessionDesk(self.session, self.house, self.conversation, holder, link)
        turned = await self.step(dict(self.conversation.state or {}), incoming, meaning, desk)
        self.ids += desk.queued
        return turned

    async def _apply(self, turned: Turned, messages: Sequence[int]) -> None:
        self.conversation.state = turned.state
        self.conversation.last_turn_at = self.house.clock()
        await plan_reminder(self.session, self.house, self.conversation, turned.remind_after)
        ticket_id = await self._mark(turned, messages)
        holder = self.house.process if self.lease else None
        for reply in turned.replies:
            delivery = await say(
                self.session,
                self.conversation,
                reply,
                ticket_id=ticket_id,
                leased_by=holder,
                urgent=True,
                confidential=turned.confidential,
            )
            if delivery is not None:
                self.ids.append(delivery)
        if turned.dropped:
            self.conversation.bound_after = await self.session.scalar(
                select(func.max(Message.id)).where(Message.conversation_id == self.conversation.id)
            )

    async def _mark(self, turned: Turned, messages: Sequence[int]) -> int | None:
        """Bind the messages to the ticket that the turn was about; returns its id: the replies belong to it too."""
        ticket_id = None
        if turned.ticket_number is not None:
            ticket_id = await self.session.scalar(
                select(Ticket.id).where(
                    Ticket.number == turned.ticket_number, Ticket.conversation_id == self.conversation.id
                )
            )
        restricted = turned.restricted or (ticket_id is not None and await self._holds_restricted(ticket_id))
        for message_id in messages:
            message = await self.session.get_one(Message, message_id)
            # opening a ticket may have restricted it already
            message.restricted = message.restricted or restricted
            message.confidential = message.confidential or turned.confidential
            if turned.secret:
                message.kind, message.text = CODE_KIND, None
            message.inquiry_id = turned.inquiry
            message.ticket_id = ticket_id or message.ticket_id
            message.restricted = message.restricted or (
                ticket_id is not None and await self._holds_restricted(ticket_id)
            )
        return ticket_id

    async def _holds_restricted(self, ticket_id: int) -> bool:
        held = select(Referral.id).where(Referral.ticket_id == ticket_id, Referral.restricted.is_(True)).limit(1)
        return await self.session.scalar(held) is not None
