"""Words of danger: none of these may be missed, and these may not cry wolf."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.lexicon import normalise_text
from referral.catalogue import Catalogue, load_catalogue
from referral.catalogue.danger import fold

CATALOGUE: Catalogue = load_catalogue()

DANGER = {
    "violence": [
        "laki sayo nyikso sayo",
        "laki sayo nyikso sayo tiap malam, tulung",
        "saya dipukul suami",
        "dipukul",
        "sy di pukulin laki trs pak",
        "suami sering main tangan",
        "bini kawan sayo digocoh lakinyo semalam",
        "anak saya dicabuli tetangga",
        "anak tiri sayo nak diperkosa bapaknyo",
        "adek saya dilecehkan guru ngaji",
        "mantan ngancam mau bunuh saya",
        "laki sayo ngejar sayo bawak parang",
        "tolong saya takut dibunuh",
        "dak tahan lagi dipukuli laki",
        "saya tidak mau dipukul lagi",
        "dulu suami baik sekarang dia mukul saya",
        "sejak tahun lalu saya dipukul suami",
        "KDRT",
        "tlong sy d sekap suami",
        "mertuo sayo nampar cucung sampai bengkak",
        "ibu tirinya ngurung anak itu di gudang",
    ],
    "suicide": [
        "mau bunuh diri",
        "saya mau bundir aja",
        "rasonyo nak mati bae",
        "lebih baik saya mati",
        "dak sanggup lagi hidup",
        "capek hidup pak",
        "anak saya minum racun tikus",
        "adek sayo nak gantung diri",
        "dia mau loncat dari jembatan gentala",
        "saya ingin mengakhiri hidup",
        "abang sayo naek ke tower nak terjun katonyo",
    ],
    "acute_illness": [
        "anak sayo dak bernapas",
        "dak bernapas",
        "kejang",
        "anak saya kejang-kejang",
        "ank sy kejang2 tlg",
        "KEJAAANG",
        "bayi dak mau nyusu",
        "bayi saya tidak mau menyusu dari kemarin",
        "mak pingsan dak sadar-sadar",
        "bapak sesak nafas",
        "napasnyo satu-satu",
        "darah dak berenti keluar",
        "istri pendarahan habis lahiran",
        "muntah darah pak",
        "suami besok harus cuci darah, ongkos dak ado",
        "mulut bapak mencong tiba-tiba",
        "nenek digigit ular",
        "budak keno setrum, dak nyaut",
        "ado budak tenggelam di sungai tadi",
        "tolong panggilkan ambulans",
    ],
    "labour": ["istri saya mau melahirkan", "bini la pecah ketuban", "mules tiap 5 menit hamil 9 bulan"],
    "fire": [
        "rumah kebakaran",
        "rumah tetanggo kobong, api besak nian",
        "tabung gas meledak",
        "kontrakan kami terbakar tolong",
    ],
    "flood": [
        "banjir lah masuk rumah",
        "aek naek la sampai pinggang",
        "air sudah masuk rumah selutut",
        "kami terjebak banjir di lantai atas",
        "rumah kami kebanjiran skrg",
    ],
    "disaster": ["rumah kami roboh semalam", "tanah longsor nimbun rumah", "keno puting beliung"],
    "child_alone": [
        "ado bayi dibuang di semak",
        "anak kecil ditinggal sendirian di rumah",
        "budak kecik ditinggalin dewek di kontrakan",
        "anak saya hilang dari siang",
    ],
    "elder_alone": ["nenek jatuh dak biso bangun, dio dewekan", "datuk terkunci di rumahnyo la duo hari"],
    "hunger_today": [
        "dari pagi belum makan apo-apo",
        "dr pg blm mkn apa2",
        "anak-anak belum makan",
        "sudah dua hari tidak makan",
        "la duo hari dak makan nasi",
        "hari ini dak ado yang dimakan",
        "beras habis, anak nangis lapar",
        "dapur la dak ngepul",
        "dari semalam cuma minum air putih",
        "periuk kosong nak",
    ],
    "no_shelter": ["kami baru diusir, bayi 3 bulan, hujan"],
    "rampage": ["adek sayo yang gilo ngamuk bawak parang"],
}

CALM = [
    "demam berdarah tahun lalu",
    "anak saya demam berdarah tahun lalu, sekarang sehat",
    "mati lampu",
    "mati lampu dari kemarin",
    "hp saya mau mati",
    "kartu BPJS sayo mati",
    "saya tidak pernah dipukul suami",
    "bukan kebakaran pak, atapnya bocor",
    "dak do kebakaran",
    "tahun lalu rumah kami kebakaran, sekarang numpang",
    "dulu pernah kejang waktu bayi",
    "tekanan darah tinggi, obat habis",
    "anak demam tiga hari, dak ado duit berobat",
    "syarat dapat KIP apa saja ya",
    "cek desil saya",
    "BPJS nunggak 3 tahun",
    "berapa biaya hidup sebulan",
    "saya tidak mau bunuh diri",
    "mau daftar DTKS",
    "ijazah anak saya ditahan sekolah",
    "kk saya kena banjir mau bikin baru",
    "kantor buka pukul 8 ya pak",
    "tunjangan guru belum cair",
    "anak saya lahir di rumah, mau buat akta",
    "rumah sudah mau roboh, atapnya bocor",
    "kalau kebakaran lapor ke mana",
    "sering banjir di sini, minta jamban",
    "kejangnya sudah sembuh",
    "pkh mak la tigo kali cair dak masuk",
    "makasih pak",
    "assalamualaikum",
    "1571 0204 0590 9003",
    "",
    "😀👍",
]


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in DANGER.items() for text in texts])
@pytest.mark.parametrize("lexicon", [True, False], ids=["normalised", "raw alone"])
def test_danger_is_seen(kind: str, text: str, lexicon: bool) -> None:
    """With the lexicon's help and without it."""
    found = CATALOGUE.dangers(normalise_text(text) if lexicon else text.lower(), text)
    assert kind in {danger.kind for danger in found}


@pytest.mark.parametrize("text", CALM)
@pytest.mark.parametrize("lexicon", [True, False], ids=["normalised", "raw alone"])
def test_calm_stays_calm(text: str, lexicon: bool) -> None:
    """Denied, over, long ago, or something else with the same words."""
    assert CATALOGUE.dangers(normalise_text(text) if lexicon else text.lower(), text) == ()


def test_the_normalised_form_alone_is_enough() -> None:
    """What only the lexicon can read is seen too."""
    assert CATALOGUE.dangers("suami memukul saya", "swmi mmkl sy")


def test_needs_that_go_with_dangers() -> None:
    """A danger names the need it means, where there is one."""
    needs = {
        danger.kind: danger.need for danger in CATALOGUE.dangers("", "rumah kebakaran, laki mukul sayo, mau bunuh diri")
    }
    assert needs == {"violence": "violence", "suicide": "mental_health", "fire": None}


@given(st.text(max_size=300))
def test_any_text_can_be_read(text: str) -> None:
    """Nothing that a person may type breaks it, and each kind is told once."""
    found = CATALOGUE.dangers(text.lower(), text)
    assert len(found) == len(set(found))


@given(
    st.sampled_from([text for texts in DANGER.values() for text in texts]),
    st.sampled_from(["pak ", "Tolong min. ", ""]),
)
def test_it_does_not_matter_what_stands_around(text: str, before: str) -> None:
    """A greeting before and thanks after hide nothing."""
    assert CATALOGUE.dangers("", f"{before}{text}. Terima kasih")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Kejang2, TOLOOONG!", ["kejang", "kejang", "|", "tolong", "|"]),
        ("apa-apa", ["apa", "apa"]),
        ("laki2nya", ["laki", "lakinya"]),
        ("ＫＥＪＡＮＧ", ["kejang"]),
        ("", []),
    ],
)
def test_folding(text: str, words: list[str]) -> None:
    """How a message is read."""
    assert fold(text) == words


def test_a_very_long_message_is_read_quickly_enough() -> None:
    """Ten thousand characters without a single break must not run away (the phrases hold gaps)."""
    text = "anak tidak ada suami dari pagi belum rumah air bayi " * 200
    assert isinstance(CATALOGUE.dangers(text, text), tuple)
