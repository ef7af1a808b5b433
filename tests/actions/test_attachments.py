"""Files that residents sent: who may open them."""

from __future__ import annotations

import pytest

from actions.attachments import attachment, file_ref, store
from actions.chat import history
from actions.errors import NotFound
from actions.talk import FileRef
from storage.models import Attachment, Audit
from tests.actions.world import KASANG_PUDAK, World, echo, quiet

PICTURE = b"\xff\xd8 a picture"


async def sent(world: World, *needs: str, understood: bool = True) -> int:
    """A photo in a report about these needs, fetched."""
    file = FileRef("photo", "AgAC", "rumah.jpg", "image/jpeg")
    await world.turn(quiet, world.text(None, kind="photo", file=file))
    await world.open(*needs, understood=understood)
    (row,) = await world.all(Attachment)
    assert await file_ref(world.house, row.id) == "AgAC"
    await store(world.house, row.id, PICTURE, None)
    return row.id


async def test_an_officer_of_the_area_opens_it_and_that_is_written_down(world: World) -> None:
    wanted = await sent(world, "housing_repair")
    officer = await world.officer("fo")
    assert await attachment(world.house, officer, wanted) == ("image/jpeg", "rumah.jpg", PICTURE)
    (look,) = await world.all(Audit)
    assert (look.action, look.officer_id) == ("attachment.seen", officer.id)


@pytest.mark.parametrize(
    ("needs", "understood", "opens"),
    [
        (("housing_repair",), True, {"own", "named"}),
        (("housing_repair",), False, {"named"}),
        (("violence",), True, {"named"}),
        (("housing_repair", "violence"), True, {"named"}),
    ],
)
async def test_who_opens_it(world: World, needs: tuple[str, ...], understood: bool, opens: set[str]) -> None:
    wanted = await sent(world, *needs, understood=understood)
    officers = {
        "own": await world.officer(),
        "named": await world.officer(restricted=True),
        "elsewhere": await world.officer(region=KASANG_PUDAK, restricted=True),
        "agency": await world.officer("agency", None, unit="perkim-kota-jambi", restricted=True),
        "admin": await world.officer("admin", None, restricted=True),
    }
    for name, officer in officers.items():
        if name in opens:
            assert (await attachment(world.house, officer, wanted))[2] == PICTURE
        else:
            with pytest.raises(NotFound):
                await attachment(world.house, officer, wanted)


async def test_what_was_not_fetched_yet_or_never_existed_is_not_there(world: World) -> None:
    await world.turn(quiet, world.text(None, kind="photo", file=FileRef("photo", "AgAC")))
    officer = await world.officer()
    for wanted in (1, 999):
        with pytest.raises(NotFound):
            await attachment(world.house, officer, wanted)


async def test_a_chat_page_shows_its_own_chat_alone(world: World) -> None:
    for chat in ("a", "b"):
        await world.turn(echo, world.text(f"dari {chat}", channel="web", chat=chat, update_id=None))
    lines = await history(world.house, "web", "a")
    assert [(line.direction, line.text) for line in lines] == [("in", "dari a"), ("out", "jawaban 1")]
    assert [line.text for line in await history(world.house, "web", "a", lines[0].id)] == ["jawaban 1"]
    assert await history(world.house, "telegram", "a") == []
