"""Sample views: what the actions would hand to the console."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from actions.letter_views import PrintItem, VerifyView
from actions.supervision import Concern, SupervisorView
from actions.views import (
    DeliveryView,
    EventView,
    FeedbackView,
    InquiryView,
    LookupView,
    MailView,
    MessageView,
    OfficerView,
    ReferralView,
    RegistryFact,
    SignedIn,
    TicketView,
    VisitView,
    WorkItem,
)
from referral.catalogue.schema import Choice, Need, Question

NOW = datetime(2026, 11, 24, 3, 5, tzinfo=UTC)
NUMBER = "SLRT-1571-2611-00042"
STORY = "Anak sayo demam la tigo hari, dak ado duit berobat.\nKakaknyo jugo la duo minggu dak sekolah, spp nunggak."
TOKEN = "MTI.MQ.aBcD-eF_1"


def ago(**spans: float) -> datetime:
    return NOW - timedelta(**spans)


def ahead(**spans: float) -> datetime:
    return NOW + timedelta(**spans)


def officer(role: str = "coordinator", **changes: Any) -> OfficerView:
    base = OfficerView(7, "sri", "Sri Wahyuni", role, "15.71.07.1002", "Kasang Jaya", None, False, False)
    return replace(base, **changes)


def signed(role: str = "coordinator", **changes: Any) -> SignedIn:
    return SignedIn(officer(role, **changes), csrf="csrf-of-sri")


def agency_officer(**changes: Any) -> SignedIn:
    changes = {"name": "Dewi Anggraini", "region_code": None, "region_name": None, "unit": "ppa-kota-jambi", **changes}
    return signed("agency", **changes)


def need(code: str, name: str, **changes: Any) -> Need:
    base = {"menu_group": "lain", "menu_order": 1, "working_days": 5, "everyday": name.lower(), "confidence": "low"}
    return Need(code=code, name=name, **{**base, **changes})


CATALOGUE = SimpleNamespace(
    works=lambda _unit: True,
    needs={
        each.code: each
        for each in (
            need("health_treatment", "Biaya berobat", can_be_urgent=True),
            need("school_fees", "Biaya sekolah", questions=("school_level",)),
            need("food_aid", "Bantuan pangan"),
            need("violence", "Kekerasan", restricted=True),
        )
    },
    units={
        "dinkes-kota-jambi": SimpleNamespace(code="dinkes-kota-jambi", agency="dinkes", name="Loket", restricted=False),
        "uptd-ppa": SimpleNamespace(code="uptd-ppa", agency="ppa", name="Layanan", restricted=True),
    },
    agencies={
        "dinkes": SimpleNamespace(name="Dinas Kesehatan Kota Jambi"),
        "ppa": SimpleNamespace(name="UPTD PPA Kota Jambi"),
    },
    deciding=("school_level",),
    deciding_for=lambda need: ("school_level",) if need == "school_fees" else (),
    questions={
        "school_level": Question(
            code="school_level",
            ask="Anaknya sekolah di mana, atau terakhir sekolah di mana?",
            choices=(Choice(value="sd", label="SD"), Choice(value="sma", label="SMA/SMK")),
        )
    },
)

TREATMENT = ReferralView(
    id=12,
    need="health_treatment",
    need_name="Biaya berobat",
    agency_name="Dinas Kesehatan Kota Jambi",
    unit="dinkes-kota-jambi",
    state="drafted",
    urgent=True,
    restricted=False,
    reason=None,
    outcome=None,
    outcome_note=None,
    confirmation=None,
    due_at=ahead(days=2),
    papers=("KTP", "Kartu Keluarga", "Surat keterangan tidak mampu (SKTM) dari kelurahan"),
    answers={},
    source="nlu",
    confidence=0.93,
    steps=("approve", "reject"),
    deliveries=(),
    previous_id=None,
)

PRINTS = [
    PrintItem(
        31,
        ago(hours=3),
        "042/RUJ/SLRT-KJ/XI/2026",
        NUMBER,
        "Dinas Koperasi dan UMKM Kota Jambi",
        None,
        True,
        False,
        ahead(days=1),
    ),
    PrintItem(32, ago(days=2), "041/RUJ/SLRT-KJ/XI/2026", NUMBER, "UPTD PPA", "Jl. Contoh 1", False, True, None),
]
GENUINE = VerifyView(
    "042/RUJ/SLRT-KJ/XI/2026", "Surat Rujukan", "Sekretariat SLRT Kota Jambi", ago(days=1), revoked_at=None
)

DISDIK = "layanan@disdik.example.go.id"
MAILS = (
    MailView(
        1,
        ago(hours=5),
        "bounce",
        "lama@disdik.example.go.id",
        None,
        None,
        None,
        None,
        "bounced_partly",
        False,
        (),
        "Dinas Pendidikan",
    ),
    MailView(
        2,
        ago(hours=4),
        "reply",
        DISDIK,
        "Re: Rujukan",
        "TERIMA",
        "TERIMA\n\n> Kepada",
        "accept",
        "taken",
        False,
        (),
        "Dinas Pendidikan",
    ),
    MailView(
        3,
        ago(hours=3),
        "reply",
        DISDIK,
        "Re: Rujukan",
        "Mohon <b>rapor</b> terakhirnya.",
        None,
        None,
        "note",
        True,
        ((7, "contoh rapor.png", True), (8, "film.mp4", False)),
        "Dinas Pendidikan",
    ),
    MailView(
        4,
        ago(hours=2),
        "stranger",
        "budi@lain.example",
        "Re: Rujukan",
        "SELESAI: terbantu",
        None,
        None,
        "stranger",
        True,
        (),
        "Dinas Pendidikan",
    ),
)
STRAYS = [
    MailView(
        9,
        ago(hours=2),
        "stray",
        DISDIK,
        "Kuota beasiswa",
        "Kuota bulan ini sudah habis.",
        None,
        None,
        "note",
        True,
        (),
        "Dinas Pendidikan Provinsi Jambi",
    ),
]

FEES = replace(
    TREATMENT,
    id=13,
    need="school_fees",
    need_name="Biaya sekolah",
    agency_name="Dinas Pendidikan Provinsi Jambi",
    unit="disdik-provinsi",
    state="sent",
    urgent=False,
    due_at=ahead(days=-1),
    papers=("Kartu Keluarga",),
    answers={"school_level": "sma"},
    confidence=0.66,
    steps=("revoke",),
    deliveries=(
        DeliveryView("email", "held", 8, "Connection refused", ago(hours=1), None),
        DeliveryView("webhook", "done", 1, None, ago(hours=5), ago(hours=5)),
    ),
    mails=MAILS,
)

FINISHED = replace(
    TREATMENT,
    id=14,
    need="food_aid",
    need_name="Bantuan pangan",
    agency_name="Dinas Sosial Kota Jambi",
    state="done",
    urgent=False,
    outcome="waiting_list",
    outcome_note="Masuk daftar bulan depan.",
    confirmation="waiting",
    source="officer",
    confidence=None,
    papers=(),
    steps=(),
    previous_id=11,
)

TICKET = TicketView(
    number=NUMBER,
    created_at=ago(hours=5),
    state="checking",
    urgent=True,
    understood=True,
    region_name="Kasang Jaya, Jambi Timur",
    rt_rw="RT 12",
    complaint=STORY,
    reporter_name="Nurhayati",
    nik_masked="1571••••••••9003",
    kk_masked="1571••••••••9001",
    lookup=LookupView(
        outcome="contradicting",
        proven=True,
        facts=(
            RegistryFact("DTSEN", date(2026, 8, 1), 2, ("PKH", "BPNT")),
            RegistryFact("P3KE", date(2025, 12, 1), 7, ()),
        ),
        contradictions=("sources_differ",),
        region_name="Kasang Jaya",
    ),
    referrals=(TREATMENT, FEES, FINISHED),
    messages=(
        MessageView(ago(hours=5, minutes=4), "in", "text", "Assalamualaikum"),
        MessageView(ago(hours=5, minutes=4), "out", "text", "Waalaikumsalam. Silakan ceritakan keadaan Bapak/Ibu."),
        MessageView(ago(hours=5, minutes=2), "in", "text", STORY),
        MessageView(ago(hours=5), "in", "photo", None, (31,)),
    ),
    events=(
        EventView(ago(hours=5), "opened", "resident", None, None, {}),
        EventView(ago(hours=5), "looked_up", "system", None, None, {"outcome": "contradicting"}),
        EventView(ago(hours=4), "visit_done", "Budi Santoso", None, "Rumah papan.", {"finding": "poor"}),
        EventView(ago(hours=3), "approved", "Sri Wahyuni", "Biaya sekolah", None, {}),
        EventView(ago(hours=1), "delivery_held", "system", "Biaya sekolah", None, {}),
        EventView(ago(hours=1), "next_channel", "system", "Biaya sekolah", None, {"from": "email", "to": "webhook"}),
    ),
    visits=(VisitView(ago(hours=4), "Budi Santoso", "poor", "Rumah papan."),),
    steps=("recommend", "send_back", "ask_visit", "record_visit", "add_need"),
    inquiries=(
        InquiryView(
            4,
            ago(hours=3),
            "question",
            "Budi Santoso",
            "Puskesos Kasang Jaya",
            "Berapa orang di rumah?",
            "answered",
            "done",
            True,
            (
                MessageView(ago(hours=2), "in", "text", "Limo, <duo> masih kecik"),
                MessageView(ago(hours=2), "in", "voice", None, (32,)),
            ),
        ),
        InquiryView(
            5,
            ago(hours=1),
            "document",
            "Sri Wahyuni",
            "Puskesos Kasang Jaya",
            "Foto kartu KKS",
            "waiting",
            "blocked",
            False,
            (),
        ),
    ),
    feedback=(
        FeedbackView(2, ago(hours=2), "rating", "Bantuan pangan", 2, "Lama sekali", None, None, None),
        FeedbackView(
            1, ago(days=1), "not_helped", "Bantuan pangan", None, None, ago(hours=1), "Hadi", "Sudah ditelepon"
        ),
    ),
    may_write=True,
)

WORK = [
    WorkItem(
        NUMBER,
        ago(hours=5),
        "checking",
        True,
        "Kasang Jaya",
        ("Biaya berobat", "Biaya sekolah"),
        "decision",
        "contradicting",
        ahead(hours=6),
    ),
    WorkItem(
        "SLRT-1571-2611-00039",
        ago(days=2),
        "visit_needed",
        False,
        "Kasang Jaya",
        ("Perbaikan rumah",),
        "visit",
        "not_found",
        None,
    ),
    WorkItem("SLRT-1571-2611-00040", ago(days=1), "registered", False, None, (), "decision", "not_asked", None),
    WorkItem(
        "SLRT-1571-2611-00021",
        ago(days=9),
        "in_progress",
        False,
        "Kasang Jaya",
        ("BPJS/KIS tidak aktif",),
        "agency",
        "found",
        ago(days=1),
    ),
    WorkItem(
        "SLRT-1571-2611-00018",
        ago(days=12),
        "resolved",
        False,
        "Kasang Jaya",
        ("Bantuan pangan",),
        "resident",
        "found_outside_target",
        None,
    ),
]

SUPERVISED = SupervisorView(
    complaints=(
        Concern(ago(days=2), NUMBER, words="Petugasnya <kasar>", feedback_id=9),
        Concern(ago(hours=1), None, words="Telepon kantor tidak diangkat", feedback_id=10),
    ),
    not_helped=(Concern(ago(hours=4), NUMBER, "Biaya berobat", "Uangnya belum sampai", feedback_id=11),),
    low_ratings=(Concern(ago(hours=3), NUMBER, "Bantuan pangan", "Lama sekali", stars=1, feedback_id=12),),
    reopened=(Concern(ago(hours=4), NUMBER, "Biaya berobat", None, who="system"),),
    unread=(),
)
