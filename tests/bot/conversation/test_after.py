"""After the answer: what is kept where, beside what the scripts show."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from actions.desk import ReferralLine, TicketLine
from bot.conversation import make_step
from tests.bot.catalogue import small_catalogue
from tests.bot.desk import FakeDesk
from tests.bot.talker import Talker, meaning


@pytest.fixture
def talker() -> Talker:
    """A resident whose report an office has answered."""
    catalogue = small_catalogue()
    talker = Talker(make_step(catalogue, demo=False), FakeDesk(catalogue))
    talker.state = {"v": 1, "step": "idle", "greeted": True}
    talker.desk.tickets = [ticket(1)]
    return talker


def ticket(number: int) -> TicketLine:
    """A ticket that waits for its resident's word."""
    line = ReferralLine(number, "food_aid", "Dinas Sosial", "done", "helped", None, (), False, "waiting")
    return TicketLine(f"SLRT-1571-2611-{number:05}", datetime(2026, 11, 23, tzinfo=UTC), "resolved", (line,))


async def test_danger_told_as_the_reason_is_urgent_and_the_reason_too(talker: Talker) -> None:
    await talker.press("c:1:n")
    turned = await talker.say("anak saya kejang, bantuannya belum ada")
    assert "telepon dulu" in turned.replies[0].text
    assert talker.desk.reasons == [(1, "anak saya kejang, bantuannya belum ada")]


async def test_the_reason_is_bound_to_its_ticket(talker: Talker) -> None:
    await talker.press("c:1:n")
    turned = await talker.say("Belum sampai", meaning("report food_aid"))
    assert turned.ticket_number == "SLRT-1571-2611-00001"
    assert talker.desk.reasons == [(1, "Belum sampai")]
    assert talker.state["step"] == "idle"


async def test_another_need_is_no_reason(talker: Talker) -> None:
    await talker.press("c:1:n")
    await talker.say("anak saya putus sekolah", meaning("report school_dropout"))
    assert talker.desk.reasons == []


async def test_many_reports_are_paged_and_none_is_out_of_reach(talker: Talker) -> None:
    talker.desk.tickets = [ticket(number) for number in range(1, 19)]
    await talker.say("/status")
    seen: set[str] = set()
    for _ in range(3):
        assert len(talker.buttons) <= 8
        seen |= {button.label for button in talker.buttons if "Sembako" in button.label}
        await talker.tap("Pilihan lainnya ▸")
    assert len(seen) == 18
    assert await talker.tap(next(iter(talker.buttons)).label)
    assert "Laporan SLRT-" in talker.answer


async def test_tickets_whose_numbers_end_alike_are_told_apart(talker: Talker) -> None:
    other = ticket(1)
    talker.desk.tickets = [ticket(1), TicketLine("SLRT-1505-2611-00001", other.created_at, "resolved", other.referrals)]
    await talker.say("/status")
    assert len({button.label for button in talker.buttons if "Sembako" in button.label}) == 2


async def test_a_photo_is_sent_after_the_button_even_in_the_middle_of_a_report(talker: Talker) -> None:
    talker.desk.ask("document", "Foto KKS", "SLRT-1571-2611-00001")
    await talker.say("anak saya putus sekolah", meaning("report school_dropout"))
    await talker.tap("Ini hal yang baru")
    await talker.press("q:1:p")
    assert "Foto KKS" in talker.answer
    turned = await talker.say("", kind="photo")
    assert (turned.ticket_number, turned.inquiry) == ("SLRT-1571-2611-00001", 1)
    assert "Saya catat" in talker.answer  # the report goes on


async def test_who_has_no_such_thing_says_so_once(talker: Talker) -> None:
    talker.desk.ask("document", "Foto KKS", "SLRT-1571-2611-00001")
    await talker.press("q:1:n")
    await talker.press("q:1:n")
    assert talker.desk.answers == [(1, True, False)]
    assert "sudah dijawab" in talker.answer


async def test_a_restricted_need_told_in_an_answer_goes_its_own_way(talker: Talker) -> None:
    talker.desk.ask("message", "Besok kami datang", "SLRT-1571-2611-00001")
    await talker.say("jangan, nanti saya disakiti", meaning("report violence"))
    assert talker.desk.answers == []
    assert talker.state["report"]


async def test_a_complaint_is_confidential_with_its_answers(talker: Talker) -> None:
    turned = await talker.say("petugasnya kasar", meaning("complain_service"))
    assert turned.confidential
    assert talker.desk.complaints == [["petugasnya kasar", "SLRT-1571-2611-00001"]]
