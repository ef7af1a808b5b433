"""A small catalogue for the conversation's tests: they must not change when officers edit the real one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import cast

from referral.catalogue import (
    Agency,
    Answer,
    Catalogue,
    Choice,
    Danger,
    Door,
    EmergencyNumber,
    Need,
    OtherDoor,
    Question,
    QuestionLimits,
    Unit,
    load_catalogue,
)
from referral.catalogue.safety import SafetyCodes

_NEEDS = [
    # code, everyday, group, restricted, can be urgent, questions
    ("health_treatment", "berobat", "Kesehatan", False, True, ()),
    ("health_insurance", "kartu BPJS/KIS", "Kesehatan", False, False, ()),
    ("mental_health", "gangguan jiwa", "Kesehatan", True, True, ()),
    ("school_fees", "biaya sekolah", "Sekolah", False, False, ("school_level",)),
    ("scholarship", "beasiswa", "Sekolah", False, False, ("school_level",)),
    ("school_dropout", "anak putus sekolah", "Sekolah", False, False, ("school_level",)),
    ("food_aid", "sembako", "Pangan dan uang", False, True, ()),
    ("cash_aid", "bantuan uang", "Pangan dan uang", False, False, ()),
    ("civil_documents", "KTP, KK dan akta", "Surat", False, False, ()),
    ("housing_repair", "perbaikan rumah", "Rumah", False, False, ()),
    ("disaster", "banjir atau kebakaran", "Rumah", False, True, ()),
    ("job_loss", "pekerjaan", "Pekerjaan", False, False, ()),
    ("micro_business", "modal usaha", "Pekerjaan", False, False, ("age", "debt", "card")),
    ("death_benefit", "santunan", "Surat", False, False, ("who", "paper", "since")),
    ("violence", "kekerasan", "Keselamatan", True, True, ()),
    ("neglected_person", "orang telantar", "Keselamatan", True, True, ()),
    ("aid_misdirected", "bantuan salah sasaran", "Aduan", True, False, ()),
    ("registry_check", "cek desil", "Data bantuan", False, False, ()),
    ("other_need", "bantuan lain", "Lainnya", False, False, ()),
]
_LEVELS = [
    ("paud", "PAUD/TK"),
    ("sd", "SD"),
    ("smp", "SMP"),
    ("sma", "SMA/SMK"),
    ("slb", "SLB"),
    ("mi", "MI"),
    ("mts", "MTs"),
    ("ma", "MA"),
    ("kuliah", "Kuliah"),
]
_WHO = (
    Choice(value="self", label="Saya sendiri", words=("untuk saya",), alone=("saya", "sendiri")),
    Choice(value="child", label="Anak", words=("anak",)),
    Choice(value="family", label="Keluarga lain", words=("ponakan", "adik", "adek")),
)
_AGES = (Choice(value="young", label="Anak kecil"), Choice(value="grown", label="Dewasa"))
_YES_NO = (
    Choice(value="yes", label="Sudah", means="affirm"),
    Choice(value="no", label="Belum", alone=("belum",), means="deny"),
)
_QUESTIONS = [
    Question(code="who", name="Untuk siapa", ask="Untuk siapa?", priority=2, choices=_WHO, entity="family_member"),
    Question(code="age", ask="Berapa umurnya?", kind="age", entity="age", near=("umur",), most=120, choices=_AGES),
    Question(code="debt", ask="Berapa tunggakannya?", kind="amount", entity="amount", near=("nunggak",)),
    Question(code="card", ask="Nomor kartunya?", kind="digits", digits=13),
    Question(code="since", ask="Sejak kapan?", kind="since", entity="date", when={"paper": ("yes",)}),
    Question(code="paper", ask="Sudah ada suratnya?", choices=_YES_NO, priority=4),
]
_WORDS = {"health_insurance": ("bpjs", "kis"), "civil_documents": ("ktp", "kk", "akta"), "violence": ("kekerasan",)}
_DOORS = (
    OtherDoor(
        code="prakerja", words=("prakerja",), say="Prakerja lewat internet.", sources=("test",), confidence="low"
    ),
    OtherDoor(
        code="here",
        words=("blt desa",),
        regions=("15.71",),
        say="BLT Desa hanya di desa.",
        sources=("test",),
        confidence="low",
    ),
)
_DANGERS = {
    "ukul": ("violence", "violence"),
    "bunuh diri": ("suicide", "mental_health"),
    "kejang": ("acute_illness", "health_treatment"),
    "kebakaran": ("fire", "disaster"),
    "banjir": ("flood", None),
}
_NUMBERS = {
    "violence": ("129", "SAPA", None),
    "suicide": ("119", "Ambulans, pilih 8", None),
    "acute_illness": ("119", "Ambulans", None),
}


@cache
def _real() -> Catalogue:
    return load_catalogue()


class SmallCatalogue:
    """What the conversation asks of a catalogue."""

    def __init__(self) -> None:
        self.needs = {
            code: Need(
                code=code,
                name=everyday.capitalize(),
                everyday=everyday,
                words=_WORDS.get(code, ()),
                menu_group=group,
                menu_order=order,
                restricted=restricted,
                can_be_urgent=urgent,
                papers=("KTP", "KK"),
                questions=questions,
                confidence="high",
                working_days=5,
            )
            for order, (code, everyday, group, restricted, urgent, questions) in enumerate(_NEEDS)
        }
        known = {choice.value: choice for choice in _real().questions["school_level"].choices}
        choices = tuple(known[value].model_copy(update={"label": label}) for value, label in _LEVELS)
        level = Question(
            code="school_level", ask="Sekolahnya di tingkat apa?", priority=1, choices=choices, entity="school_level"
        )
        self.questions = {"school_level": level} | {question.code: question for question in _QUESTIONS}
        real = _real()
        self.faq, self.doors = real.faq, _DOORS
        self.question_limits = QuestionLimits(per_need=3, per_report=5)
        office = Agency(
            code="slrt",
            name="Sekretariat SLRT",
            region="15.71",
            address="Jl. Contoh 1",
            hours="Senin-Jumat 08.00-15.00",
            phone="0741-000",
            confidence="low",
            source="test",
        )
        self.agencies = {"slrt": office}
        self.safety = SafetyCodes(words=load_catalogue().safety.words, digits=2, tries=3, minutes=60)
        self.units = {"slrt": Unit(code="slrt", agency="slrt", name="SLRT", internal=True)}

    def route(self, need: str, region_code: str | None, answers: Mapping[str, str]) -> Door:
        return Door(agency=self.agencies["slrt"], unit=self.units["slrt"], rule=f"{need}-{region_code}")

    def asked(self, normalised: str, raw: str) -> Answer | None:
        return self.faq.find(normalised, raw)

    def dangers(self, normalised: str, raw: str) -> tuple[Danger, ...]:
        found = [Danger(kind=kind, need=need) for word, (kind, need) in _DANGERS.items() if word in raw.lower()]
        return tuple(found)

    def emergency(self, kinds: Iterable[str], region_code: str | None = None) -> tuple[EmergencyNumber, ...]:
        numbers: list[tuple[str, str, str | None]] = [_NUMBERS[kind] for kind in kinds if kind in _NUMBERS]
        numbers += [("110", "Polisi", None), ("112", "Darurat", "Kota Jambi")]
        return tuple(
            EmergencyNumber(number=number, name=name, note="gratis", tel=number, region=region)
            for number, name, region in numbers
        )


def small_catalogue() -> Catalogue:
    """The small catalogue, as the engine takes it."""
    return cast(Catalogue, SmallCatalogue())
