"""Deadlines with the real dispatcher and a real mail server: one is reminded, then the next one above hears of it."""

from __future__ import annotations

import sys
from datetime import datetime, timedelta

import yaml

from referral.calendar import add_working_days
from tests.acceptance.processes import Process
from tests.acceptance.steps import approve_all, link_in, report
from tests.acceptance.world import World

KASANG = "15.71.03.1006"
UNIT = "dukcapil-kota-jambi"


def _add_people(world: World) -> None:
    path = world.folder / "contacts.yml"
    content = yaml.safe_load(path.read_text())
    content["people"] = [{"role": "head", "agency": UNIT, "email": "kepala@instansi.test"}]
    path.write_text(yaml.safe_dump(content))


async def _dispatcher_at(world: World, moment: datetime) -> Process:
    process = Process(
        "dispatcher",
        sys.executable,
        "-m",
        "tests.acceptance.later",
        moment.isoformat(),
        environment=world.environment,
    )
    world.on_close(process.kill)
    await process.start()
    return process


async def test_a_silent_agency_is_reminded_by_mail_and_then_its_head_hears_of_it(world: World) -> None:
    _add_people(world)
    await world.start("console", "dispatcher", "bot")
    kasang = await world.officer("kasang", "coordinator", region_code=KASANG)
    number = await report(world.telegram.resident("Ani"), "KTP saya hilang, mau buat baru", "Kasang")
    await approve_all(kasang, number)
    await world.mail.until(lambda: len(world.mail.to(UNIT)) == 1)
    await world.until("select 1 from referral where state = 'sent'")
    await world.processes["dispatcher"].stop()
    (row,) = await world.fetch("select due_at from clock where ended_at is null and kind = 'follow_up'")

    evening_before = await _dispatcher_at(world, row["due_at"] - timedelta(hours=1))
    await world.mail.until(lambda: len(world.mail.to(UNIT)) == 2)
    reminder = world.mail.to(UNIT)[-1]
    assert "Batas waktu rujukan ini sudah dekat" in reminder.text
    assert link_in(reminder.text)
    await world.until("select 1 from clock where ended_at is null and 'ingatkan' = any(taken)")
    await evening_before.stop()

    # two at once: each step is taken once
    late = add_working_days(row["due_at"], 3)
    for _ in range(2):
        await _dispatcher_at(world, late)
    await world.mail.until(lambda: bool(world.mail.to("kepala")))
    await world.mail.until(lambda: len(world.mail.to(UNIT)) == 3)
    head = world.mail.to("kepala")[-1]
    assert number in head.text
    assert "/j/" not in head.text
    assert "KTP saya hilang" not in head.text
    steps = await world.fetch("select data->>'to' as receiver from event where kind = 'escalated' order by id")
    assert [step["receiver"] for step in steps] == ["unit", "head"]
    await kasang.open(f"/tiket/{number}")
    assert "Disampaikan karena lewat batas waktu" in kasang.page.text
    assert "pimpinan instansi" in kasang.page.text
