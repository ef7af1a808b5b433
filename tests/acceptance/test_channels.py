"""Telegram by webhook, a chat that is full, a bot that was blocked, and files."""

from __future__ import annotations

from tests.acceptance.steps import LIMIT, finish, tell
from tests.acceptance.world import World, free_port

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(2000)


async def test_by_webhook_with_its_secret(world: World) -> None:
    port = free_port()
    world.extra = {
        "SLRT_TELEGRAM_WEBHOOK_URL": "https://hook.example.go.id/telegram",
        "SLRT_TELEGRAM_WEBHOOK_SECRET": "rahasia-uji",
        "SLRT_TELEGRAM_WEBHOOK_PORT": str(port),
    }
    world.telegram.route_webhook("https://hook.example.go.id/", f"http://127.0.0.1:{port}/")
    await world.start("dispatcher", "bot")
    ani = world.telegram.resident("Ani")
    await tell(ani, "anak saya sakit, tidak punya biaya berobat")
    await ani.tap("Sudah benar, lanjut")
    await finish(ani, "Kasang")
    assert len(await world.fetch("select 1 from ticket")) == 1
    assert not world.telegram.webhook_error


async def test_one_full_chat_and_one_blocked_bot_halt_nobody(world: World) -> None:
    await world.start("dispatcher", "bot")
    ani, budi, citra = (world.telegram.resident(name) for name in ("Ani", "Budi", "Citra"))
    for resident in (ani, budi):
        await resident.start()
        await resident.expect("Selamat datang", timeout=LIMIT)
    world.telegram.flood(ani, 3)
    await ani.say("anak saya sakit, tidak punya biaya berobat")
    # he blocks the bot in the moment after he wrote
    world.telegram.fail_next("sendMessage", 403, "Forbidden: bot was blocked by the user", chat=budi)
    await budi.say("anak saya sakit, tidak punya biaya berobat")
    await tell(citra, "anak saya sakit, tidak punya biaya berobat")
    await ani.expect("Saya catat", timeout=LIMIT)
    await world.until("select 1 from conversation where blocked_at is not null")
    dropped = await world.fetch("select attempts from delivery where state = 'dropped'")
    assert [row["attempts"] for row in dropped] == [1]


async def test_a_photo_is_kept_with_the_ticket_and_shown_to_its_officer(world: World) -> None:
    await world.start("console", "dispatcher", "bot")
    kasang = await world.officer("kasang", "coordinator", region_code="15.71.03.1006")
    ani = world.telegram.resident("Ani")
    await tell(ani, "anak saya sakit, tidak punya biaya berobat")
    await ani.send_photo(PICTURE, caption="ini surat dari puskesmas")
    await ani.expect(lambda message: bool(message.text), timeout=LIMIT)
    await ani.tap("Sudah benar, lanjut")
    number = await finish(ani, "Kasang")
    await world.until("select 1 from attachment where state = 'kept'")
    row = (await world.fetch("select id, content from attachment"))[0]
    assert PICTURE not in row["content"]
    await kasang.open(f"/tiket/{number}")
    assert f"/berkas/{row['id']}" in kasang.page.html
    assert (await kasang.open(f"/berkas/{row['id']}")).status == 200
    stranger = await world.officer("legok", "coordinator", region_code="15.71.10.1003")
    assert (await stranger.open(f"/berkas/{row['id']}")).status == 404
