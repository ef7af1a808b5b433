"""Referrals in an office's chat: who may press there, what is told, and that nobody else changes anything."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from actions import group_desk, groups
from actions.dispatch import tell_unit
from actions.group_desk import Spoken
from actions.group_words import sheet
from actions.steps import lock_referral
from storage.models import Audit, Delivery, Event, GroupPost, Officer, Ticket
from tests.actions.office import UNIT, Office, data_of
from tests.actions.world import STORY


async def test_the_post_tells_the_least(office: Office) -> None:
    referral = await office.refer(rt="12")
    assert referral.state == "sent"
    async with office.world.house.database.transaction() as session:
        await session.execute(update(Ticket).values(reporter_name="Nurhayati", nik="1571020459009003", phone="0812"))
    (row,) = await office.world.all(Delivery, Delivery.kind == "telegram")
    assert set(row.payload) == {"unit", "post"}
    shown = await sheet(office.world.house, row.payload)
    assert shown is not None
    text = shown.text
    for told in ("Dinas Kesehatan", "SLRT-1571", "biaya berobat", "Legok, Danau Sipin", "Mohon dijawab"):
        assert told in text
    for kept in ("Nurhayati", "1571020459009003", "0812", STORY, "RT 12", "http", "1001"):
        assert kept not in text
    assert office.labels() == ["✅ Terima", "↩️ Kembalikan", "✖️ Tolak", "🏁 Selesai", "📄 Buka halaman"]
    assert all(len(button.data.encode()) <= 64 for row in office.newest.buttons for button in row if button.data)


async def test_a_whole_life_by_buttons(office: Office) -> None:
    referral = await office.refer()
    number = max(office.chat)
    said = await office.press(data_of(office.newest.buttons, "Terima"))
    assert said.alert.startswith("Terima kasih")
    await office.deliver()
    assert "✅ Diterima" in office.chat[number].text
    assert "▶️ Mulai ditangani" in office.labels(number)
    await office.press(data_of(office.newest.buttons, "Mulai"))
    await office.deliver()
    menu = await office.press(data_of(office.newest.buttons, "Selesai"))
    assert menu.buttons is not None
    assert len(menu.buttons) == 10
    await office.press(data_of(menu.buttons, "Sudah terbantu"))
    await office.deliver()
    referral = await office.again(referral)
    assert (referral.state, referral.outcome) == ("done", "helped")
    assert "Hasil: Sudah terbantu" in office.chat[number].text
    assert office.labels(number) == []
    assert len(office.chat) == 2  # what linked the group said, and one post that was changed
    events = await office.world.all(Event, Event.referral_id == referral.id, Event.officer_id == office.dewi.id)
    assert [event.kind for event in events] == ["accepted", "started", "finished"]


@pytest.mark.parametrize("step", ["accept", "return:area", "reject:budget", "finish:helped", "open", "back"])
async def test_an_unregistered_members_press_changes_nothing(office: Office, step: str) -> None:
    referral = await office.refer()
    other = await office.world.officer("agency", None, unit="disdik-kota-jambi")
    await office.register(other, "72")
    before = len(await office.world.all(Delivery)), len(await office.world.all(Event))
    for account in ("98", "72"):
        said = await office.press(f"g:{referral.id}:{referral.link_serial}:{step}", account)
        assert "hanya untuk petugas Dinas Kesehatan" in said.alert
        assert len(said.alert) <= 200
        assert (said.buttons, said.link, said.say) == (None, None, "")
    assert (await office.again(referral)).state == "sent"
    assert (len(await office.world.all(Delivery)), len(await office.world.all(Event))) == before


async def test_who_was_shut_out_is_registered_no_more(office: Office) -> None:
    referral = await office.refer()
    async with office.world.house.database.transaction() as session:
        await session.execute(update(Officer).where(Officer.id == office.dewi.id).values(disabled=True))
    said = await office.press(f"g:{referral.id}:1:accept")
    assert "terdaftar" in said.alert


async def test_returning_and_rejecting_need_a_reason(office: Office) -> None:
    first = await office.refer()
    menu = await office.press(data_of(office.newest.buttons, "Kembalikan"))
    assert menu.buttons is not None
    await office.press(data_of(menu.buttons, "Di luar wilayah"))
    first = await office.again(first)
    assert (first.state, first.reason) == ("returned", "Tempat tinggal warga di luar wilayah kerja kantor ini.")
    second = await office.refer(chat="1002")
    menu = await office.press(data_of(office.newest.buttons, "Tolak"))
    assert menu.buttons is not None
    back = await office.press(data_of(menu.buttons, "Kembali"))
    assert back.buttons == office.newest.buttons
    asked = await office.press(data_of(menu.buttons, "Tulis sendiri"))
    assert "balas" in asked.alert
    await office.deliver()
    question = max(office.chat)
    assert office.newest.asks == ("Ibu Petugas", "71")
    stranger = await group_desk.reply(office.world.house, office.call("98"), question, "iseng")
    assert "hanya untuk petugas" in stranger.say
    empty = await group_desk.reply(office.world.house, office.call(), question, None)
    assert "tulisan" in empty.say
    said = await group_desk.reply(office.world.house, office.call(), question, "Kuota habis. NIK 1571020459009003")
    assert "ditolak" in said.say
    second = await office.again(second)
    assert second.state == "rejected"
    assert second.reason is not None
    assert "1571020459009003" not in second.reason
    assert await group_desk.reply(office.world.house, office.call(), question, "lagi") == Spoken()


async def test_an_answer_may_be_quicker_than_the_note_of_its_question(office: Office) -> None:
    referral = await office.refer()
    await office.press(f"g:{referral.id}:1:reject:own")  # asked, and not delivered as far as we know
    house = office.world.house
    assert await group_desk.reply(house, office.call(), 77, "Kuota habis.") == Spoken()
    assert await group_desk.reply(house, office.call("98"), 77, "Kuota habis.", named=True) == Spoken()
    said = await group_desk.reply(house, office.call(), 77, "Kuota habis.", named=True)
    assert "ditolak" in said.say
    assert (await office.again(referral)).reason == "Kuota habis."


async def test_an_outcome_that_needs_a_reason_asks_for_it(office: Office) -> None:
    referral = await office.refer()
    menu = await office.press(data_of(office.newest.buttons, "Selesai"))
    assert menu.buttons is not None
    further = await office.press(data_of(menu.buttons, "Tidak memenuhi syarat"))
    assert further.buttons is not None
    assert (await office.again(referral)).state == "sent"
    await office.press(data_of(further.buttons, "Berkas tidak lengkap"))
    referral = await office.again(referral)
    assert (referral.outcome, referral.outcome_note) == ("not_eligible", "Berkas yang diperlukan belum lengkap.")


async def test_the_second_learns_who_was_first(office: Office) -> None:
    referral = await office.refer()
    eka = await office.world.officer("agency", None, unit=UNIT)
    await office.register(eka, "72")
    accept = data_of(office.newest.buttons, "Terima")
    await office.press(accept)
    late = await office.press(accept, "72")
    assert "Sudah diterima oleh Ibu Petugas, " in late.alert
    await office.world.step(await office.again(referral), "finish", outcome="helped")  # on the page, without log-in
    later = await office.press(accept, "72")
    assert later.alert.startswith("Sudah diselesaikan, ")


async def test_a_press_that_comes_twice_counts_once(office: Office) -> None:
    referral = await office.refer()
    call = office.call()
    data = data_of(office.newest.buttons, "Terima")
    await group_desk.press(office.world.house, call, data)
    assert await group_desk.press(office.world.house, call, data) == Spoken()
    events = await office.world.all(Event, Event.referral_id == referral.id, Event.kind == "accepted")
    assert len(events) == 1


async def test_old_and_invented_buttons_do_no_harm(office: Office) -> None:
    referral = await office.refer()
    for data in ("g:1", "g:999999:1:accept", "g:x:1:accept", f"g:{referral.id}:1:revoke", f"g:{referral.id}:9:accept"):
        said = await office.press(data)
        assert said.alert
    elsewhere = await office.press(f"g:{referral.id}:1:accept", chat="-5")
    assert "tidak berlaku" in elsewhere.alert
    for choice in ("reject:gone", "finish:gone", "finish:own", "finish:helped:own", "accept:own", "accept:area"):
        assert (await office.press(f"g:{referral.id}:1:{choice}")).alert
    assert [post.asks for post in await office.world.all(GroupPost)] == [None]
    assert (await office.again(referral)).state == "sent"
    await groups.end_group(office.world.house, None, UNIT)
    assert "tidak berlaku" in (await office.press(f"g:{referral.id}:1:accept")).alert
    assert (await office.again(referral)).state == "sent"


async def test_the_page_is_told_to_the_officer_alone(office: Office) -> None:
    await office.refer()
    said = await office.press(data_of(office.newest.buttons, "Buka"))
    assert said.link is not None
    assert said.link.startswith("https://slrt.example.go.id/j/")
    assert said.link not in said.alert + said.say
    assert [row.action for row in await office.world.all(Audit) if row.action == "case.link"] == ["case.link"]


async def test_reminders_answer_the_post_and_calling_back_changes_it(office: Office) -> None:
    referral = await office.refer()
    number = max(office.chat)
    async with office.world.house.database.transaction() as session:
        ticket, locked = await lock_referral(session, referral.id)
        await tell_unit(session, office.world.house, ticket, locked, "reminder", key="clock-1")
    await office.deliver()
    assert office.newest.replies_to == number
    assert "sudah dekat" in office.newest.text
    await office.world.step(referral, "revoke", "coordinator", reason="keliru")
    await office.deliver()
    assert "Ditarik kembali" in office.chat[number].text
    assert office.labels(number) == []
    assert "ditarik kembali" in office.newest.text
    assert "ditarik kembali oleh SLRT" in (await office.press(f"g:{referral.id}:1:accept")).alert


async def test_a_reopened_referral_is_posted_anew(office: Office) -> None:
    referral = await office.refer()
    old = max(office.chat)
    await office.world.step(referral, "finish", outcome="helped")
    await office.deliver()
    await office.world.step(await office.again(referral), "reopen", "coordinator", reason="belum terbantu")
    await office.deliver()
    assert "dibuka lagi" in office.chat[old].text
    assert office.labels(old) == []
    assert max(office.chat) != old
    assert "✅ Terima" in office.labels()


async def test_of_a_restricted_case_only_that_it_waits(office: Office) -> None:
    unit = "uptd-ppa-kota-jambi"
    await office.link(unit, "-42")
    await office.deliver()
    referral = await office.refer("violence", urgent=True)
    shown = [each for each in office.chat.values() if each.chat == "-42"][-1]
    assert "Ada kasus menunggu" in shown.text
    for kept in ("SLRT-1571", "ekerasan", "Legok", "MENDESAK"):
        assert kept not in shown.text
    ((button,),) = shown.buttons
    assert (button.data, button.url) == (None, f"https://slrt.example.go.id/kasus/{referral.id}")
    ppa = await office.world.officer("agency", None, unit=unit)
    await office.register(ppa, "73")
    said = await office.press(f"g:{referral.id}:{referral.link_serial}:accept", "73", "-42")
    assert "setelah masuk" in said.alert
    assert (await office.again(referral)).state == referral.state
