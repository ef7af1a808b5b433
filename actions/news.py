"""News about a report for its resident: what changes within some minutes is one message, and it comes by day."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.details import details_link
from actions.house import House
from actions.notices import confirm_data, say
from actions.safety import may_write
from actions.talk import Button, Reply
from referral.lifecycle import ENDED
from referral.ports import Parcel
from referral.queue import NewDelivery, enqueue
from storage.models import Conversation, Notice, Referral, Ticket
from templates import render

JOB = "job.notify"
_ASKING = ("finished", "confirm_again")  # texts that ask whether it helped, with buttons to answer
_ANSWERED = frozenset({"finished", "rejected"})  # an office has written something: it stands behind a link
_ENDS = {"ticket_rejected": "rejected", "withdrawn": "withdrawn", "merged": "merged"}  # texts of a whole ticket's end
_HOLDS_IN = {"finished": {"done"}, "confirm_again": {"done"}, "rejected": {"rejected"}}


@dataclass(frozen=True)
class News:
    """What is to be told of a referral: `what` is the name of its text, `due_at` the day that it names."""

    what: str
    referral: Referral
    due_at: datetime | None

    @property
    def asks(self) -> bool:
        """Whether it asks if it helped."""
        return self.what in _ASKING


async def notify(
    session: AsyncSession, house: House, ticket: Ticket, referral: Referral, what: str, due_at: datetime | None
) -> bool:
    """Tell the resident of a change of a referral, whose ticket is locked: an urgent one at once, another with others.

    Returns whether anything is said.

    Phones are shared: of a restricted need nothing is said, or by her own wish only that there is news.
    """
    if not await may_write(session, referral):
        return False
    if referral.urgent or house.demo:
        await _tell(session, house, ticket, [News(what, referral, due_at)])
        return True
    await _gather(session, house, Notice(ticket_id=ticket.id, referral_id=referral.id, what=what, due_at=due_at))
    return True


async def notify_end(
    session: AsyncSession, house: House, ticket: Ticket, what: str, referrals: Sequence[Referral]
) -> None:
    """Tell the resident that her whole ticket, which is locked, has ended: as `notify`.

    It is urgent when one of these `referrals` is, which ended with it.
    """
    if house.demo or any(referral.urgent for referral in referrals):
        await _tell_end(session, ticket, what)
    else:
        await _gather(session, house, Notice(ticket_id=ticket.id, what=what))


async def _gather(session: AsyncSession, house: House, notice: Notice) -> None:
    others = await session.scalar(select(Notice.id).where(Notice.ticket_id == notice.ticket_id).limit(1))
    session.add(notice)
    if others is None:  # else a job comes for those already
        await _plan(session, notice.ticket_id, house.limits.night.over(house.clock() + house.limits.notices.gather))


async def tell_news(house: House, ticket_id: int, due: datetime) -> None:
    """Tell all that has gathered about a ticket; whoever comes second finds nothing. It was `due` then."""
    async with house.database.transaction() as session:
        ticket = await session.get_one(Ticket, ticket_id, with_for_update={"key_share": True}, populate_existing=True)
        notices = (await session.scalars(select(Notice).where(Notice.ticket_id == ticket_id).order_by(Notice.id))).all()
        now = house.clock()
        if notices and now > due and house.limits.night.over(now) > now:
            await _plan(session, ticket_id, house.limits.night.over(now))  # this process was late
            return
        newest = {notice.referral_id: notice for notice in notices}.values()
        news = [
            News(one.what, await session.get_one(Referral, one.referral_id), one.due_at)
            for one in newest
            if one.referral_id is not None
        ]
        await session.execute(delete(Notice).where(Notice.ticket_id == ticket_id))
        await _tell(session, house, ticket, [one for one in news if await _holds(session, one)])
        for one in newest:
            if one.referral_id is None and ticket.closed_as == _ENDS[one.what]:
                await _tell_end(session, ticket, one.what)


class TellNews:
    """Sender of `job.notify` parcels."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def send(self, parcel: Parcel) -> None:
        """Tell the resident of a ticket what has gathered."""
        await tell_news(self._house, int(parcel.payload["ticket"]), datetime.fromisoformat(parcel.payload["due"]))


async def _plan(session: AsyncSession, ticket_id: int, due: datetime) -> None:
    await enqueue(
        session,
        NewDelivery(
            lane="job:notify",
            ordered=False,
            kind=JOB,
            key=f"notify-{ticket_id}-{secrets.token_hex(8)}",
            payload={"ticket": ticket_id, "due": due.isoformat()},
            due_at=due,
        ),
    )


async def _holds(session: AsyncSession, news: News) -> bool:
    """Whether it is still true, and may still be told."""
    referral = news.referral
    true = referral.state in _HOLDS_IN[news.what] if news.what in _HOLDS_IN else referral.state not in ENDED
    answered = news.asks and referral.confirmation != "waiting"
    return true and not answered and await may_write(session, referral)


async def _tell(session: AsyncSession, house: House, ticket: Ticket, news: Sequence[News]) -> None:
    """A question keeps its buttons, so each is a message; the rest is one, restricted needs apart from the others."""
    conversation = await session.get_one(Conversation, ticket.conversation_id)
    rest = [one for one in news if not one.asks]
    groups = [[one for one in rest if one.referral.restricted is restricted] for restricted in (False, True)]
    for group in [*groups, *([one] for one in news if one.asks)]:
        if group:
            urgent = any(one.referral.urgent for one in group)
            await say(
                session, conversation, _reply(house, conversation, ticket, group), ticket_id=ticket.id, urgent=urgent
            )


async def _tell_end(session: AsyncSession, ticket: Ticket, what: str) -> None:
    """A number of another chat is never told: that chat may be somebody else's."""
    conversation = await session.get_one(Conversation, ticket.conversation_id)
    other = await session.get_one(Ticket, ticket.merged_into_id) if ticket.merged_into_id is not None else None
    into = other.number if other is not None and other.conversation_id == ticket.conversation_id else None
    text = render(f"bot/notice_{what}.txt", number=ticket.number, into=into)
    await say(session, conversation, Reply(text), ticket_id=ticket.id)


def _reply(house: House, conversation: Conversation, ticket: Ticket, group: Sequence[News]) -> Reply:
    first = group[0]
    buttons: tuple[tuple[Button, ...], ...] = ()
    if first.asks:
        buttons = (
            (Button(render("bot/button_helped.txt"), confirm_data(first.referral.id, True)),),
            (Button(render("bot/button_not_helped.txt"), confirm_data(first.referral.id, False)),),
        )
    if first.referral.restricted:
        return Reply(render("bot/notice_discreet.txt", asks=bool(buttons)), buttons, restricted=True)
    link = details_link(house, conversation, ticket.id) if _ANSWERED & {one.what for one in group} else None
    if link is not None:
        buttons = (*buttons, (Button(render("bot/buttons.txt", name="read_answer"), url=link),))
    told = [_values(house, one) for one in group]
    if len(told) == 1:
        return Reply(render(f"bot/notice_{first.what}.txt", number=ticket.number, **told[0]), buttons)
    return Reply(render("bot/notices.txt", number=ticket.number, news=told), buttons)


def _values(house: House, news: News) -> dict[str, object]:
    referral = news.referral
    return {
        "what": news.what,
        "need": house.catalogue.needs[referral.need].everyday,
        "agency": house.catalogue.agencies[referral.agency].name,
        "due_at": news.due_at,
        "outcome": referral.outcome,
    }
