"""Changing the catalogue in the console, on the real actions and the real database, without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from multidict import MultiDict

from actions.house import House
from console.drawing import Field, Known, differing, fields, typed
from console.pages.catalogue import SLUGS
from referral.catalogue.entries import KINDS, entries
from referral.catalogue.loader import catalogue_of
from referral.catalogue.texts import read_texts
from registry.places import Gazetteer
from templates import environment
from tests.console import test_whole_loop
from tests.console.test_whole_loop import Person, officer, report

gazetteer, house, visit = test_whole_loop.gazetteer, test_whole_loop.house, test_whole_loop.visit
TEXTS = read_texts()
CATALOGUE = catalogue_of(TEXTS)
WORDS: Any = environment().get_template("console/catalogue/words.html").module


@pytest.fixture(scope="module")
def known() -> Known:
    some: Any = SimpleNamespace(gazetteer=Gazetteer.load())
    return Known(some, CATALOGUE)


def as_sent(drawn: list[Field]) -> MultiDict[str]:
    """A form as a browser sends it back untouched."""
    sent: MultiDict[str] = MultiDict()
    for field in drawn:
        if field.kind == "many":
            chosen = field.value if isinstance(field.value, list) else []
            offered = dict(field.options)
            for code in chosen:
                if code in offered:
                    sent.add(field.name, str(code))
        elif field.kind == "yes":
            if field.value:
                sent.add(field.name, "ya")
        elif field.kind == "lines":
            sent.add(field.name, "\r\n".join(map(str, field.value if isinstance(field.value, list) else [])))
        elif field.kind == "either":
            sent.add(field.name, "" if field.value is None else str(field.value).lower())
        else:
            sent.add(field.name, "" if field.value is None else str(field.value))
    return sent


@pytest.mark.parametrize("code", KINDS)
def test_every_entry_is_drawn_in_words_and_sent_back_untouched_changes_nothing(code: str, known: Known) -> None:
    kind = KINDS[code]
    assert code in WORDS.KINDS
    assert code in SLUGS.values()
    for data in [placed.data for placed in entries(TEXTS, kind)] or [{}]:
        drawn = fields(kind, data, known)
        assert differing(drawn, typed(drawn, as_sent(drawn))) == {}
        for field in drawn:
            assert f"{code}.{field.top}" in WORDS.FIELDS or field.top in WORDS.FIELDS, field
            if field.words in WORDS.OPTIONS and not field.of:
                assert set(dict(field.options)) <= set(WORDS.OPTIONS[field.words])


def test_what_was_typed_becomes_leaves(known: Known) -> None:
    kind = KINDS["rules"]
    placed = next(one for one in entries(TEXTS, kind) if one.key == "anak-telantar-kota")
    drawn = fields(kind, placed.data, known)
    sent = as_sent(drawn)
    sent["ages.most"] = "15"
    sent["restricted"] = "true"
    sent.add("regions", "15.05")
    sent.add("regions", "nowhere")
    assert differing(drawn, typed(drawn, sent)) == {
        "ages.most": 15,
        "restricted": True,
        "regions": ["15.71", "15.05"],
    }


def test_every_group_of_the_overview_names_every_kind_once() -> None:
    listed = [slug for _, members in WORDS.GROUPS for slug in members]
    assert sorted(listed) == sorted(SLUGS)


async def send(person: Person, path: str, page: str, status: int = 200, **values: Any) -> str:
    """Send a form of the page: its token and hidden fields, and these."""
    hidden = dict(re.findall(r'type="hidden" name="(csrf|newest)" value="([^"]*)"', page))
    answer = await person.client.post(path, data={**hidden, **values})
    assert answer.status == status, (path, answer.status)
    return await answer.text()


async def sent_back(person: Person, house: House, path: str, changes: Mapping[str, str], status: int = 200) -> str:
    """Open an entry's form, change some fields, and save it to the draft."""
    page = await person.see(path)
    slug, key = path.split("/")[2:4]
    kind = KINDS[SLUGS[slug]]
    data = next((one.data for one in entries(house.shelf.newest.texts, kind) if one.key in (key, "")), {})
    sent = as_sent(fields(kind, data, Known(house, house.catalogue)))
    for name, value in changes.items():
        sent[name] = value
    return await send(person, path, page, status, **dict(sent))


async def test_a_manager_moves_a_need_and_the_next_ticket_goes_there(house: House, visit: Any) -> None:
    await officer(house, "siti", "manager")
    siti = await visit("siti")
    assert "/katalog" in await siti.see("/kerja")
    assert "Belum pernah diubah" in await siti.see("/katalog")
    early = await report(house, "disaster")
    path = "/katalog/aturan/bencana-kota"
    assert "Belum berlaku" in await sent_back(siti, house, path, {"unit": "dinsos-kota-jambi"})
    page = await siti.see("/katalog/draf")
    assert "Korban bencana, Kota Jambi" in page
    assert "BPBD dan Damkartan Kota Jambi: Penanganan Bencana" in page
    assert "Mohon tuliskan alasannya." in await send(siti, "/katalog/draf/terbitkan", page, 422, reason="")
    assert "Sudah diterbitkan" in await send(siti, "/katalog/draf/terbitkan", page, reason="BPBD pindah kantor")
    late = await report(house, "disaster", chat="2")
    assert "BPBD dan Damkartan" in await siti.see(f"/tiket/{early}")
    page = await siti.see(f"/tiket/{late}")
    assert "Dinas Sosial Kota Jambi" in page
    assert "katalog versi 1" in page
    history = await siti.see("/katalog")
    assert "BPBD pindah kantor" in history
    page = await siti.see("/katalog/versi/0")
    assert "Kembalikan ke versi ini" in page
    await send(siti, "/katalog/versi/0/kembalikan", page, reason="keliru")
    assert house.catalogue.route("disaster", "15.71", {}).unit.code == "bpbd-kota-jambi"


async def test_checked_today_is_one_button_and_can_be_undone(house: House, visit: Any) -> None:
    await officer(house, "siti", "manager")
    siti = await visit("siti")
    path = "/katalog/instansi/dinsos-kota-jambi"
    page = await send(siti, f"{path}/dicek", await siti.see("/katalog/instansi"))
    assert "oleh Siti" in page
    assert "Tidak ada perubahan" in await send(siti, f"{path}/batal", page)
    assert await siti.status("/katalog/instansi/tidak-ada") == 404
    await send(siti, "/katalog/aturan/bencana-kota/dicek", page, 404)


async def test_what_is_wrong_stands_at_its_field_with_what_was_typed(house: House, visit: Any) -> None:
    await officer(house, "siti", "manager")
    siti = await visit("siti")
    page = await sent_back(siti, house, "/katalog/batas-hari/_isi", {"reply_days": "seminggu"}, 422)
    assert re.search(r'name="reply_days"[^>]*value="seminggu"[^>]*aria-invalid="true"', page)
    assert "Mohon tulis angka bulat" in page
    page = await sent_back(siti, house, "/katalog/aturan/kekerasan-kota", {"unit": "dinsos-kota-jambi"}, 422)
    assert "Perkara rahasia hanya boleh dikirim ke meja perkara rahasia" in page
    page = await send(siti, "/katalog/meja/bpbd-kota-jambi", page, 422, agency="bpbd-kota-jambi", name="Bencana")
    assert 'href="/katalog/aturan/bencana-kota"' in page
    assert "Tidak ada perubahan" in await siti.see("/katalog/draf")


async def test_the_second_officer_is_told_and_her_work_stays(house: House, visit: Any) -> None:
    for login in ("siti", "budi"):
        await officer(house, login, "manager")
    siti, budi = await visit("siti"), await visit("budi")
    path = "/katalog/instansi/dinsos-kota-jambi"
    await sent_back(siti, house, path, {"phone": "0741-1"})
    await sent_back(budi, house, path, {"phone": "0741-2"})
    page = await budi.see("/katalog/draf")
    await send(siti, "/katalog/draf/terbitkan", await siti.see("/katalog/draf"), reason="telepon baru")
    page = await send(budi, "/katalog/draf/terbitkan", page, 409, reason="nomor yang benar")
    for words in ("diubah orang lain", "telepon baru", "nomor yang benar", "0741-2", "orang lain juga"):
        assert words in page
    await send(budi, "/katalog/draf/terbitkan", page, reason="nomor yang benar")
    assert house.catalogue.agencies["dinsos-kota-jambi"].phone == "0741-2"


async def test_a_rule_that_goes_leaves_no_need_without_a_door(house: House, visit: Any) -> None:
    await officer(house, "siti", "manager")
    siti = await visit("siti")
    page = await siti.see("/katalog/aturan/bencana-kota")
    page = await send(siti, "/katalog/aturan/bencana-kota/hapus", page)
    assert "Tidak jadi dihapus" in page
    page = await siti.see("/katalog/draf")
    assert "tidak ada aturan yang menampungnya" in page
    assert "Terbitkan</button>" not in page
    assert "Belum bisa diterbitkan" in await send(siti, "/katalog/draf/terbitkan", page, 409, reason="x", newest="0")
    await send(siti, "/katalog/draf/buang", page)
    assert "Tidak ada perubahan" in await siti.see("/katalog/draf")


@pytest.mark.parametrize("role", ["coordinator", "bo"])
async def test_others_are_not_let_in(house: House, visit: Any, role: str) -> None:
    await officer(house, "rina", role, region_code="15.71.03.1006")
    rina = await visit("rina")
    for path in ("/katalog", "/katalog/instansi", "/katalog/instansi/dinsos-kota-jambi", "/katalog/draf"):
        assert await rina.status(path) == 403
    assert 'href="/katalog"' not in await rina.see("/kerja")
