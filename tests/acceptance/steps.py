"""What residents, officers and agencies do again and again, by the words and buttons that they see."""

from __future__ import annotations

import re
from collections.abc import Mapping

from tests.acceptance.browser import Visitor
from tests.acceptance.world import World
from tests.telegram_server import ChatMessage, Resident

# only ends a test that hangs
LIMIT = 60.0
NUMBER = re.compile(r"SLRT-\d{4}-\d{4}-\d{5}")
LINK = re.compile(r"https://slrt\.example\.go\.id/\S+")


async def tell(resident: Resident, *words: str) -> ChatMessage:
    """Greet the bot and tell a complaint; ends at "Saya catat"."""
    await resident.start()
    await resident.expect("Selamat datang", timeout=LIMIT)
    for text in words:
        await resident.say(text)
    return await resident.expect("Saya catat", timeout=LIMIT)


async def report(
    resident: Resident,
    text: str,
    place: str,
    answers: Mapping[str, str] | None = None,
    wanted: tuple[str, ...] = (),
) -> str:
    """Make a whole report, skipping identity. Returns the ticket's number.

    `answers` are buttons by a part of the question; `wanted` names of needs, ticked where they were only asked.
    """
    noted = await tell(resident, text)
    for name in wanted:
        if f"▫️ {name}" in noted.labels:
            await resident.tap(f"▫️ {name}")
            noted = await resident.expect(f"✅ {name}", timeout=LIMIT)
        assert f"✅ {name}" in noted.labels
    await resident.tap("Sudah benar, lanjut")
    return await finish(resident, place, answers)


async def finish(resident: Resident, place: str, answers: Mapping[str, str] | None = None, limit: float = LIMIT) -> str:
    """Answer what is asked until the ticket's number comes."""
    known = {
        "NIK, nama": "Lewati",
        "Kirim sekarang?": "Kirim laporan",
        "petugas menelepon": "Tidak perlu",
        **(answers or {}),
    }
    while True:
        asked = await resident.expect(lambda message: bool(message.text), timeout=limit)
        content = asked.text
        number = NUMBER.search(content)
        if "Laporan sudah kami terima" in content:
            assert number
            return number.group()
        if "Yang mana?" in content:
            village = place.split(" RT")[0]
            await resident.tap(next(label for label in asked.labels if label.startswith(f"{village},")))
        elif "kelurahan atau desa" in content.lower():
            await resident.say(place)
        else:
            for part, label in known.items():
                if part in content:
                    await resident.tap(label)
                    break
            else:
                if "Tidak tahu" in asked.labels:
                    await resident.tap("Tidak tahu")


def link_in(text: str) -> str:
    """The first link of ours in a mail."""
    found = LINK.search(text)
    assert found, text
    return found.group().rstrip(").,")


async def approve_all(officer: Visitor, number: str) -> None:
    """Approve each referral of a ticket that waits for it."""
    await officer.open(f"/tiket/{number}")
    while any("Setujui dan kirim" in form.buttons for form in officer.page.forms):
        await officer.press("Setujui dan kirim")
        await officer.open(f"/tiket/{number}")


async def unit_link(world: World, unit: str) -> str:
    """The link that a unit got, by mail or webhook."""
    if unit in world.hooks.secrets:
        await world.hooks.until(lambda: bool(world.hooks.asking(unit)))
        return str(world.hooks.asking(unit)[-1]["data"]["link"])
    await world.mail.until(lambda: bool(world.mail.to(unit)))
    return link_in(world.mail.to(unit)[-1].text)
