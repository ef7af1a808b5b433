"""An agency answers in its unit's chat: buttons, and words in reply to our question. Only registered officers count."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions import group_buttons
from actions.accounts import officer_of
from actions.answers import own_case
from actions.dispatch import answer_link
from actions.errors import NotFound
from actions.events import Actor, note_look
from actions.group_buttons import BACK, NEEDS_CHOICE, OPEN_PAGE, Pressed, Rows, answers, choice_buttons, step_buttons
from actions.group_posts import ask, show
from actions.group_words import last_step, office_of
from actions.groups import chat_hash, units_of
from actions.house import House
from actions.keeping import note_update
from actions.steps import Said, take_step
from actions.views import OfficerView
from referral.catalogue.choices import OWN_WORDS
from registry.nik import redact
from storage.models import GroupPost, Referral, Ticket
from templates import render

CHANNEL = "telegram"


@dataclass(frozen=True)
class Call:
    """Where something came from: the update that brought it, the chat, and the account of who did it."""

    update_id: int
    chat: str
    account: str
    private: bool = False


@dataclass(frozen=True)
class Spoken:
    """What is said back at once, outside the queue: nothing is lost with it, who misses it asks again.

    `alert` is shown to who pressed, alone; `buttons` take the place of those under the pressed message; `say` answers
    in the chat; `link` is told to who pressed in her own chat, with `sheet` before it.
    """

    alert: str = ""
    buttons: Rows | None = None
    say: str = ""
    link: str | None = None
    sheet: str = ""


@dataclass(frozen=True)
class _Scene:
    """A press or a reply by an officer of the unit, on a locked referral."""

    call: Call
    session: AsyncSession
    house: House
    officer: OfficerView
    ticket: Ticket
    referral: Referral
    pressed: Pressed

    def choices(self, outcome: str | None = None) -> Rows:
        """What the step needs, to choose from. In a chat of one's own words are the resident's door: none are asked."""
        own_words = not self.call.private
        return choice_buttons(self.house, self.referral, self.pressed.step, outcome, own_words=own_words)


async def press(house: House, call: Call, data: str) -> Spoken:
    """A button was pressed. Whoever may not, or comes too late, is told so; nothing changes then."""
    pressed = group_buttons.read(data)
    async with house.database.transaction() as session:
        if not await note_update(session, CHANNEL, call.update_id):
            return Spoken()
        if pressed is None:
            return _alert("old")
        scene = await _scene(session, house, call, pressed)
        return scene if isinstance(scene, Spoken) else await _act(scene)


async def _scene(session: AsyncSession, house: House, call: Call, pressed: Pressed) -> _Scene | Spoken:
    """Whoever pressed, in which chat: both must be of the referral's unit."""
    unit = await session.scalar(select(Referral.unit).where(Referral.id == pressed.referral_id))
    if unit is None or unit not in await units_of(session, call.chat):
        return _alert("old")
    officer = await officer_of(session, house, call.account)
    if officer is None or officer.unit != unit:
        return _alert("stranger", agency=office_of(house, unit))
    try:
        ticket, referral = await own_case(session, officer, pressed.referral_id)
    except NotFound:
        return await _first(session, pressed.referral_id)
    if referral.restricted:
        return _alert("restricted")
    return _Scene(call, session, house, officer, ticket, referral, pressed)


async def _act(scene: _Scene) -> Spoken:
    pressed, referral = scene.pressed, scene.referral
    if pressed.serial != referral.link_serial:
        return await _late(scene)
    if pressed.step == BACK:
        return Spoken(buttons=step_buttons(referral))
    if pressed.step == OPEN_PAGE:
        return _page(scene)
    if pressed.step not in answers(referral):
        return await _late(scene)
    if pressed.step in NEEDS_CHOICE and pressed.choice is None:
        return Spoken(buttons=scene.choices())
    return await _choose(scene)


async def _choose(scene: _Scene) -> Spoken:
    """The step with what was chosen for it; a choice that leads to others, or to the officer's own words."""
    pressed, choices = scene.pressed, scene.house.catalogue.choices
    outcome = pressed.choice if pressed.step == "finish" else None
    code = pressed.why if outcome else pressed.choice
    if OWN_WORDS in (pressed.choice, pressed.why):
        if not choices.reasons(pressed.step, outcome):
            return await _late(scene)  # no such button was ever made
        await ask(scene.session, scene.referral, scene.officer.id, pressed.step, outcome)
        return Spoken(alert=_words("ask"), buttons=step_buttons(scene.referral))
    if outcome and code is None and choices.reasons("finish", outcome):
        return Spoken(buttons=scene.choices(outcome))
    said = choices.said(pressed.step, code, outcome) if code else None
    known = outcome is None or bool(choices.outcome_label(outcome))
    if not known or (code is not None and said is None):
        return await _late(scene)  # the choice was taken out of the list
    return await _step(scene, pressed.step, Said(reason=said, outcome=outcome, note=said))


async def _step(scene: _Scene, step: str, said: Said) -> Spoken:
    actor = Actor(scene.officer.role, scene.officer.id)
    await take_step(scene.session, scene.house, scene.ticket, scene.referral, step, actor, said)
    return _alert(step, number=scene.ticket.number)


def _page(scene: _Scene) -> Spoken:
    """The link is no secret from the office, but from others in the group: it goes to her own chat."""
    actor = Actor(scene.officer.role, scene.officer.id)
    note_look(scene.session, actor, "case.link", "asked for it in the unit's chat", ticket_id=scene.ticket.id)
    return Spoken(
        alert=_words("sent"),
        link=answer_link(scene.house, scene.referral),
        sheet=render("telegram/say.txt", name="link", number=scene.ticket.number),
    )


async def _late(scene: _Scene) -> Spoken:
    """Somebody was quicker: she hears who, and the message is put right."""
    await _put_right(scene)
    return await _first(scene.session, scene.referral.id)


async def _put_right(scene: _Scene) -> None:
    posts = await scene.session.scalars(
        select(GroupPost.id).where(GroupPost.referral_id == scene.referral.id, GroupPost.asks.is_(None))
    )
    for post in posts.all():
        await show(scene.session, scene.referral, post, edit=True)


async def _first(session: AsyncSession, referral_id: int) -> Spoken:
    last = await last_step(session, await session.get_one(Referral, referral_id))
    if last is None:
        return _alert("old")
    return _alert("first", event=last.event, by=last.name, at=last.at)


async def reply(house: House, call: Call, message_id: int, text: str | None, *, named: bool = False) -> Spoken:
    """Somebody answered one of our messages; only answers to a question of ours mean anything.

    `named`: the message names who answered, as questions do. An answer may be quicker than our note of the question's
    number; then it is the answer to the newest one without a number.
    """
    async with house.database.transaction() as session:
        post = await _question(session, house, call, message_id, named=named)
        if post is None or not await note_update(session, CHANNEL, call.update_id):
            return Spoken()
        step, outcome = str(post.asks), post.outcome
        scene = await _scene(session, house, call, Pressed(post.referral_id, post.serial, step, outcome))
        if isinstance(scene, Spoken):
            return Spoken(say=scene.alert)
        words = redact(text or "").strip()
        if not words:
            return Spoken(say=render("telegram/say.txt", name="words"))
        await session.delete(post)
        if post.serial != scene.referral.link_serial or step not in answers(scene.referral):
            return Spoken(say=(await _late(scene)).alert)
        return Spoken(say=(await _step(scene, step, Said(reason=words, outcome=outcome, note=words))).alert)


async def _question(
    session: AsyncSession, house: House, call: Call, message_id: int, *, named: bool
) -> GroupPost | None:
    """The question that is answered; one query, for its number may be noted in this very moment."""
    officer = await officer_of(session, house, call.account) if named else None
    noted = (GroupPost.chat_hash == chat_hash(call.chat)) & (GroupPost.message_id == message_id)
    if officer is not None:
        noted |= GroupPost.message_id.is_(None) & (GroupPost.officer_id == officer.id)
    query = select(GroupPost).where(GroupPost.asks.is_not(None), noted)
    newest = query.order_by(GroupPost.message_id.is_(None), GroupPost.id.desc()).limit(1)
    return await session.scalar(newest.with_for_update())


def _alert(name: str, **values: object) -> Spoken:
    return Spoken(alert=_words(name, **values))


def _words(name: str, **values: object) -> str:
    return render("telegram/alert.txt", name=name, **values)
