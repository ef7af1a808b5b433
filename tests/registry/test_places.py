"""Finding kelurahan and desa by what people write."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from registry.places import Gazetteer, Place, sync_regions
from storage.database import Database
from storage.models import Region

GAZETTEER = Gazetteer.load()
VILLAGES = [*GAZETTEER.starting("kelurahan"), *GAZETTEER.starting("desa")]


def found(text: str, within: str | None = None) -> list[str]:
    return [f"{place.name}, {place.kecamatan}" for place in GAZETTEER.find(text, within, limit=30)]


def test_the_packaged_list_has_every_kelurahan() -> None:
    assert len(GAZETTEER.starting("kecamatan")) == 22
    assert sum(place.city == "Kota Jambi" for place in VILLAGES) == 68
    thehok = GAZETTEER.get("15.71.02.1004")
    assert thehok is not None
    assert (thehok.name, thehok.level, thehok.kecamatan, thehok.city) == (
        "Thehok", "kelurahan", "Jambi Selatan", "Kota Jambi",
    )  # fmt: skip
    assert GAZETTEER.get("15.99") is None
    assert [place.code for place in GAZETTEER.children("15")] == ["15.05", "15.71"]


@pytest.mark.parametrize("place", VILLAGES, ids=lambda place: place.code)
def test_every_official_name_leads_to_its_place_first_when_the_kecamatan_is_told(place: Place) -> None:
    cue = "kel." if place.level == "kelurahan" else "desa"
    assert GAZETTEER.find(f"{cue} {place.name} kec. {place.kecamatan}")[0] == place
    assert place in GAZETTEER.find(place.name, limit=30) or place.name == "Muaro Jambi"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("the hok", "Thehok, Jambi Selatan"),
        ("tehok", "Thehok, Jambi Selatan"),
        ("THEHOK RT.12", "Thehok, Jambi Selatan"),
        ("sijenjang", "Sijenjang, Jambi Timur"),
        ("sejinjang", "Sijenjang, Jambi Timur"),
        ("kel pal merah", "Paal Merah, Paal Merah"),
        ("simpang 3 sipin", "Simpang III Sipin, Kota Baru"),
        ("simp tigo sipin", "Simpang III Sipin, Kota Baru"),
        ("spg empat sipin", "Simpang IV Sipin, Telanaipura"),
        ("saya tinggal di simpang iv sipin dekat masjid", "Simpang IV Sipin, Telanaipura"),
        ("kel. kasang jaya rt 12", "Kasang Jaya, Jambi Timur"),
        ("desa kasang pudak", "Kasang Pudak, Kumpeh Ulu"),
        ("kasangpudak", "Kasang Pudak, Kumpeh Ulu"),
        ("rawasari", "Rawa Sari, Alam Barajo"),
        ("pal lima", "Paal Lima, Kota Baru"),
        ("paal V", "Paal Lima, Kota Baru"),
        ("pal5", "Paal Lima, Kota Baru"),
        ("kebon sembilan", "Kebon IX, Sungai Gelam"),
        ("kenali kecil", "Aur Kenali, Telanaipura"),
        ("Tanjung Sari jambi timur", "Tanjung Sari, Jambi Timur"),
        ("tjg sari kec bahar selatan", "Tanjung Sari, Bahar Selatan"),
        ("tanjung sari kota jambi", "Tanjung Sari, Jambi Timur"),
        ("desa baru mestong", "Baru, Mestong"),
        ("jambi kecil maro sebo", "Jambi Kecil, Maro Sebo"),
        ("sekernan sekernan", "Sekernan, Sekernan"),
        ("desa muaro jambi", "Muaro Jambi, Maro Sebo"),
        ("muaro kumpeh", "Muara Kumpeh, Kumpeh Ulu"),
        ("sumber mulyo", "Sumber Mulya, Bahar Utara"),
        ("lgok", "Legok, Danau Sipin"),
        ("olak kemng", "Olak Kemang, Danau Teluk"),
        ("selamat", "Selamat, Danau Sipin"),
        ("murni rt 3 rw 1", "Murni, Danau Sipin"),
        ("tanjung pauh km 39", "Tanjung Pauh Km. 39, Mestong"),
        ("anak saya sakit sudah tiga hari tidak ada uang untuk berobat kami tinggal di legok", "Legok, Danau Sipin"),
        (
            "anak saya sakit sudah tiga hari tidak ada uang berobat kami tinggal di kel tanjng pinang",
            "Tanjung Pinang, Jambi Timur",
        ),
    ],
)
def test_chat_spelling_leads_to_one_place(text: str, place: str) -> None:
    assert found(text) == [place]


@pytest.mark.parametrize(
    ("text", "first", "also"),
    [
        ("tanjung sari", "Tanjung Sari, Jambi Timur", "Tanjung Sari, Bahar Selatan"),
        ("desa tanjung sari", "Tanjung Sari, Bahar Selatan", "Tanjung Sari, Jambi Timur"),
        ("mekar jaya", "Mekar Jaya, Sungai Gelam", "Mekar Jaya, Bahar Selatan"),
        ("pal merah", "Paal Merah, Paal Merah", "Eka Jaya, Paal Merah"),
        ("telanai pura", "Telanaipura, Telanaipura", "Pematang Sulur, Telanaipura"),
        ("maro sebo", "Maro Sebo, Jambi Luar Kota", "Jambi Kecil, Maro Sebo"),
        ("kasang", "Kasang, Jambi Timur", "Kasang Pudak, Kumpeh Ulu"),
        ("kasang pudk", "Kasang Pudak, Kumpeh Ulu", "Kasang, Jambi Timur"),
        ("bakung", "Bakung, Maro Sebo", "Talang Bakung, Paal Merah"),
        ("kenali asam", "Kenali Asam, Kota Baru", "Kenali Asam Bawah, Kota Baru"),
        ("mendalo", "Mendalo Darat, Jambi Luar Kota", "Mendalo Indah, Jambi Luar Kota"),
        ("sipin", "Simpang IV Sipin, Telanaipura", "Solok Sipin, Danau Sipin"),
        ("kel. kenali besar", "Kenali Besar, Alam Barajo", "Simpang Rimbo, Alam Barajo"),
        ("mayang", "Mayang Mangurai, Alam Barajo", "Talang Gulo, Kota Baru"),
        ("thehok telanaipura", "Thehok, Jambi Selatan", "Penyengat Rendah, Telanaipura"),
        ("kec. jelutung", "Talang Jauh, Jelutung", "Jelutung, Jelutung"),
        ("jambi seberang", "Arab Melayu, Pelayangan", "Ulu Gedong, Danau Teluk"),
    ],
)
def test_what_several_places_may_be_called_is_never_settled_silently(text: str, first: str, also: str) -> None:
    hits = found(text)
    assert hits[0] == first
    assert also in hits[1:]


@pytest.mark.parametrize(
    "text",
    ["", "...", "😀", "selamat pagi", "muaro jambi", "kota jambi", "jambi", "palembang", "tidak tahu", "12",
     "rt 12 rw 3", "di bawah", "anak saya sakit tidak punya biaya", "mau tanya bansos pkh belum cair", "terima kasih"],
)  # fmt: skip
def test_what_names_no_kelurahan_finds_none(text: str) -> None:
    assert found(text) == []


def test_within_looks_in_one_area_only() -> None:
    assert found("tanjung sari", within="15.05") == ["Tanjung Sari, Bahar Selatan"]
    assert found("baru", within="15.05.05") == ["Baru, Mestong"]
    assert found("legok", within="15.05") == []


def test_no_more_than_the_limit_come() -> None:
    assert len(GAZETTEER.find("jaluko")) == 8
    assert len(GAZETTEER.find("jaluko", limit=3)) == 3


def test_a_missing_letter_in_a_long_name_is_nearly_always_forgiven() -> None:
    """All of them once: a few typos are another place's name ("Kota arang"), or come too near to several."""
    tried, missed = 0, []
    for place in VILLAGES:
        name = place.name
        if len(name) < 9 or any(word in name for word in ("III", "IV", "IX", "Km")):
            continue
        for at in range(1, len(name)):
            if not name[at].isalpha():
                continue
            tried += 1
            typo = f"{place.level} {name[:at]}{name[at + 1 :]} {place.kecamatan}"
            if place not in GAZETTEER.find(typo, limit=30):
                missed.append(typo)
    assert tried > 1000
    assert len(missed) < 0.01 * tried, missed


@given(st.text(max_size=200))
def test_any_text_may_be_searched(text: str) -> None:
    hits = GAZETTEER.find(text)
    assert len({hit.code for hit in hits}) == len(hits) <= 8
    assert all(hit.level in ("kelurahan", "desa") for hit in hits)


def test_lists_are_read_without_guessing() -> None:
    assert [place.code for place in GAZETTEER.named("THE HOK")] == ["15.71.02.1004"]
    assert len(GAZETTEER.named("Tanjung Sari")) == 2
    assert [p.code for p in GAZETTEER.named("Tanjung Sari", "JAMBI TIMUR", "KOTA JAMBI")] == ["15.71.03.1007"]
    assert GAZETTEER.named("Tanjung Sari", "Telanaipura") == []
    assert GAZETTEER.named("Tanjng Sari") == []


async def test_regions_are_synced_as_often_as_wanted(database: Database) -> None:
    for _ in range(2):
        async with database.transaction() as session:
            await sync_regions(session)
    async with database.transaction() as session:
        assert await session.scalar(select(func.count()).select_from(Region)) == len(GAZETTEER.all())
        legok = await session.get_one(Region, "15.71.10.1003")
        assert (legok.name, legok.level, legok.parent) == ("Legok", "kelurahan", "15.71.10")
