"""The catalogue's next version: drafted, published by one officer at a time, taken up by running processes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from actions import drafts, editions, publishing
from actions.editions import following, open_shelf, take_newest
from actions.errors import CatalogueMoved, CatalogueRefused, EntryWrong, Incomplete, NotAllowed, NotFound
from actions.house import House
from actions.limits import CatalogueLimits
from actions.talk import Turned
from actions.views import OfficerView
from referral.calendar import is_working_day, take_days_off_from
from referral.catalogue import Catalogue
from referral.catalogue.entries import Edit
from referral.catalogue.shelf import Edition, Shelf
from referral.catalogue.texts import read_texts
from referral.contacts import Contacts
from storage.models import Audit, CatalogueDraft, CatalogueVersion
from tests.actions.world import World

TO_DINSOS = Edit(kind="rules", key="bencana-kota", fields={"unit": "dinsos-kota-jambi"})
PHONE = Edit(kind="agencies", key="dinsos-kota-jambi", fields={"phone": "0741-60001"})
ADDRESS = Edit(kind="agencies", key="dinsos-kota-jambi", fields={"address": "Jl. Contoh 1"})


class _Watched(Shelf):
    """A shelf that tells when something was put on it."""

    def __init__(self, edition: Edition) -> None:
        super().__init__(edition)
        self.taken = asyncio.Event()

    def take(self, edition: Edition) -> None:
        super().take(edition)
        self.taken.set()


@pytest.fixture
async def manager(world: World) -> OfficerView:
    return await world.officer("manager")


async def keep(house: House, officer: OfficerView, *edits: Edit) -> None:
    for edit in edits:
        await drafts.keep(house, officer, edit)


async def published(house: House, officer: OfficerView, *edits: Edit, reason: str = "diperbarui") -> int:
    await keep(house, officer, *edits)
    view = await drafts.draft(house, officer)
    return await publishing.publish(house, officer, reason, newest=view.newest)


def codes(wrong: pytest.ExceptionInfo[EntryWrong]) -> Sequence[tuple[str, str]]:
    return [(mistake.field, mistake.code) for mistake in wrong.value.args[0]]


async def test_a_draft_changes_nothing_until_it_is_published_and_then_new_tickets_go_elsewhere(
    world: World, house: House, manager: OfficerView
) -> None:
    early = await world.open("disaster")
    await keep(house, manager, TO_DINSOS)
    between = await world.open("disaster", chat="1002")
    assert await publishing.publish(house, manager, "BPBD pindah", newest=0) == 1
    late = await world.open("disaster", chat="1003")
    units = [(await world.referral(line.number, "disaster")).unit for line in (early, between, late)]
    assert units == ["bpbd-kota-jambi", "bpbd-kota-jambi", "dinsos-kota-jambi"]
    versions = [(await world.ticket(line.number)).catalogue_version for line in (early, between, late)]
    assert versions == [0, 0, 1]


async def test_a_version_tells_who_why_and_what_and_keeps_what_was_before(
    world: World, house: House, manager: OfficerView
) -> None:
    await published(house, manager, TO_DINSOS, reason="BPBD pindah")
    newest, first = await editions.versions(house, manager)
    assert (newest.number, newest.officer, newest.reason) == (1, manager.name, "BPBD pindah")
    assert [(c.key, c.before, c.after) for c in newest.changes] == [
        ("bencana-kota", "bpbd-kota-jambi", "dinsos-kota-jambi")
    ]
    assert (first.number, first.officer) == (0, None)
    assert (await publishing.files_of(house, 0))[1] == read_texts()
    assert await world.all(CatalogueDraft) == []
    (audit,) = await world.all(Audit, Audit.action == "catalogue.published")
    assert (audit.officer_id, audit.reason) == (manager.id, "1")


@pytest.mark.parametrize("role", ["coordinator", "bo", "fo", "agency", "admin"])
async def test_only_managers_may(world: World, house: House, role: str) -> None:
    officer = await world.officer(role, unit="dinkes-kota-jambi" if role == "agency" else None)
    for attempt in (
        drafts.draft(house, officer),
        drafts.keep(house, officer, PHONE),
        drafts.discard(house, officer),
        drafts.give_up_edit(house, officer, "agencies", "x"),
        publishing.publish(house, officer, "x", newest=0),
        publishing.restore(house, officer, 0, "x", newest=0),
        editions.versions(house, officer),
        editions.version(house, officer, 0),
    ):
        with pytest.raises(NotAllowed):
            await attempt


async def test_changes_of_one_entry_become_one_and_what_is_as_before_is_none(
    house: House, manager: OfficerView
) -> None:
    await keep(house, manager, PHONE, ADDRESS)
    (edit,) = (await drafts.draft(house, manager)).edits
    assert edit.fields == {**PHONE.fields, **ADDRESS.fields}
    await keep(house, manager, PHONE.model_copy(update={"fields": {"phone": None, "address": None}}))
    assert (await drafts.draft(house, manager)).edits == ()


async def test_what_is_wrong_is_told_by_field_and_not_kept(house: House, manager: OfficerView) -> None:
    with pytest.raises(EntryWrong) as wrong:
        await keep(house, manager, Edit(kind="deadlines", fields={"default_working_days": 0, "reply_days": "x"}))
    assert codes(wrong) == [("default_working_days", "greater_than_equal"), ("reply_days", "int_parsing")]
    with pytest.raises(EntryWrong) as wrong:
        await keep(house, manager, Edit(kind="rules", key="kekerasan-kota", fields={"unit": "dinsos-kota-jambi"}))
    assert codes(wrong) == [("unit", "not_restricted")]
    with pytest.raises(EntryWrong) as wrong:
        await keep(house, manager, Edit(kind="units", key="bpbd-kota-jambi", fields={"active": False}))
    (mistake,) = wrong.value.args[0]
    assert (mistake.kind, mistake.key, mistake.code) == ("rules", "bencana-kota", "not_active")
    assert (await drafts.draft(house, manager)).edits == ()


async def test_entries_that_tickets_need_are_neither_added_nor_dropped(house: House, manager: OfficerView) -> None:
    for edit in (Edit(kind="units", key="bpbd-kota-jambi", what="drop"), Edit(kind="needs", what="add")):
        with pytest.raises(NotFound):
            await keep(house, manager, edit)


async def test_a_day_off_counts_once_it_is_published(house: House, manager: OfficerView) -> None:
    day = {"date": "2026-12-30", "name": "Libur daerah"}
    await keep(house, manager, Edit(kind="local", what="add", fields=dict(day)))
    with pytest.raises(EntryWrong) as wrong:
        await keep(house, manager, Edit(kind="local", what="add", fields=dict(day)))
    assert codes(wrong) == [("date", "twice")]
    before = house.catalogue.days_off
    async with following(house):
        try:
            assert is_working_day(date(2026, 12, 30))
            await publishing.publish(house, manager, "libur", newest=0)
            assert not is_working_day(date(2026, 12, 30))
        finally:
            take_days_off_from(lambda: before)


async def test_a_need_without_a_door_is_not_published(house: House, manager: OfficerView) -> None:
    await keep(house, manager, Edit(kind="rules", key="bencana-kota", what="drop"))
    with pytest.raises(CatalogueRefused) as refused:
        await publishing.publish(house, manager, "x", newest=0)
    assert [case.need for case in refused.value.args[0].doorless] == ["disaster"]
    assert len((await drafts.draft(house, manager)).edits) == 1
    assert await editions.versions(house, manager) == []


async def test_a_reason_and_a_change_are_needed(house: House, manager: OfficerView) -> None:
    with pytest.raises(Incomplete, match="changes"):
        await publishing.publish(house, manager, "x", newest=0)
    await keep(house, manager, PHONE)
    with pytest.raises(Incomplete, match="reason"):
        await publishing.publish(house, manager, "  ", newest=0)


async def test_of_two_officers_the_second_is_told_keeps_her_work_and_publishes_over_the_first(
    world: World, house: House, manager: OfficerView
) -> None:
    other = await world.officer("manager")
    await keep(house, manager, PHONE)
    await keep(house, other, ADDRESS)
    await publishing.publish(house, manager, "telepon", newest=0)
    with pytest.raises(CatalogueMoved):
        await publishing.publish(house, other, "alamat", newest=0)
    view = await drafts.draft(house, other)
    assert [(version.number, version.reason) for version in view.since] == [(1, "telepon")]
    assert view.edits == (ADDRESS,)
    assert await publishing.publish(house, other, "alamat", newest=1) == 2
    agency = house.catalogue.agencies["dinsos-kota-jambi"]
    assert (agency.phone, agency.address) == ("0741-60001", "Jl. Contoh 1")


async def test_published_at_the_same_moment_one_version_comes_and_the_other_is_told(
    world: World, house: House, manager: OfficerView
) -> None:
    other = await world.officer("manager")
    await keep(house, manager, PHONE)
    await keep(house, other, ADDRESS)
    done = await asyncio.gather(
        *(publishing.publish(house, officer, "x", newest=0) for officer in (manager, other)), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in done) == ["CatalogueMoved", "int"]


async def test_an_old_version_is_taken_back_as_a_new_one_and_desks_that_came_since_stay(
    world: World, house: House, manager: OfficerView
) -> None:
    fields: dict[str, Any] = {"name": "Loket Banjir", "agency": "dinsos-kota-jambi"}
    key = await drafts.keep(house, manager, Edit(kind="units", what="add", fields=fields))
    await published(house, manager, Edit(kind="rules", key="bencana-kota", fields={"unit": key}))
    at_new_desk = await world.open("disaster")
    assert (await world.referral(at_new_desk.number, "disaster")).unit == key
    assert (await publishing.restored(house, manager, 0)).moved[0].after == "bpbd-kota-jambi"
    assert await publishing.restore(house, manager, 0, "salah", newest=1) == 2
    assert (await editions.version(house, manager, 2)).restores == 0
    assert house.catalogue.route("disaster", "15.71", {}).unit.code == "bpbd-kota-jambi"
    assert house.catalogue.units[key].name == "Loket Banjir"
    with pytest.raises(NotFound):
        await publishing.restore(house, manager, 9, "x", newest=2)


async def test_another_process_takes_a_version_up_when_it_is_called(
    world: World, house: House, manager: OfficerView, catalogue: Catalogue
) -> None:
    shelf = _Watched(Edition(0, catalogue))
    elsewhere = replace(house, shelf=shelf)
    days_off = catalogue.days_off
    try:
        async with following(elsewhere):
            await published(house, manager, TO_DINSOS)
            async with asyncio.timeout(20):
                await shelf.taken.wait()
    finally:
        take_days_off_from(lambda: days_off)
    assert elsewhere.catalogue.route("disaster", "15.71", {}).unit.code == "dinsos-kota-jambi"
    assert (await open_shelf(house.database)).edition.number == 1


async def test_a_version_whose_call_was_lost_is_found_by_looking(
    house: House, manager: OfficerView, catalogue: Catalogue
) -> None:
    shelf = _Watched(Edition(0, catalogue))
    limits = house.limits.model_copy(update={"catalogue": CatalogueLimits(poll_seconds=0.02)})
    days_off = catalogue.days_off
    try:
        async with following(replace(house, shelf=shelf, limits=limits)), asyncio.timeout(60):
            async with house.database.transaction() as session:
                session.add(CatalogueVersion(number=1, reason="x", files=read_texts(), changes=[]))
            await shelf.taken.wait()
    finally:
        take_days_off_from(lambda: days_off)
    assert shelf.edition.number == 1


async def test_a_version_that_cannot_be_loaded_changes_nothing_and_the_desks_are_told_once(
    world: World, house: House, manager: OfficerView, tmp_path: Path
) -> None:
    path = tmp_path / "slrt.yml"
    path.write_text("units: {slrt-kota-jambi: [{email: slrt@slrt.example}]}")
    house = replace(house, contacts=Contacts.load(path))
    await published(house, manager, PHONE)
    async with house.database.transaction() as session:
        session.add(CatalogueVersion(number=2, reason="rusak", files={"needs.yml": "needs: 1"}, changes=[]))
    for _ in range(2):
        await take_newest(house)
        assert (house.shelf.edition.number, house.shelf.broken) == (1, 2)
        house.shelf.broken = None  # as another process sees it
    (mail,) = await world.deliveries(kind="email")
    assert mail.payload["unit"] == "slrt-kota-jambi"
    assert "versi 2 tidak bisa" in mail.payload["subject"]
    shelf = await open_shelf(house.database)
    assert (shelf.edition.number, shelf.broken) == (1, 2)
    assert (await world.open("disaster")).number


async def test_a_turn_sees_one_version_though_another_is_published_within_it(
    world: World, house: House, manager: OfficerView
) -> None:
    await keep(house, manager, TO_DINSOS)
    seen: list[int] = []

    async def step(_state: Any, _incoming: Any, _meaning: Any, _desk: Any) -> Any:
        seen.append(house.shelf.edition.number)
        await asyncio.create_task(publishing.publish(house, manager, "x", newest=0))
        seen.append(house.shelf.edition.number)
        return Turned({})

    await world.turn(step)
    assert seen == [0, 0]
    assert house.shelf.edition.number == 1


async def test_files_are_put_in_as_a_version_without_an_officer(house: House, manager: OfficerView) -> None:
    texts = {**read_texts()}
    texts["deadlines.yml"] = texts["deadlines.yml"].replace("default_working_days: 5", "default_working_days: 4")
    assert await publishing.put_in(house, texts, "dari berkas", newest=0) == 1
    assert house.catalogue.deadlines.default_working_days == 4
    assert (await editions.version(house, manager, 1)).officer is None


async def test_history_is_never_changed(house: House, manager: OfficerView) -> None:
    await published(house, manager, PHONE)
    with pytest.raises(Exception, match="never changed"):
        async with house.database.transaction() as session:
            await session.execute(text("update catalogue_version set reason = 'x'"))
