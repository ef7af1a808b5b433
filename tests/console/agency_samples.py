"""Sample views of what agencies have: their cases, and the tokens of their software."""

from __future__ import annotations

from actions.api_tokens import TokenView
from actions.views import AnswerView, ReferralItem
from tests.console.samples import NUMBER, STORY, ago, ahead

CASES = [
    ReferralItem(21, NUMBER, ago(hours=2), "received", True, True, "Kekerasan", "Kasang Jaya", ahead(hours=5)),
    ReferralItem(
        20,
        "SLRT-1571-2611-00030",
        ago(days=3),
        "in_progress",
        False,
        False,
        "Anak terlantar",
        "Lebak Bandung",
        ahead(days=2),
    ),
    ReferralItem(19, "SLRT-1571-2611-00010", ago(days=20), "done", False, True, "Kekerasan", None, ago(days=12)),
]

CASE = AnswerView(
    referral_id=13,
    number=NUMBER,
    agency_name="Dinas Pendidikan Provinsi Jambi",
    need_name="Biaya sekolah",
    state="received",
    urgent=False,
    created_at=ago(hours=5),
    due_at=ahead(days=4),
    complaint=STORY,
    reporter_name="Nurhayati",
    region_name="Kasang Jaya, Jambi Timur, Kota Jambi",
    rt_rw="RT 12",
    answers={"school_level": "sma"},
    papers=("Kartu Keluarga", "Surat dari sekolah"),
    restricted=False,
    reason=None,
    outcome=None,
    outcome_note=None,
    steps=("reject", "accept", "return", "finish"),
)

UNITS = {
    "dinsos-kota-jambi": "Dinas Sosial Kota Jambi: Bantuan sosial",
    "disdik-prov-jambi": "Dinas Pendidikan Provinsi Jambi: SMA dan SMK",
}

FRESH_TOKEN = "slrt_" + "aB3-" * 10 + "xYz"

TOKENS = [
    TokenView(
        3,
        "Aplikasi pengaduan <Dinsos>",
        "dinsos-kota-jambi",
        "Dinas Sosial Kota Jambi: Bantuan sosial",
        ("referrals:read", "referrals:answer"),
        "9zQ4",
        ago(days=9),
        "Hadi",
        ago(minutes=5),
        None,
        None,
    ),
    TokenView(
        2,
        "Percobaan",
        "disdik-prov-jambi",
        "Dinas Pendidikan Provinsi Jambi: SMA dan SMK",
        ("referrals:read",),
        "k2_B",
        ago(days=30),
        None,
        None,
        ago(days=2),
        "Hadi",
    ),
]
