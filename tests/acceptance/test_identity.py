"""Photos with the form, facts after proof, a copy of one's data: real processes, a real browser without scripts."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright

from registry.generator import write_csv
from registry.importer import import_list
from registry.samples import SAMPLE_PERSONS
from storage.database import Database
from tests.acceptance.steps import LIMIT, finish, tell
from tests.acceptance.world import PUBLIC, World
from tests.telegram_server import Resident

SITI = SAMPLE_PERSONS[0]
ROOT = Path(__file__).parent.parent.parent
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PHOTO = b"\xff\xd8\xff\xe0" + b"foto" * 1000


@pytest.fixture
async def phone() -> AsyncIterator[Page]:
    """A phone's browser, 390 pixels wide, that runs no scripts."""
    async with async_playwright() as tool:
        browser = await tool.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = await browser.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=False)
        yield await context.new_page()
        await browser.close()


async def a_list(world: World) -> None:
    """The sample persons are on a registry list."""
    path = world.folder / "dtsen.csv"
    write_csv(path, 0, 1, "DTSEN")
    database = Database(world.database_url)
    mapping = ROOT / "registry" / "mappings" / "dtsen.yml"
    await import_list(database, path, mapping, "DTSEN", date(2026, 9, 1), date(2026, 11, 1))
    await database.close()


def here(world: World, link: str | None) -> str:
    """A public link on this machine."""
    assert link
    return link.replace(PUBLIC, f"http://127.0.0.1:{world.port}")


async def asked_for_identity(resident: Resident) -> str | None:
    await tell(resident, "saya mau cek desil saya")
    await resident.tap("Sudah benar, lanjut")
    asked = await resident.expect("NIK, nama", timeout=LIMIT)
    assert "Gunanya" in asked.text
    return (await resident.tap("Setuju, lewat formulir aman")).url


async def fill_in(phone: Page, link: str, photo: Path) -> str:
    """Fill in the form with Siti's data and a photo. Returns what the page that follows says."""
    await phone.goto(link)
    for field, value in (("#nik", SITI.nik), ("#name", SITI.name), ("#kk", SITI.kk)):
        await phone.fill(field, value)
    await phone.set_input_files("#ktp_photo", photo)
    await phone.click("text=Setuju dan kirim")
    return await phone.inner_text("main")


async def fetch_copy(world: World, resident: Resident, phone: Page, saved: Path) -> zipfile.ZipFile:
    """Ask for the copy in the chat and fetch it."""
    await resident.tap("Unduh semua data")
    await resident.expect("satu kali saja", timeout=LIMIT)
    await phone.goto(here(world, (await resident.tap("Buka halaman unduh")).url))
    async with phone.expect_download() as saving:
        await phone.click("text=Unduh sekarang")
    await (await saving.value).save_as(saved)
    return zipfile.ZipFile(saved)


async def test_photos_facts_copy_and_erasure(world: World, phone: Page, tmp_path: Path) -> None:
    await world.start("console", "dispatcher", "bot")
    await a_list(world)
    ani = world.telegram.resident("Ani")
    photo = tmp_path / "IMG_0001.jpg"
    photo.write_bytes(PHOTO)
    shown = await fill_in(phone, here(world, await asked_for_identity(ani)), photo)
    assert all(words in shown for words in ("tercatat", "Desil", "PKH"))
    told = await ani.expect("Data dari formulir sudah kami terima", timeout=LIMIT)
    assert "desil" not in told.text.lower()
    await ani.say("Legok")
    number = await finish(ani, "Legok")

    officer = await world.officer("legok", "coordinator", region_code="15.71.10.1003")
    page = await officer.open(f"/tiket/{number}")
    assert "Foto dari formulir data diri" in page.text
    assert "Persetujuan" in page.text

    await ani.say("/data")
    kept = await ani.expect("Ini yang kami simpan", timeout=LIMIT)
    assert SITI.nik not in kept.text
    assert SITI.nik[-4:] in kept.text
    archive = await fetch_copy(world, ani, phone, tmp_path / "data.zip")
    assert archive.read("berkas/001-KTP.jpg") == PHOTO
    assert number in archive.read("BACA-SAYA.txt").decode()

    await ani.say("/data")
    await ani.expect("Ini yang kami simpan", timeout=LIMIT)
    await ani.tap("Hapus semua data")
    await ani.expect("tidak bisa dikembalikan", timeout=LIMIT)
    await ani.tap("Ya, hapus semua")
    assert number in (await ani.expect("Belum bisa sekarang", timeout=LIMIT)).text
    for process in world.processes.values():
        assert SITI.nik not in process.output
        assert SITI.name not in process.output


async def test_without_proof_the_page_is_the_same_for_everybody(world: World, phone: Page) -> None:
    await world.start("console", "dispatcher", "bot")
    await a_list(world)
    pages = []
    for name, nik in (("Ani", SITI.nik), ("Budi", "1571104705889777")):
        resident = world.telegram.resident(name)
        await phone.goto(here(world, await asked_for_identity(resident)))
        await phone.fill("#nik", nik)
        await phone.fill("#name", "Bambang Sutrisno")
        await phone.click("text=Setuju dan kirim")
        told = await resident.expect("Data dari formulir sudah kami terima", timeout=LIMIT)
        pages.append((await phone.inner_text("main"), told.text))
    assert pages[0] == pages[1]
    assert "bukan penolakan" in pages[0][0]
