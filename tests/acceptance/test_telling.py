"""People tell in several messages, send albums, change their minds: kept, understood as one, answered once."""

from __future__ import annotations

from tests.acceptance.steps import LIMIT, finish
from tests.acceptance.world import World
from tests.telegram_server import Resident

BURST = ("anak saya sakit", "sudah seminggu", "tidak punya biaya berobat", "kami di Kasang RT 12", "mohon dibantu pak")


async def _begin(world: World, name: str = "Ani") -> Resident:
    ani = world.telegram.resident(name)
    await ani.start()
    await ani.expect("Selamat datang", timeout=LIMIT)
    return ani


def _answers(ani: Resident) -> list[str]:
    return [message.text for message in ani.messages if message.from_bot]


async def test_a_burst_of_five_messages_gets_one_answer(world: World) -> None:
    await world.start("dispatcher", "bot")
    ani = await _begin(world)
    for text in BURST:
        await ani.say(text)
    noted = await ani.expect("Saya catat", timeout=LIMIT)
    assert "✅ Biaya berobat" in noted.labels
    assert len(_answers(ani)) == 2
    await ani.tap("Sudah benar, lanjut")
    await finish(ani, "Kasang")
    assert len(await world.fetch("select 1 from ticket")) == 1
    kept = await world.fetch("select 1 from message where direction = 'in' and kind = 'text' and ticket_id is not null")
    assert len(kept) >= len(BURST)
    assert not await world.fetch("select 1 from delivery where kind = 'job.words' and state <> 'done'")


async def test_a_restart_within_the_quiet_loses_nothing_and_answers_once(world: World) -> None:
    await world.start("dispatcher", "bot")
    ani = await _begin(world)
    for text in BURST:
        await ani.say(text)
    await world.until("select 1 from message where direction = 'in' having count(*) = 6")
    await world.processes["bot"].kill()
    assert len(_answers(ani)) == 1
    await world.processes["bot"].start()
    noted = await ani.expect("Saya catat", timeout=LIMIT)
    assert "✅ Biaya berobat" in noted.labels
    await ani.say("/status")
    await ani.expect("Belum ada laporan", timeout=LIMIT)
    assert sum("Biaya berobat" in text for text in _answers(ani)[:2]) == 1
    assert len(_answers(ani)) == 3


async def test_the_dispatcher_answers_what_a_dead_bot_left_waiting(world: World) -> None:
    await world.start("dispatcher", "bot")
    ani = await _begin(world)
    await ani.say(BURST[2])
    await world.until("select 1 from message where direction = 'in' having count(*) = 2")
    await world.processes["bot"].kill()
    noted = await ani.expect("Saya catat", timeout=LIMIT)
    assert "✅ Biaya berobat" in noted.labels
    assert not await world.fetch("select 1 from delivery where kind = 'job.words' and state <> 'done'")


async def test_danger_in_a_burst_is_answered_at_once(world: World) -> None:
    await world.start("dispatcher", "bot")
    ani = await _begin(world)
    await ani.say("rumah kami bocor")
    await ani.say("suami saya memukul saya, tolong")
    await ani.expect("129", timeout=LIMIT)
    noted = await ani.expect("Saya catat", timeout=LIMIT)
    assert "✅ Kekerasan" in noted.labels


async def test_a_letter_in_parts_is_one_complaint(world: World) -> None:
    await world.start("dispatcher", "bot")
    ani = await _begin(world)
    letter = (
        "Anak saya sakit dan kami tidak punya biaya berobat ke rumah sakit. Anak yang besar belum bayar uang sekolah. "
        "Atap rumah kami bocor dan lapuk. Suami saya baru saja di-PHK dan butuh kerja. "
    )
    await ani.say(letter + "Mohon bantuan bapak ibu sekalian, kami sangat mengharapkan bantuan ini. " * 80 + letter)
    answer = await ani.expect(lambda message: bool(message.labels), timeout=LIMIT)
    assert any("Biaya berobat" in label for label in answer.labels)
    await ani.say("/status")
    await ani.expect("Belum ada laporan", timeout=LIMIT)
    assert len(_answers(ani)) == 3
    assert len(await world.fetch("select 1 from message where direction = 'in' and kind = 'text'")) == 4
