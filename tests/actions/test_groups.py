"""Referrals in an office's chat: who may press there, what is told, and that nobody else changes anything."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from sqlalchemy import update

from actions import accounts, group_desk, group_links, group_posts, groups, link_codes
from actions.dispatch import tell_unit
from actions.errors import NotAllowed, NotFound, ShutOut
from actions.group_desk import Call, Spoken
from actions.group_words import Sheet, sheet
from actions.steps import lock_referral
from actions.views import OfficerView
from storage.models import (
    Audit,
    Delivery,
    Event,
    LinkCode,
    Officer,
    OfficerAccount,
    Referral,
    Ticket,
    UnitGroup,
)
from tests.actions.world import STORY, World

UNIT, GROUP = "dinkes-kota-jambi", "-4100000001"


@dataclass
class Office:
    """An office with its group, its registered officers, and a dispatcher that posts there."""

    world: World
    dewi: OfficerView
    _updates: itertools.count[int] = field(default_factory=lambda: itertools.count(9000))
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    chat: dict[int, Sheet] = field(default_factory=dict)

    def call(self, account: str = "71", chat: str = GROUP, **more: Any) -> Call:
        return Call(next(self._updates), chat, account, **more)

    async def link(self, unit: str = UNIT, chat: str = GROUP) -> None:
        made = await groups.make_group_code(self.world.house, None, unit)
        await group_links.type_code(self.world.house, self.call("99", chat), made.code, "Rujukan Dinkes")

    async def register(self, officer: OfficerView, account: str) -> Spoken:
        made = await accounts.make_account_code(self.world.house, officer)
        call = self.call(account, account, private=True)
        return await group_links.type_code(self.world.house, call, made.code.lower(), None)

    async def press(self, data: str, account: str = "71", chat: str = GROUP) -> Spoken:
        return await group_desk.press(self.world.house, self.call(account, chat), data)

    async def deliver(self) -> None:
        """What the dispatcher does with all that waits for chats, oldest first."""
        while rows := await self.world.all(
            Delivery, Delivery.kind.in_((group_posts.TELEGRAM, group_posts.SHOW)), Delivery.state == "waiting"
        ):
            for row in rows:
                found = await sheet(self.world.house, row.payload)
                if found is not None:
                    number = found.edits or next(self._numbers)
                    self.chat[number] = found
                    if found.post is not None:
                        await group_posts.posted(self.world.house, found.post, found.chat, number)
                await self.world.settle(row)

    async def refer(self, need: str = "health_treatment", **draft: Any) -> Referral:
        line = await self.world.open(need, **draft)
        referral = await self.world.referral(line.number, need)
        if referral.state == "drafted":
            await self.world.step(referral, "approve", "coordinator")
        await self.deliver()
        return await self.again(referral)

    async def again(self, referral: Referral) -> Referral:
        (found,) = await self.world.all(Referral, Referral.id == referral.id)
        return found

    def labels(self, number: int | None = None) -> list[str]:
        shown = self.chat[number or max(self.chat)]
        return [button.label for row in shown.buttons for button in row]

    @property
    def newest(self) -> Sheet:
        return self.chat[max(self.chat)]


def data_of(rows: Any, label: str) -> str:
    return next(button.data for row in rows for button in row if label in button.label)


@pytest.fixture
async def office(world: World) -> Office:
    """The health office with its group linked and Dewi registered."""
    made = Office(world, await world.officer("agency", None, unit=UNIT))
    await made.link()
    await made.register(made.dewi, "71")
    await made.deliver()
    return made


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
    unknown = await office.press(f"g:{referral.id}:1:reject:gone")
    assert unknown.alert
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


async def test_a_supergroup_is_followed(office: Office) -> None:
    referral = await office.refer()
    await group_links.group_moved(office.world.house, 70001, GROUP, "-1004100000077")
    await group_links.group_moved(office.world.house, 70002, GROUP, "-1004100000077")
    await office.deliver()
    assert office.newest.chat == "-1004100000077"
    assert "✅ Terima" in office.labels()
    data = data_of(office.newest.buttons, "Terima")
    assert "tidak berlaku" in (await office.press(data)).alert
    await office.press(data, chat="-1004100000077")
    assert (await office.again(referral)).state == "accepted"


async def test_who_put_the_bot_out_is_reached_in_other_ways(office: Office) -> None:
    world = office.world
    await group_links.membership(world.house, office.call(), inside=False, was_inside=True)
    with pytest.raises(ShutOut):
        await sheet(world.house, {"unit": UNIT, "text": "linked"})
    line = await world.open("health_treatment", chat="1003")
    referral = await world.referral(line.number, "health_treatment")
    await world.step(referral, "approve", "coordinator")
    assert [row.kind for row in await world.deliveries(referral)] == ["email"]
    said = await group_links.membership(world.house, office.call(), inside=True, was_inside=False)
    assert "kembali di grup ini" in said.say
    assert (await sheet(world.house, {"unit": UNIT, "text": "linked"})) is not None
    stranger = await group_links.membership(world.house, office.call(chat="-8"), inside=True, was_inside=False)
    assert "/hubungkan" in stranger.say


async def test_what_is_held_is_noted_with_the_referral(office: Office) -> None:
    world = office.world
    line = await world.open("health_treatment", chat="1003")
    referral = await world.referral(line.number, "health_treatment")
    await world.step(referral, "approve", "coordinator")
    (row,) = await world.deliveries(referral, "telegram")
    await world.settle(row, "held")
    assert "delivery_held" in await world.events(line.number)


async def test_codes_count_once_and_not_for_ever(office: Office) -> None:
    house = office.world.house
    made = await groups.make_group_code(house, None, "disdik-kota-jambi")
    assert await office.world.all(LinkCode)
    assert "tidak berlaku" in (await group_links.type_code(house, office.call(), "XXXX-9999", None)).say
    await group_links.type_code(house, office.call(chat="-6"), f" {made.code} ", "Disdik")
    again = await group_links.type_code(house, office.call(chat="-7"), made.code, "Lain")
    assert "tidak berlaku" in again.say
    late = await groups.make_group_code(house, None, "disdik-kota-jambi")
    office.world.clock.forward(hours=2)
    assert "tidak berlaku" in (await group_links.type_code(house, office.call(chat="-7"), late.code, "Lain")).say
    for _ in range(house.limits.login.most_failures):
        said = await group_links.type_code(house, office.call("66"), "salah", None)
    fresh = await groups.make_group_code(house, None, "disdik-kota-jambi")
    said = await group_links.type_code(house, office.call("66", "-7"), fresh.code, None)
    assert "Terlalu banyak" in said.say
    assert len([row for row in await office.world.all(UnitGroup) if row.unit == "disdik-kota-jambi"]) == 1


async def test_an_officers_code_typed_in_a_group_links_nobody(office: Office) -> None:
    eka = await office.world.officer("agency", None, unit=UNIT)
    made = await accounts.make_account_code(office.world.house, eka)
    said = await group_links.type_code(office.world.house, office.call("72"), made.code, "Rujukan")
    assert "obrolan pribadi" in said.say
    again = await group_links.type_code(office.world.house, office.call("72", "72", private=True), made.code, None)
    assert "tidak berlaku" in again.say
    assert len(await office.world.all(OfficerAccount)) == 1


async def test_a_unit_can_hear_in_one_officers_own_chat(office: Office) -> None:
    house = office.world.house
    made = await groups.make_group_code(house, None, UNIT)
    stranger = await group_links.type_code(house, office.call("98", "98", private=True), made.code, None)
    assert "grup kantor" in stranger.say
    await group_links.type_code(house, office.call("71", "71", private=True), made.code, None)
    await office.deliver()
    referral = await office.refer()
    assert office.newest.chat == "71"
    call = replace(office.call("71", "71"), private=True)
    menu = await group_desk.press(house, call, data_of(office.newest.buttons, "Tolak"))
    assert menu.buttons is not None
    labels = [button.label for row in menu.buttons for button in row]
    assert "✏️ Tulis sendiri" not in labels  # words in her own chat with the bot are a resident's
    await group_desk.press(house, replace(call, update_id=5), data_of(menu.buttons, "Kuota"))
    assert (await office.again(referral)).state == "rejected"


async def test_one_account_is_one_officers(office: Office) -> None:
    eka = await office.world.officer("agency", None, unit=UNIT)
    await office.register(eka, "71")
    (row,) = await office.world.all(OfficerAccount)
    assert row.officer_id == eka.id
    view = await accounts.account_view(office.world.house, eka)
    assert view.linked_at is not None
    await accounts.unlink_account(office.world.house, eka)
    assert await office.world.all(OfficerAccount) == []


async def test_only_managers_link_groups(office: Office) -> None:
    manager = await office.world.officer("manager", None)
    found = {view.unit: view for view in await groups.groups(office.world.house, manager)}
    assert found[UNIT].title == "Rujukan Dinkes"
    assert "slrt-kota-jambi" not in found
    assert await groups.make_group_code(office.world.house, manager, UNIT)
    for who in (office.dewi, await office.world.officer("coordinator")):
        with pytest.raises(NotAllowed):
            await groups.groups(office.world.house, who)
        with pytest.raises(NotAllowed):
            await groups.make_group_code(office.world.house, who, UNIT)
        with pytest.raises(NotAllowed):
            await groups.end_group(office.world.house, who, UNIT)
    with pytest.raises(NotFound):
        await groups.make_group_code(office.world.house, manager, "slrt-kota-jambi")
    with pytest.raises(NotAllowed):
        await accounts.account_view(office.world.house, manager)


async def test_the_bots_name_is_told_beside_the_code(office: Office) -> None:
    made = await groups.make_group_code(office.world.house, None, UNIT)
    assert made.in_group == f"/hubungkan {made.code}"
    await link_codes.note_bot(office.world.house, "slrt_jambi_bot")
    made = await groups.make_group_code(office.world.house, None, UNIT)
    assert made.in_group == f"/hubungkan@slrt_jambi_bot {made.code}"
