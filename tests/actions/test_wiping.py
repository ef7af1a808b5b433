"""A conversation is taken from the chat; what was said stays with its ticket."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import update

from actions.chat import history
from actions.tickets import ticket_view
from actions.wiping import channel_ids
from storage.models import Delivery, Message
from tests.actions.world import STORY, World, echo


async def wipe(world: World, number: str | None, **incoming: Any) -> bool:
    """Press the button; True when older messages stay."""
    older: bool = await world.with_desk(lambda desk: desk.wipe(number), **incoming)
    return older


async def wipes(world: World) -> list[Delivery]:
    """The rows that take messages away."""
    return list(await world.deliveries(kind="telegram.wipe"))


async def age(world: World, hours: float, *where: Any) -> None:
    """Let messages be older."""
    async with world.house.database.transaction() as session:
        await session.execute(update(Message).where(*where).values(at=Message.at - timedelta(hours=hours)))


async def test_a_tickets_messages_go_and_the_officer_still_reads_them(world: World) -> None:
    line = await world.open("violence")
    for delivery in await world.deliveries(kind="telegram.send"):
        await world.settle(delivery)
    other = await world.open("school_fees", complaint="sekolah anak")
    assert await wipe(world, line.number) is False
    (row,) = await wipes(world)
    texts = {message.id: message.text for message in await world.all(Message)}
    assert {texts[number] for number in row.payload["messages"]} == {STORY, f"Nomor {line.number}"}
    shown = [said.text for said in await history(world.house, "telegram", "1001")]
    assert shown == ["sekolah anak", f"Nomor {other.number}", "halo"]
    view = await ticket_view(world.house, await world.officer(restricted=True), line.number)
    assert [message.text for message in view.messages] == [STORY, f"Nomor {line.number}"]


async def test_no_call_takes_more_than_a_hundred_and_none_that_is_too_old(world: World) -> None:
    for number in range(130):
        await world.turn(echo, world.text(f"kata {number}"))
    messages = await world.all(Message)
    await age(world, 49, Message.id.in_([message.id for message in messages[:10]]))
    assert await wipe(world, None) is True
    rows = await wipes(world)
    taken = [number for row in rows for number in row.payload["messages"]]
    assert [len(row.payload["messages"]) for row in rows] == [100, 100, 51]
    assert set(taken) == {message.id for message in await world.all(Message)} - {m.id for m in messages[:10]}
    assert await history(world.house, "telegram", "1001") == []
    assert await wipe(world, None) is False


async def test_what_grew_too_old_on_the_way_is_not_asked_for(world: World) -> None:
    await world.turn(echo, world.text("satu"))
    await world.turn(echo, world.text("dua"))
    first, *_ = await world.all(Message, Message.direction == "in")
    ids = [message.id for message in await world.all(Message)]
    assert len(await channel_ids(world.house, ids)) == 2  # our answers have not been sent yet
    await age(world, 48, Message.id == first.id)
    assert len(await channel_ids(world.house, ids)) == 1


async def test_the_rows_go_before_the_answer_and_with_the_same_process(world: World) -> None:
    line = await world.open("violence")
    for delivery in await world.deliveries(kind="telegram.send"):
        await world.settle(delivery)  # what still waits in a lane goes first, by the dispatcher

    async def step(state: dict[str, Any], incoming: Any, meaning: Any, desk: Any) -> Any:
        await desk.wipe(line.number)
        return await echo(state, incoming, meaning, desk)

    result = await world.turn(step, lease=True)
    rows = {row.id: row for row in await world.all(Delivery)}
    kinds = [rows[number].kind for number in result.delivery_ids]
    assert kinds == ["telegram.wipe", "telegram.send"]
    assert sorted(result.delivery_ids) == list(result.delivery_ids)
    assert {rows[number].leased_by for number in result.delivery_ids} == {world.house.process}


async def test_nobody_wipes_another_chats_ticket(world: World) -> None:
    line = await world.open("violence", chat="1001")
    assert await wipe(world, line.number, chat="2002") is False
    assert await wipes(world) == []
    assert await history(world.house, "telegram", "1001")


async def test_on_a_page_the_messages_are_hidden(world: World) -> None:
    line = await world.open("violence", chat="web-chat", channel="web")
    assert await wipe(world, line.number, chat="web-chat", channel="web") is False
    assert [said.text for said in await history(world.house, "web", "web-chat")] == ["halo"]
    assert await wipes(world) == []
