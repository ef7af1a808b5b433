"""Residents with something to tell, who answer what they are asked by the words and buttons that they see."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from registry.generator import generate
from registry.samples import Invented

_HOUSEHOLDS, _SEED = 400, 2026  # the invented people of the try-out
_EVERY = 7
RECEIVED = "Laporan sudah kami terima"
_PASSING = ("Tidak tahu", "Lewati", "Nanti saja", "Tidak perlu", "Jangan hubungi saya")


@dataclass(frozen=True)
class Say:
    """Write a message."""

    text: str


@dataclass(frozen=True)
class Tap:
    """Press a button."""

    label: str


Action = Say | Tap


@dataclass(frozen=True)
class Story:
    """A conversation from greeting to ticket: `words` in their order, the rest where it is asked for."""

    name: str
    words: tuple[str, ...]
    place: str
    village: str
    identity: bool = False
    greets: bool = True
    hurries: bool = False
    school: str = "SD"
    after: tuple[str, ...] = ()


STORIES = (
    Story(
        "sick child, identity typed",
        ("anak sayo demam la tigo hari, dak ado duit berobat",),
        place="Kasang RT 5 RW 2",
        village="Kasang",
        identity=True,
        after=("/status", "mokasih yo"),
    ),
    Story(
        "school fees, place that two areas have",
        ("Assalamualaikum, anak saya di MTs sudah dua bulan nunggak SPP. Saya cuma jualan gorengan",),
        place="tanjung sari",
        village="Tanjung Sari, Kec. Jambi Timur",
        school="MTs (madrasah setingkat SMP)",
    ),
    Story(
        "two needs in two messages, words added later",
        (
            "beras habis pak, suami saya sudah sebulan tidak kerja",
            "anak saya yang kelas 4 SD juga tidak sekolah lagi karena seragamnya tidak ada",
        ),
        place="Legok RT 12",
        village="Legok",
        identity=True,
        after=("tadi lupa, suami saya kena PHK dari pabrik karet", "/status"),
    ),
    Story(
        "fire",
        ("tolong pak rumah kami kebakaran, anak kami luko",),
        place="Talang Banjar",
        village="Talang Banjar",
        greets=False,
        hurries=True,
    ),
    Story(
        "long message",
        (
            "Selamat siang. Kartu KIS saya dan dua anak saya tiba-tiba nonaktif, padahal bulan lalu masih bisa dipakai "
            "berobat di puskesmas. Saya sudah dua kali ke kelurahan, katanya desil kami naik jadi enam. Rumah kami "
            "masih papan, saya buruh cuci dan suami ojek. Mohon dibantu supaya aktif lagi, anak saya yang kecil harus "
            "kontrol tiap bulan karena TBC.",
        ),
        place="saya tinggal di Kasang Pudak RT 7",
        village="Kasang Pudak",
        identity=True,
        after=("/status",),
    ),
    Story(
        "question first",
        ("syarat dapat beasiswa apa saja ya bu", "anak saya kelas 2 SMA, sebentar lagi putus sekolah"),
        place="Beringin",
        village="Beringin",
        school="SMA / SMK",
        after=("terima kasih banyak",),
    ),
    Story(
        "violence",
        ("tolong laki sayo nyikso sayo tiap malam, sayo takut nian",),
        place="Thehok",
        village="Thehok",
        greets=False,
        after=("/status",),
    ),
    Story(
        "unclear, chosen from the list",
        ("tolong saya min", "atap rumah bocor, kalau hujan kami dak biso tidur"),
        place="Olak Kemang",
        village="Olak Kemang",
    ),
)


def people(count: int) -> Iterator[Invented]:
    """So many invented persons of the registry, each from another place in the list."""
    return islice(generate(_HOUSEHOLDS, _SEED), 20, 20 + count * _EVERY, _EVERY)


class Resident:
    """Someone with a story; asked again and again for the next thing to do."""

    def __init__(self, story: Story, person: Invented) -> None:
        self.story = story
        self._person = person
        self._words = deque(story.words)
        self._after = deque(story.after)
        self._reported = False
        self._rules: tuple[tuple[str, Callable[[Sequence[str]], Action]], ...] = (
            ("Kirim sekarang?", lambda _: Tap("Kirim laporan")),
            ("Yang mana?", lambda labels: Tap(_beginning(labels, story.village))),
            ("elurahan atau desa", self._place),
            ("NIK, nama dan nomor KK", lambda _: Tap("Setuju, ketik di sini" if story.identity else "Lewati")),
            ("Silakan ketik NIK", lambda _: Say(person.nik)),
            ("Nama lengkapnya siapa?", lambda _: Say(person.name)),
            ("Berapa nomor KK-nya?", lambda _: Say(person.kk)),
            ("sekolah di mana", self._school),
            ("Mau kami bantu laporkan", lambda _: Tap("Ya, bantu laporkan")),
            ("laporan yang sudah ada", lambda labels: Tap(_beginning(labels, "Tentang "))),
            ("Saya catat:", self._checklist),
            ("antuan apa yang diperlukan?", lambda labels: Tap(_beginning(labels, "▫️"))),
            ("Tekan yang sesuai. Boleh", lambda labels: Tap(_beginning(labels, "▫️"))),
            ("Bantuan ini tentang apa?", self._groups),
            ("ceritakan", lambda _: Say(self._words.popleft())),
        )

    @property
    def content(self) -> bool:
        """Whether everything was said and done."""
        return self._reported and not self._after

    def begin(self) -> Action:
        """The first thing."""
        return Say("/start" if self.story.greets else self._words.popleft())

    def answer(self, text: str, labels: Sequence[str]) -> Action | None:
        """The next thing after this was shown; None: it asks for nothing."""
        self._reported = self._reported or RECEIVED in text
        if "laporan yang sudah ada" not in text and self._reported:
            return Say(self._after.popleft()) if self._after else None
        known = next((rule(labels) for part, rule in self._rules if part in text), None)
        return known or next((Tap(label) for label in _PASSING if label in labels), None)

    def _place(self, _labels: Sequence[str]) -> Action:
        return Tap("Kirim sekarang juga") if self.story.hurries else Say(self.story.place)

    def _school(self, labels: Sequence[str]) -> Action:
        return Tap(self.story.school) if self.story.school in labels else Say(self.story.school)

    def _checklist(self, labels: Sequence[str]) -> Action:
        return Say(self._words.popleft()) if self._words else Tap(labels[-1])

    def _groups(self, labels: Sequence[str]) -> Action:
        return Say(self._words.popleft()) if self._words else Tap(labels[0])


def _beginning(labels: Sequence[str], start: str) -> str:
    return next(label for label in labels if label.startswith(start))
