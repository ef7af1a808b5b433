"""The loop: a complaint in Telegram travels to the right agency and back, and the resident confirms."""

from __future__ import annotations

import pytest

from tests.acceptance.steps import LIMIT, approve_all, report, unit_link
from tests.acceptance.world import World
from tests.telegram_server import Resident

KASANG, PUDAK, LEGOK = "15.71.03.1006", "15.05.06.2005", "15.71.10.1003"

SICK = {"id": "anak saya sakit, tidak punya biaya", "jambi": "anak sayo sakit dak ado duit berobat"}
SCHOOL = {"id": "anak saya tidak bisa sekolah", "jambi": "anak sayo dak biso sekolah lagi"}
BOTH = {
    "id": "anak saya sakit, tidak punya biaya berobat, kakaknya tidak bisa sekolah lagi",
    "jambi": "anak sayo sakit dak ado duit berobat, kakaknyo dak biso sekolah lagi",
}
CASES = [
    pytest.param(words, wanted, id=f"{name}-{variety}")
    for name, told, wanted in (
        ("sick", SICK, ("Biaya berobat",)),
        ("school", SCHOOL, ("Anak yang putus sekolah",)),
        ("both", BOTH, ("Biaya berobat", "Anak yang putus sekolah")),
    )
    for variety, words in told.items()
]
UNITS = {"Biaya berobat": "dinkes-kota-jambi", "Anak yang putus sekolah": "disdik-kota-jambi"}


@pytest.mark.parametrize(("words", "wanted"), CASES)
async def test_from_complaint_to_confirmation(world: World, words: str, wanted: tuple[str, ...]) -> None:
    units = [UNITS[name] for name in wanted]
    await world.start("console", "dispatcher", "bot")
    kasang = await world.officer("kasang", "coordinator", region_code=KASANG)
    legok = await world.officer("legok", "coordinator", region_code=LEGOK)
    ani = world.telegram.resident("Ani")

    number = await report(ani, words, "Kasang RT 12", {"sekolah di mana": "SD"}, wanted)

    await legok.open("/kerja")
    assert number not in legok.page.text
    await kasang.open("/kerja")
    assert number in kasang.page.text
    await approve_all(kasang, number)
    agency = await world.visitor()
    await ani.expect("sudah diteruskan ke")  # of all, or of the first: what comes together is one message
    for unit in units:
        link = await unit_link(world, unit)
        await agency.open(link)
        assert number in agency.page.text
        await agency.press("Terima")
        await ani.expect("akan mengurus")
        await agency.open(link)
        await agency.press("Simpan hasil", outcome="helped", note="Sudah dibantu.")
        asked = await ani.expect("sudah terbantu?")
        await ani.tap("Sudah terbantu", message=asked)
        await ani.expect("Terima kasih")
    rows = await world.fetch("select state from ticket where number = $1", number)
    assert rows[0]["state"] == "confirmed"
    states = await world.fetch("select state, confirmation, unit from referral order by id")
    assert sorted(row["unit"] for row in states) == sorted(units)
    assert {(row["state"], row["confirmation"]) for row in states} == {("done", "helped")}
    await kasang.open("/kerja?tampil=selesai")
    assert number in kasang.page.text


@pytest.mark.parametrize(
    ("words", "place", "answers", "unit"),
    [
        ("saya tidak sanggup bayar spp anak saya di SMA", "Kasang", {}, "disdik-provinsi-jambi"),
        ("saya tidak sanggup bayar uang sekolah anak saya di SD", "Kasang", {}, "disdik-kota-jambi"),
        ("saya tidak sanggup bayar uang sekolah anak saya di madrasah tsanawiyah", "Kasang", {}, "kemenag-kota-jambi"),
        ("saya tidak sanggup bayar uang sekolah anak saya di SD", "Kasang Pudak", {}, "disdikbud-muaro-jambi"),
        ("anak saya sakit, tidak punya biaya", "Kasang Pudak", {}, "dinkes-muaro-jambi"),
    ],
)
async def test_jurisdiction(world: World, words: str, place: str, answers: dict[str, str], unit: str) -> None:
    await world.start("console", "dispatcher", "bot")
    manager = await world.officer("kantor", "manager", region_code=PUDAK if "Pudak" in place else "15.71")
    number = await report(world.telegram.resident("Budi"), words, place, answers)
    await approve_all(manager, number)
    await unit_link(world, unit)
    assert [row["unit"] for row in await world.fetch("select unit from referral")] == [unit]


async def test_not_helped_reaches_the_agency_again(world: World) -> None:
    await world.start("console", "dispatcher", "bot")
    kasang = await world.officer("kasang", "coordinator", region_code=KASANG)
    ani = world.telegram.resident("Ani")
    number = await report(ani, SICK["id"], "Kasang")
    await approve_all(kasang, number)
    link = await unit_link(world, "dinkes-kota-jambi")
    agency = await world.visitor()
    await agency.open(link)
    await agency.press("Simpan hasil", outcome="helped", note="")
    asked = await ani.expect("sudah terbantu?")
    await ani.tap("Belum terbantu", message=asked)
    await world.hooks.until(lambda: len(world.hooks.asking("dinkes-kota-jambi")) == 2)
    again = await unit_link(world, "dinkes-kota-jambi")
    assert again != link
    assert (await agency.open(link)).status in (404, 410)
    assert (await agency.open(again)).status == 200
    assert (await world.fetch("select state from ticket"))[0]["state"] == "reopened"


VIOLENCE = "tolong laki sayo nyikso sayo tiap malam, sayo takut nian"
GIVEAWAYS = ("kekerasan", "violence", "nyikso", "Sari", "Kasang")


async def tell_of_violence(sari: Resident) -> None:
    """A woman tells; the numbers come before anything else, and the least is asked."""
    await sari.start()
    await sari.expect("Selamat datang", timeout=LIMIT)
    await sari.say(VIOLENCE)
    first = await sari.expect(lambda message: bool(message.text), timeout=LIMIT)
    assert "telepon dulu" in first.text
    assert "129" in first.text
    await sari.expect("Boleh petugas menelepon", timeout=LIMIT)
    await sari.tap("Jangan hubungi saya")
    await sari.expect("kelurahan atau desa", timeout=LIMIT)
    await sari.say("kelurahan Kasang")
    done = await sari.expect("Laporan sudah kami terima", timeout=LIMIT)
    assert "kekerasan" not in done.text.lower()
    await sari.say("/status")
    status = await sari.expect(lambda message: bool(message.text), timeout=LIMIT)
    assert "kekerasan" not in status.text.lower()


async def test_violence_reaches_the_restricted_circle_alone(world: World) -> None:
    await world.start("console", "dispatcher", "bot")
    strangers = [
        await world.officer("kasang", "coordinator", region_code=KASANG),
        await world.officer("kantor", "manager", region_code="15.71"),
        await world.officer("trc", "agency", unit="dinsos-kota-jambi-trc"),
    ]
    named = await world.officer("khusus", "manager", region_code="15.71", restricted=True)
    unit = await world.officer("ppa", "agency", unit="uptd-ppa-kota-jambi")
    await tell_of_violence(world.telegram.resident("Sari"))

    await world.mail.until(lambda: bool(world.mail.to("uptd-ppa-kota-jambi")))
    (mail,) = world.mail.mails
    ticket = (await world.fetch("select id, number from ticket"))[0]
    (referral,) = await world.fetch("select id, state, unit from referral where need = 'violence'")
    assert referral["unit"] == "uptd-ppa-kota-jambi"
    for secret in (*GIVEAWAYS, ticket["number"]):
        assert secret.lower() not in mail.raw.lower()
    for stranger in strangers:
        await stranger.open("/kerja?tampil=semua")
        assert ticket["number"] not in stranger.page.html
        assert (await stranger.open(f"/tiket/{ticket['number']}")).status in (403, 404)
        assert (await stranger.open(f"/kasus/{referral['id']}")).status in (403, 404)
    assert VIOLENCE in (await named.open(f"/tiket/{ticket['number']}")).text
    assert VIOLENCE in (await unit.open(f"/kasus/{referral['id']}")).text
    assert VIOLENCE not in (await (await world.visitor()).open(f"/kasus/{referral['id']}")).text
    for process in world.processes.values():
        assert not [secret for secret in GIVEAWAYS if secret in process.output]
    assert not world.hooks.calls
