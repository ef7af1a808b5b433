"""What stands in a unit's chat about its referrals, written into the queue with what causes it.

The queue's rows hold ids alone: what a post says is made when it is sent (`actions.group_words`), so it is always how
the referral stands then, in the chat that the unit has then.
"""

from __future__ import annotations

import secrets
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.groups import chat_hash
from actions.house import House
from referral.lifecycle import ENDED
from referral.queue import NewDelivery, enqueue
from storage.models import GroupPost, Referral, UnitGroup

TELEGRAM = "telegram"
SHOW = "telegram.group"
# steps after which a post reads otherwise than before
_SHOWN = frozenset({"accept", "start", "return", "reject", "finish", "revoke", "close", "reopen"})


def lane_of(unit: str) -> str:
    """A unit's chat is a lane of its own: its mail does not wait for Telegram, nor Telegram for its mail."""
    return f"agency:{unit}:telegram"


async def new_post(session: AsyncSession, referral: Referral) -> dict[str, Any]:
    """A post for a referral that goes out: the payload of its delivery."""
    row = GroupPost(referral_id=referral.id, serial=referral.link_serial)
    session.add(row)
    await session.flush()
    return {"unit": referral.unit, "post": row.id}


async def posted_to_chat(session: AsyncSession, referral: Referral) -> bool:
    """Whether the referral's present series went out to a chat."""
    mine = (GroupPost.referral_id == referral.id, GroupPost.serial == referral.link_serial, GroupPost.asks.is_(None))
    return await session.scalar(select(GroupPost.id).where(*mine).limit(1)) is not None


async def told_post(session: AsyncSession, referral: Referral, text: str) -> dict[str, Any]:
    """News (`text` names it) that answers the newest post of a referral: the payload of its delivery."""
    newest = select(GroupPost.id).where(GroupPost.referral_id == referral.id, GroupPost.asks.is_(None))
    post = await session.scalar(newest.order_by(GroupPost.id.desc()).limit(1))
    if post is None:  # its chat was linked after it had gone out
        return {**await new_post(session, referral), "text": text}
    return {"unit": referral.unit, "post": post, "text": text}


async def after_step(session: AsyncSession, referral: Referral, step: str) -> None:
    """Show a referral's posts anew after a step, whoever took it and wherever."""
    if step not in _SHOWN:
        return
    posts = await session.scalars(
        select(GroupPost.id).where(GroupPost.referral_id == referral.id, GroupPost.asks.is_(None))
    )
    for post in posts.all():
        await show(session, referral, post, edit=True)


async def show(session: AsyncSession, referral: Referral, post: int, *, edit: bool = False) -> None:
    """Queue a post to be shown as it is to be now; with `edit` only where it stands already."""
    await say_in(session, referral.unit, {"post": post, "edit": edit}, urgent=referral.urgent)


async def say_in(session: AsyncSession, unit: str, payload: dict[str, Any], *, urgent: bool = False) -> None:
    """Queue something for a unit's chat: a post, or a `text` by its template's name."""
    await enqueue(
        session,
        NewDelivery(
            lane=lane_of(unit),
            ordered=False,
            kind=SHOW,
            key=f"group-{secrets.token_hex(12)}",
            payload={"unit": unit, **payload},
            urgent=urgent,
        ),
    )


async def ask(session: AsyncSession, referral: Referral, officer_id: int, step: str, outcome: str | None) -> None:
    """Ask an officer, in the unit's chat, for the words that a step needs."""
    row = GroupPost(
        referral_id=referral.id, serial=referral.link_serial, asks=step, outcome=outcome, officer_id=officer_id
    )
    session.add(row)
    await session.flush()
    await show(session, referral, row.id)


async def moved(session: AsyncSession, old: str, new: str) -> None:
    """A group became a supergroup: it has another id, and the posts of the old one can't be changed any more.

    Those of referrals that are still open are posted again.
    """
    groups = await session.scalars(select(UnitGroup).where(UnitGroup.chat_hash == chat_hash(old)).with_for_update())
    for group in groups.all():
        group.chat, group.chat_hash = new, chat_hash(new)
    posts = (await session.scalars(select(GroupPost).where(GroupPost.chat_hash == chat_hash(old)))).all()
    for post in posts:
        post.chat_hash, post.message_id = chat_hash(new), None
        referral = await session.get_one(Referral, post.referral_id)
        if post.asks is None and post.serial == referral.link_serial and referral.state not in ENDED:
            await show(session, referral, post.id)
    await session.execute(delete(GroupPost).where(GroupPost.chat_hash == chat_hash(new), GroupPost.asks.is_not(None)))


async def posted(house: House, post: int, chat: str, message_id: int) -> None:
    """Keep under which number a post stands in its chat."""
    async with house.database.transaction() as session:
        row = await session.get(GroupPost, post)
        if row is not None:
            row.chat_hash, row.message_id = chat_hash(chat), message_id
