"""The chats themselves: linked by a code, moved, left; and officers' own accounts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from actions import accounts, group_desk, group_links, groups, link_codes
from actions.errors import NotAllowed, NotFound, ShutOut
from actions.group_words import sheet
from storage.models import LinkCode, OfficerAccount, UnitGroup
from tests.actions.office import GROUP, UNIT, Office, data_of


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
