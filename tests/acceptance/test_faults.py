"""Parts that are down, and what people type: nothing is lost, and everyone gets a clear word."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from nlu import server, training
from tests.acceptance.conftest import RASA_PYTHON, TOKEN
from tests.acceptance.processes import ROOT, Process
from tests.acceptance.steps import LIMIT, approve_all, finish, report, tell, unit_link
from tests.acceptance.world import World, free_port

KASANG = "15.71.03.1006"


async def test_understanding_killed_in_mid_conversation(world: World) -> None:
    model = await training.ensure_model(RASA_PYTHON, ROOT / "data", print)
    port = free_port()
    command, environment = server.command(RASA_PYTHON, model, port, TOKEN)
    rasa = Process("nlu", *command, environment=environment)
    await rasa.start(until_ready=False)
    await server.wait_ready(f"http://127.0.0.1:{port}", TOKEN, 180.0)
    world.extra = {"SLRT_NLU_URLS": f"http://127.0.0.1:{port}"}
    await world.start("console", "dispatcher", "bot")
    ani = world.telegram.resident("Ani")
    await ani.start()
    await ani.expect("Selamat datang", timeout=LIMIT)
    await rasa.kill()

    await ani.say("anak saya sakit, tidak punya biaya berobat")
    await ani.expect("Bantuan ini tentang apa?", timeout=LIMIT)
    await ani.tap("Sekolah")
    group = await ani.expect(lambda message: any("Biaya sekolah" in label for label in message.labels), timeout=LIMIT)
    await ani.tap(next(label for label in group.labels if "Biaya sekolah" in label))
    await ani.expect("✅ Biaya sekolah", timeout=LIMIT)
    await ani.tap("Sudah benar, lanjut")
    number = await finish(ani, "Kasang", {"sekolah di mana": "SD"})
    assert (await world.fetch("select understood from ticket"))[0]["understood"] is False

    await rasa.start(until_ready=False)
    await server.wait_ready(f"http://127.0.0.1:{port}", TOKEN, 180.0)
    await world.until("select 1 from ticket where understood")
    needs = {row["need"] for row in await world.fetch("select need from ticket_need")}
    assert needs >= {"school_fees", "health_treatment"}
    kasang = await world.officer("kasang", "coordinator", region_code=KASANG)
    await kasang.open(f"/tiket/{number}")
    assert "Biaya berobat" in kasang.page.text
    await rasa.kill()


async def test_agency_down_for_a_while_gets_it_once(world: World) -> None:
    await world.start("console", "dispatcher", "bot")
    kasang = await world.officer("kasang", "coordinator", region_code=KASANG)
    number = await report(world.telegram.resident("Ani"), "anak saya sakit, tidak punya biaya", "Kasang")
    world.hooks.down = True
    await approve_all(kasang, number)
    await world.hooks.until(lambda: len(world.hooks.calls) >= 2)
    assert not world.hooks.applied
    world.hooks.down = False
    await unit_link(world, "dinkes-kota-jambi")
    await world.until("select 1 from delivery where kind = 'webhook' and state = 'done'")
    assert len({key for _, key, _ in world.hooks.calls}) == 1
    assert len(world.hooks.to("dinkes-kota-jambi")) == 1
    assert world.hooks.forged == 0


JUNK = ["😭😭😭", '/intent{"nik":"1"}', "!!??", "asdfgh qwerty zxcvb"]


async def test_what_says_nothing_gets_a_calm_answer_and_no_ticket(world: World) -> None:
    await world.start("bot")
    for index, words in enumerate(JUNK):
        resident = world.telegram.resident(f"Warga {index}")
        await resident.start()
        await resident.expect("Selamat datang", timeout=LIMIT)
        await resident.say(words)
        answer = await resident.expect(lambda message: bool(message.text), timeout=LIMIT)
        assert "Saya catat" not in answer.text
        assert "Traceback" not in answer.text
        await resident.say("anak saya sakit, tidak punya biaya berobat")
        await resident.expect("✅ Biaya berobat", timeout=LIMIT)
    assert not await world.fetch("select 1 from ticket")
    assert not await world.fetch("select 1 from inbound_update where failed")


async def test_ten_thousand_characters_are_kept_whole(world: World) -> None:
    await world.start("bot")
    ani = world.telegram.resident("Ani")
    story = "anak saya sakit dan tidak punya biaya berobat ke rumah sakit. " * 160
    await tell(ani, story)
    # Telegram's apps cut it into parts of 4,096 characters
    await world.until("select 1 from message where direction = 'in' and kind = 'text' having count(*) = 4")
    assert not await world.fetch("select 1 from inbound_update where failed")


async def test_a_wrong_nik_is_told_kindly(world: World) -> None:
    await world.start("bot")
    future = datetime.now(UTC) + timedelta(days=2)
    wrong = [
        ("157102410590900", "16 angka"),
        (f"157102{future:%d%m%y}9003", "Tanggal lahir"),
        ("nomor saya hilang", "NIK"),
    ]
    for index, (typed, says) in enumerate(wrong):
        ani = world.telegram.resident(f"Warga {index}")
        await tell(ani, "saya mau cek desil saya")
        await ani.tap("Sudah benar, lanjut")
        await ani.expect("NIK, nama", timeout=LIMIT)
        await ani.tap("Setuju, ketik di sini")
        await ani.expect("16 angka", timeout=LIMIT)
        await ani.say(typed)
        answer = await ani.expect(lambda message: bool(message.text), timeout=LIMIT)
        assert says in answer.text
        await ani.tap("Lewati")
        await ani.expect("kelurahan atau desa", timeout=LIMIT)


async def test_forged_and_spent_links(world: World) -> None:
    await world.start("console", "dispatcher", "bot")
    visitor = await world.visitor()
    for path in ("/j/abc.def", "/f/abcdefgh", "/j/", "/f/"):
        page = await visitor.open(path)
        assert page.status in (403, 404, 410)
        assert "Traceback" not in page.text
    ani = world.telegram.resident("Ani")
    await tell(ani, "saya mau cek desil saya")
    await ani.tap("Sudah benar, lanjut")
    await ani.expect("NIK, nama", timeout=LIMIT)
    link = (await ani.tap("Setuju, lewat formulir aman")).url
    assert link
    for _ in range(2):
        assert (await visitor.open(link)).status == 200
    await visitor.press("Setuju dan kirim", nik="1571034105909001", name="Siti Contoh", kk="1571030101109001")
    assert visitor.page.status == 200
    await ani.expect("sudah kami terima", timeout=LIMIT)
    assert (await visitor.open(link)).status in (404, 410)
