"""The pages on the real actions and the real database: from the worklist to the agency's answer and back."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import text

from actions.desk import Draft, DraftNeed
from actions.house import House
from actions.officers import add_officer
from actions.talk import Incoming, Turned
from actions.turns import take_turn
from console.app import build
from nlu.scripted import ScriptedUnderstander
from referral.catalogue.shelf import Shelf, packaged
from referral.contacts import Contacts
from referral.links import sign_answer
from registry.places import Gazetteer, sync_regions
from storage.database import Database
from storage.keys import keys

PASSWORD = "kata-sandi-panjang"
KASANG = "15.71.03.1006"
STORY = "Anak sayo demam la tigo hari, dak ado duit berobat"


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return Gazetteer.load()


@pytest.fixture
async def house(database: Database, gazetteer: Gazetteer) -> House:
    async with database.transaction() as session:
        await sync_regions(session)
    return House(
        database=database,
        shelf=Shelf(packaged()),
        contacts=Contacts({}),
        gazetteer=gazetteer,
        understander=ScriptedUnderstander({}),
        public_url="http://slrt.test",
        demo=False,
        process="test",
    )


@dataclass
class Person:
    """Someone at a browser of her own."""

    client: TestClient

    async def see(self, path: str) -> str:
        answer = await self.client.get(path)
        assert answer.status == 200, (path, answer.status)
        return await answer.text()

    async def status(self, path: str) -> int:
        return (await self.client.get(path)).status

    async def send(self, path: str, page: str, **fields: str) -> str:
        """Send a form with the hidden token that stands on the page."""
        hidden = dict(re.findall(r'type="hidden" name="(csrf|token|lanjut)" value="([^"]*)"', page))
        answer = await self.client.post(path, data={**hidden, **fields})
        assert answer.status == 200, (path, answer.status)
        return await answer.text()


@pytest.fixture
async def visit(house: House) -> AsyncIterator[Any]:
    """Opens browsers at the application; with a login someone is logged in."""
    server = TestServer(build(house, secure_cookies=False))
    await server.start_server()
    clients = []

    async def visitor(login: str | None = None) -> Person:
        client = TestClient(server)
        clients.append(client)
        person = Person(client)
        if login:
            page = await person.see("/masuk")
            await person.send("/masuk", page, login=login, password=PASSWORD)
        return person

    yield visitor
    for client in clients:
        await client.session.close()
    await server.close()


async def officer(house: House, login: str, role: str, **more: Any) -> None:
    await add_officer(house, login=login, name=login.title(), role=role, password=PASSWORD, **more)


async def report(house: House, *needs: str, chat: str = "1", urgent: bool = False) -> str:
    """A resident's ticket with these needs, opened as a conversation opens it."""
    opened: list[str] = []

    async def step(_state: Any, _incoming: Any, _meaning: Any, desk: Any) -> Turned:
        drafted = tuple(DraftNeed(need, "nlu", 0.9) for need in needs)
        line = await desk.open_ticket(Draft(STORY, drafted, urgent, understood=True, region_code=KASANG, rt="12"))
        opened.append(line.number)
        return Turned({}, ticket_number=line.number)

    await take_turn(house, Incoming("web", chat, "button", button="go"), step, lease=False)
    return opened[0]


async def referral_of(house: House, number: str, need: str) -> int:
    async with house.database.transaction() as session:
        query = text(
            "select r.id from referral r join ticket t on t.id = ticket_id where number = :number and need = :need"
        )
        return int(await session.scalar(query, {"number": number, "need": need}) or 0)


@asynccontextmanager
async def nothing_changes(house: House) -> AsyncIterator[None]:
    """The block leaves tickets, referrals, events and deliveries as they were."""

    async def everything() -> list[Any]:
        async with house.database.transaction() as session:
            return [
                list(await session.execute(text(f"select * from {table} order by 1")))
                for table in ("ticket", "referral", "event", "delivery", "visit", "message", "form_link")
            ]

    before = await everything()
    yield
    assert await everything() == before


async def test_from_the_worklist_to_the_agency_and_back(house: House, visit: Any) -> None:
    await officer(house, "sri", "coordinator", region_code=KASANG)
    await officer(house, "legok", "coordinator", region_code="15.71.10.1003")
    number = await report(house, "health_treatment")
    referral = await referral_of(house, number, "health_treatment")
    link = f"/j/{sign_answer(referral, 1, keys().signing)}"
    sri, agency = await visit("sri"), await visit()

    assert number in await sri.see("/kerja")
    page = await sri.see(f"/tiket/{number}")
    assert STORY in page
    assert "hampir pasti" in page
    page = await sri.send(f"/tiket/{number}/rujukan/{referral}", page, step="approve")
    assert "Rujukan disetujui dan sedang dikirim." in page

    async with nothing_changes(house):
        for _ in range(2):
            page = await agency.see(link)
            await sri.see(f"/tiket/{number}")
            await sri.see("/kerja?tampil=semua")
    assert STORY in page
    for step, told in (("accept", "Mulai menangani"), ("start", "Apa hasilnya?")):
        page = await agency.send(link, page, step=step)
        assert told in page
    page = await agency.send(link, page, step="finish", outcome="helped", note="Sudah berobat gratis.")
    assert "sudah selesai ditangani" in page

    page = await sri.see(f"/tiket/{number}")
    assert "Sudah berobat gratis." in page
    assert "Menunggu warga mengatakan apakah sudah terbantu." in page
    assert "Selesai ditangani" in page
    stranger = await visit("legok")
    assert number not in await stranger.see("/kerja?tampil=semua")
    assert await stranger.status(f"/tiket/{number}") == 404


async def test_a_returned_referral_comes_back_for_a_new_decision(house: House, visit: Any) -> None:
    await officer(house, "sri", "coordinator", region_code=KASANG)
    number = await report(house, "health_treatment")
    referral = await referral_of(house, number, "health_treatment")
    sri, agency = await visit("sri"), await visit()
    page = await sri.see(f"/tiket/{number}")
    await sri.send(f"/tiket/{number}/rujukan/{referral}", page, step="approve")
    link = f"/j/{sign_answer(referral, 1, keys().signing)}"
    page = await agency.send(link, await agency.see(link), step="return", reason="Bukan wewenang kami")
    assert "dikembalikan" in page
    page = await sri.see(f"/tiket/{number}")
    assert "Bukan wewenang kami" in page
    assert "Menggantikan rujukan yang dikembalikan." in page


async def test_visit_recommendation_and_a_further_need(house: House, visit: Any) -> None:
    await officer(house, "sri", "coordinator", region_code=KASANG)
    number = await report(house, "housing_repair")
    sri = await visit("sri")
    page = await sri.see(f"/tiket/{number}")
    page = await sri.send(f"/tiket/{number}/minta-kunjungan", page)
    assert "Perlu kunjungan rumah" in page
    page = await sri.send(f"/tiket/{number}/kunjungan", page, finding="poor", note="Lantai tanah")
    assert "Lantai tanah" in page
    page = await sri.send(f"/tiket/{number}/rekomendasi", page, note="Layak dibantu")
    assert "Layak dibantu" in page
    page = await sri.send(f"/tiket/{number}/kembalikan", page, note="Minta foto KK")
    assert "Minta foto KK" in page
    page = await sri.send(f"/tiket/{number}/kebutuhan", page, need="food_aid")
    assert "Kebutuhan sudah ditambahkan." in page
    assert "Ditambahkan petugas" in page


async def test_a_restricted_case_is_seen_by_its_narrow_circle_alone(house: House, visit: Any) -> None:
    await officer(house, "sri", "coordinator", region_code=KASANG)
    await officer(house, "kota", "manager", region_code="15.71")
    await officer(house, "khusus", "manager", region_code="15.71", restricted=True)
    number = await report(house, "violence", urgent=True)
    mixed = await report(house, "violence", "food_aid", chat="2")
    referral = await referral_of(house, number, "violence")
    unit = house.catalogue.route("violence", KASANG, {}).unit.code
    await officer(house, "ppa", "agency", unit=unit)
    other_unit = next(code for code in house.catalogue.units if code != unit)
    await officer(house, "lain", "agency", unit=other_unit)

    for login in ("sri", "kota"):
        person = await visit(login)
        page = await person.see("/kerja?tampil=semua")
        assert number not in page
        assert mixed in page
        assert "ekerasan" not in page
        assert await person.status(f"/tiket/{number}") == 404
        assert await person.status(f"/kasus/{referral}") == 404
        page = await person.see(f"/tiket/{mixed}")
        assert "ekerasan" not in page
        assert "erbatas" not in page
        assert STORY not in page

    anyone = await visit()
    assert await anyone.status(f"/j/{sign_answer(referral, 1, keys().signing)}") == 404
    assert "Masuk petugas" in await anyone.see(f"/kasus/{referral}")
    assert STORY in await (await visit("khusus")).see(f"/tiket/{number}")
    assert await (await visit("lain")).status(f"/kasus/{referral}") == 404
    ppa = await visit("ppa")
    assert number in await ppa.see("/rujukan")
    async with nothing_changes(house):
        page = await ppa.see(f"/kasus/{referral}")
    assert STORY in page
    page = await ppa.send(f"/kasus/{referral}", page, step="accept")
    assert "Sudah dicatat bahwa rujukan diterima" in page


async def test_forged_old_and_damaged_links(house: House, visit: Any) -> None:
    number = await report(house, "food_aid")
    referral = await referral_of(house, number, "food_aid")
    good = sign_answer(referral, 1, keys().signing)
    anyone = await visit()
    for token in (
        good[:-3],
        good + "x",
        sign_answer(referral, 2, keys().signing),
        sign_answer(10**9, 1, keys().signing),
    ):
        assert await anyone.status(f"/j/{token}") == 404
    assert await anyone.status(f"/j/{sign_answer(referral, 1, b'another key of thirty-two bytes.')}") == 404


async def test_a_wrong_password_and_a_log_out(house: House, visit: Any) -> None:
    await officer(house, "sri", "coordinator", region_code=KASANG)
    anyone = await visit()
    page = await anyone.see("/masuk")
    token = re.findall(r'name="token" value="([^"]*)"', page)[0]
    answer = await anyone.client.post("/masuk", data={"token": token, "login": "sri", "password": "salah"})
    assert answer.status == 403
    sri = await visit("sri")
    page = await sri.see("/kerja")
    assert "Masuk petugas" in await sri.send("/keluar", page)
    assert "Masuk petugas" in await sri.see("/kerja")
