"""After the report: officers and residents write to each other, documents come in, complaints reach the manager."""

from __future__ import annotations

from tests.acceptance.browser import Visitor
from tests.acceptance.steps import LIMIT, approve_all, report, unit_link
from tests.acceptance.test_loop import KASANG, SICK
from tests.acceptance.world import World
from tests.telegram_server import Resident

WRITE = "Kirim kepada warga"
REASON = "berkasnya katanya tidak ada di sana"
JPEG = b"\xff\xd8\xff\xe0" + b"0" * 64


async def seen(officer: Visitor, number: str) -> str:
    """The ticket's page as the officer sees it now."""
    return (await officer.open(f"/tiket/{number}")).text


async def test_officer_and_resident_write_to_each_other(world: World) -> None:
    await world.start("console", "dispatcher", "bot")
    kasang = await world.officer("kasang", "coordinator", region_code=KASANG)
    ani = world.telegram.resident("Ani")
    number = await report(ani, SICK["id"], "Kasang")

    await seen(kasang, number)
    await kasang.press(WRITE, kind="question", text="Berapa umur anaknya?")
    asked = await ani.expect("Berapa umur anaknya?", timeout=LIMIT)
    assert "Puskesos Kasang" in asked.text
    assert "kasang" not in asked.text.replace("Puskesos Kasang", "").lower()
    assert "Menunggu kabar warga" in (await kasang.open("/kerja")).text
    await ani.say("7 tahun")
    await ani.expect("sudah kami sampaikan ke Puskesos Kasang", timeout=LIMIT)
    assert "Warga menjawab" in (await kasang.open("/kerja")).text
    assert "7 tahun" in await seen(kasang, number)
    await kasang.press("Tandai sudah dibaca")
    assert "Warga menjawab" not in (await kasang.open("/kerja")).text

    await send_documents(world, kasang, ani, number)

    # a reply to the first message is its answer, however much was said since
    await ani.say("maaf, umurnya 8 tahun", reply_to=asked)
    await ani.expect("juga sudah kami sampaikan", timeout=LIMIT)
    rows = await world.fetch("select inquiry_id from message where direction = 'in' order by id desc limit 1")
    first = await world.fetch("select id from inquiry order by id limit 1")
    assert rows[0]["inquiry_id"] == first[0]["id"]


async def send_documents(world: World, kasang: Visitor, ani: Resident, number: str) -> None:
    """An officer asks for two documents: one comes in the chat, one through the page."""
    await seen(kasang, number)
    await kasang.press(WRITE, kind="document", text="Foto kartu KIS")
    wanted = await ani.expect("Foto kartu KIS", timeout=LIMIT)
    assert wanted.labels == ["Kirim foto di sini", "Kirim lewat halaman aman", "Saya tidak punya"]
    await ani.send_photo(JPEG)
    await ani.expect("sudah kami sampaikan", timeout=LIMIT)
    await world.until("select 1 from attachment where state = 'kept'")
    page = await seen(kasang, number)
    assert "Dijawab warga" in page
    assert "Lihat berkas 1" in page

    await kasang.press(WRITE, kind="document", text="Foto rujukan puskesmas")
    wanted = await ani.expect("Foto rujukan puskesmas", timeout=LIMIT)
    phone = await world.visitor()
    link = next(link for link in wanted.links if "/k/" in link)
    await phone.open(link)
    assert "Foto rujukan puskesmas" in phone.page.text
    await phone.upload("Kirim", "files", "rujukan.jpg", JPEG)
    assert "sudah sampai dengan aman" in phone.page.text
    assert (await phone.open(link)).status == 410
    await ani.expect("Kiriman lewat halaman aman sudah sampai", timeout=LIMIT)


async def test_what_went_wrong_reaches_the_manager_alone(world: World) -> None:
    await world.start("console", "dispatcher", "bot")
    kasang = await world.officer("kasang", "coordinator", region_code=KASANG)
    manager = await world.officer("kantor", "manager", region_code="15.71")
    ani = world.telegram.resident("Ani")
    number = await report(ani, SICK["id"], "Kasang")
    await approve_all(kasang, number)
    await help_twice(world, ani)
    complaint = "petugasnya dak datang-datang, padahal statusnya selesai"
    await ani.say(complaint)
    kept = await ani.expect("dibaca Manajer SLRT saja", timeout=LIMIT)

    for page in (await seen(kasang, number), kasang.page.html):
        assert complaint not in page
        assert "Keluhan" not in page
    assert (await kasang.open("/penyelia")).status == 403
    lists = (await manager.open("/penyelia")).text
    for told in (complaint, REASON, "★★☆☆☆"):
        assert told in lists
    await manager.press("Simpan", note="Sudah ditelepon")
    assert complaint not in (await manager.open("/penyelia")).text

    (reopen,) = [label for label in kept.labels if label.startswith("Buka lagi")]
    await ani.tap(reopen)
    await ani.expect("kami buka lagi", timeout=LIMIT)
    await world.hooks.until(lambda: len(world.hooks.asking("dinkes-kota-jambi")) == 3)
    await ani.say("/status")
    await ani.expect("Sekarang: s", timeout=LIMIT)


async def help_twice(world: World, ani: Resident) -> None:
    """The first answer does not help, the second does but a little late."""
    agency = await world.visitor()
    await agency.open(await unit_link(world, "dinkes-kota-jambi"))
    await agency.press("Simpan hasil", outcome="not_eligible", note="Sudah ditanggung BPJS")

    news = await ani.expect("sudah terbantu?", timeout=LIMIT)
    assert "BPJS" not in news.text  # what the office wrote is behind the link
    phone = await world.visitor()
    assert "Sudah ditanggung BPJS" in (await phone.open(next(one for one in news.links if "/l/" in one))).text
    await ani.tap("Belum terbantu", message=news)
    await ani.expect("Apa yang masih kurang?", timeout=LIMIT)
    await ani.say(REASON)
    await ani.expect("sudah kami sampaikan", timeout=LIMIT)
    await world.hooks.until(lambda: len(world.hooks.asking("dinkes-kota-jambi")) == 2)
    await agency.open(await unit_link(world, "dinkes-kota-jambi"))
    assert REASON in agency.page.text
    await agency.press("Simpan hasil", outcome="helped", note="")
    asked = await ani.expect("sudah terbantu?", timeout=LIMIT)
    await ani.tap("Sudah terbantu", message=asked)
    await ani.expect("Bagaimana pelayanan kami?", timeout=LIMIT)
    await ani.tap("2")
    await ani.expect("Ada pesan untuk kantor kami?", timeout=LIMIT)
    await ani.tap("Lewati")
