"""The identity form's link opens as often as wanted, and can be used once."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from actions.errors import ActionError, LinkExpired, LinkInvalid
from actions.forms import form_open
from actions.talk import FormData, Incoming
from actions.turns import TurnResult, take_turn
from storage.models import FormLink, Message
from tests.actions.world import World, echo, quiet


async def link(world: World, **incoming: str) -> str:
    """The token of a fresh link."""
    url = await world.with_desk(lambda desk: desk.form_link(), **incoming)
    assert url.startswith("https://slrt.example.go.id/f/")
    return str(url).rsplit("/", 1)[1]


def sent(token: str) -> Incoming:
    """The form as the page hands it on."""
    return Incoming("web", "", "form", form=FormData(token, "1571104705889001", "Siti Aminah", "1571101203159001"))


async def send(world: World, token: str) -> TurnResult:
    return await take_turn(world.house, sent(token), echo, lease=True)


async def test_opening_it_spends_nothing(world: World) -> None:
    token = await link(world)
    views = [await form_open(world.house, token) for _ in range(3)]
    assert {view.channel for view in views} == {"telegram"}
    assert views[0].expires_at == world.clock() + world.house.limits.form.lifetime
    assert not (await send(world, token)).duplicate


async def test_sending_it_is_a_turn_of_the_chat_that_asked_for_it(world: World) -> None:
    token = await link(world, chat="1002")
    result = await send(world, token)
    conversation = await world.conversation("1002")
    assert result.conversation_id == conversation.id
    assert conversation.state == {"turns": 1}
    assert [row.kind for row in await world.all(Message, Message.conversation_id == conversation.id)] == [
        "text",
        "form",
        "text",
    ]
    assert "1571104705889001" not in "".join(row.text or "" for row in await world.all(Message))


async def test_it_can_not_be_sent_twice_not_even_at_once(world: World) -> None:
    token = await link(world)
    results = await asyncio.gather(*(send(world, token) for _ in range(4)), return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["LinkInvalid"] * 3 + ["TurnResult"]
    with pytest.raises(LinkInvalid):
        await form_open(world.house, token)


async def test_a_turn_that_fails_does_not_spend_it(world: World) -> None:
    async def broken(*_: object) -> None:
        raise ZeroDivisionError

    token = await link(world)
    with pytest.raises(ZeroDivisionError):
        await take_turn(world.house, sent(token), broken, lease=True)  # type: ignore[arg-type]
    assert not (await send(world, token)).duplicate


async def test_its_time_ends(world: World) -> None:
    token = await link(world)
    world.clock.forward(minutes=30)
    for attempt in (form_open(world.house, token), send(world, token)):
        with pytest.raises(LinkExpired):
            await attempt


async def test_a_forged_one_opens_nothing(world: World) -> None:
    await link(world)
    for token in ("", "x", "A" * 32, "' or 1=1", "\x00", "é"):
        for attempt in (form_open(world.house, token), send(world, token)):
            with pytest.raises(LinkInvalid):
                await attempt
    assert len(await world.all(Message)) == 1


async def test_asked_again_it_is_the_same_and_its_time_begins_anew(world: World) -> None:
    first = await link(world)
    world.clock.forward(minutes=20)
    assert await link(world) == first
    world.clock.forward(minutes=20)
    assert (await form_open(world.house, first)).channel == "telegram"


async def test_after_its_time_or_once_sent_there_is_a_new_one(world: World) -> None:
    first = await link(world)
    world.clock.forward(minutes=31)
    second = await link(world)
    await send(world, second)
    third = await link(world)
    assert len({first, second, third}) == 3
    assert (await form_open(world.house, third)).channel == "telegram"
    for over in (first, second):
        with pytest.raises(ActionError):
            await form_open(world.house, over)


async def test_chats_never_share_one(world: World) -> None:
    assert await link(world) != await link(world, chat="1002")


async def test_of_a_link_only_a_hash_is_kept(world: World) -> None:
    token = await link(world)
    (row,) = await world.all(FormLink)
    assert token.encode() not in row.token_hash


async def test_telegram_opens_no_link_without_https(world: World) -> None:
    plain = World(replace(world.house, public_url="http://127.0.0.1:8080"))
    assert await plain.with_desk(lambda desk: desk.form_link()) is None
    url = await plain.with_desk(lambda desk: desk.form_link(), channel="web", update_id=None)
    assert url.startswith("http://127.0.0.1:8080/f/")
    await plain.turn(quiet)
