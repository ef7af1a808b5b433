"""A referral's whole life by Telegram alone: the office has no mail and no page, only a group with buttons."""

from __future__ import annotations

import re

import yaml

from tests.acceptance.browser import Visitor
from tests.acceptance.steps import LIMIT, approve_all, report
from tests.acceptance.world import World
from tests.telegram_server import Group, Member, Resident

UNIT = "dinkes-kota-jambi"
KASANG = "15.71.03.1006"
_LINE = re.compile(r"/hubungkan(?:@\w+)? [A-Z0-9-]+")


def line_on(page: Visitor) -> str:
    """What the page says is to be typed in Telegram."""
    found = _LINE.search(page.page.text)
    assert found, page.page.text
    return found.group()


async def office(world: World, dewi: Resident) -> tuple[Group, Member, Member]:
    """Link the office's group and its officer's account, by what the pages say; gives Dewi and another member too."""
    contacts = world.folder / "contacts.yml"
    units = yaml.safe_load(contacts.read_text())["units"]
    del units[UNIT]
    contacts.write_text(yaml.safe_dump({"units": units}))
    await world.start("console", "dispatcher", "bot")
    group = world.telegram.group("Rujukan Dinkes", dewi)
    member = group.join(dewi)
    await group.add_bot()
    await member.expect("hanya meneruskan rujukan", timeout=LIMIT)
    manager = await world.officer("manajer", "manager", region_code="15.71")
    await manager.open("/grup")
    await manager.press("Buat kode", unit=UNIT)
    await member.say(line_on(manager))
    await member.expect("sekarang dikirim ke sini", timeout=LIMIT)
    officer = await world.officer("dewi", "agency", unit=UNIT)
    await officer.open("/akun")
    await officer.press("Hubungkan Telegram")
    await dewi.say(line_on(officer))
    await dewi.expect("terhubung dengan akun petugas", timeout=LIMIT)
    return group, member, group.join(world.telegram.resident("Tono"))


async def test_a_referrals_full_life_by_telegram_alone(world: World) -> None:
    dewi = world.telegram.resident("Dewi")
    _, member, stranger = await office(world, dewi)
    kasang = await world.officer("kasang", "coordinator", region_code=KASANG)
    ani = world.telegram.resident("Ani")
    number = await report(ani, "anak saya sakit, tidak punya biaya berobat", "Kasang RT 12")
    await approve_all(kasang, number)
    post = await member.expect("Butuh bantuan untuk: biaya berobat", timeout=LIMIT)
    assert number in post.text
    assert "Kasang" in post.text
    assert not [word for word in ("Ani", "RT 12", "tidak punya biaya", "http") if word in post.text]
    await world.until("select 1 from referral where state = 'sent'")

    before = await world.fetch("select count(*) from event")
    refused = await (await stranger.tap("✅ Terima")).answered()
    assert "hanya untuk petugas" in refused.text
    rows = await world.fetch("select state from referral")
    assert [row["state"] for row in rows] == ["sent"]
    assert await world.fetch("select count(*) from event") == before

    await (await member.tap("✅ Terima")).answered()
    await ani.expect("akan mengurus", timeout=LIMIT)
    await member.until(lambda: "✅ Diterima" in post.text, LIMIT)
    await member.tap("▶️ Mulai ditangani")
    await member.until(lambda: "Sedang ditangani" in post.text, LIMIT)
    await member.tap("🏁 Selesai")
    await member.until(lambda: "Sudah terbantu" in post.labels, LIMIT)
    await member.tap("Sudah terbantu")
    asked = await ani.expect("sudah terbantu?", timeout=LIMIT)
    await member.until(lambda: "Hasil: Sudah terbantu" in post.text and not post.labels, LIMIT)
    await ani.tap("Sudah terbantu", message=asked)
    await ani.expect("Terima kasih", timeout=LIMIT)
    (ticket,) = await world.fetch("select state from ticket where number = $1", number)
    (referral,) = await world.fetch("select state, outcome, confirmation from referral")
    assert (ticket["state"], *referral) == ("confirmed", "done", "helped", "helped")
    kinds = await world.fetch(
        "select distinct kind from delivery where referral_id is not null and lane like 'agency:%'"
    )
    assert [row["kind"] for row in kinds] == ["telegram"]
    assert not world.mail.to(UNIT)
    assert not [one for one in world.telegram.requests if one.status == 400]


async def test_staff_are_told_of_a_group_that_put_the_bot_out(world: World) -> None:
    dewi = world.telegram.resident("Dewi")
    group, member, _ = await office(world, dewi)
    manager = await world.officer("kantor", "manager", region_code="15.71")
    ani = world.telegram.resident("Ani")
    number = await report(ani, "anak saya sakit, tidak punya biaya berobat", "Kasang RT 12")
    # the update about it is still on its way when the referral is
    world.telegram.fail_next("sendMessage", 403, "Forbidden: bot was kicked from the group chat", chat=group)
    await approve_all(manager, number)
    await world.until("select 1 from delivery where kind = 'telegram' and state = 'held'")
    await manager.open("/kerja")
    assert "Dinas Kesehatan Kota Jambi" in manager.page.text
    await manager.open("/grup")
    assert "Bot dikeluarkan dari grup ini" in manager.page.text
    await group.kick_bot()
    await group.add_bot()
    await member.expect("Saya kembali di grup ini", timeout=LIMIT)
    await manager.open("/kerja")
    await manager.press("Coba kirim lagi")
    await member.expect("Butuh bantuan untuk", timeout=LIMIT)
