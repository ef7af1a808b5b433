"""The pages of letters: issuing and revoking, the print list, and the page of the code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from aiohttp.test_utils import TestClient

from actions.errors import Incomplete, LinkInvalid, NotFound
from actions.letter_views import LetterOffer, LetterView
from actions.letters import Order
from actions.views import SignedIn
from tests.console import samples
from tests.console.conftest import Actions

Enter = Callable[[SignedIn], SignedIn]
LETTER = LetterView(
    id=31,
    at=samples.NOW,
    kind_name="Surat Rujukan",
    number="042/RUJ/SLRT-KJ/XI/2026",
    need_name="Biaya berobat",
    who="Sri Wahyuni",
    to_print=False,
    handed_at=None,
    handed_to=None,
    revoked_at=None,
    revoked_reason=None,
    revocable=True,
)
OFFERS = (
    LetterOffer("referral", "Surat Rujukan", ((12, "Biaya berobat"),)),
    LetterOffer("visit_order", "Surat Tugas", ()),
)
TICKET = replace(samples.TICKET, letters=(LETTER,), letter_offers=OFFERS)


async def test_a_tickets_letters_and_what_can_be_issued(client: TestClient, actions: Actions, enter: Enter) -> None:
    enter(samples.signed())
    actions.results["ticket_view"] = TICKET
    page = await (await client.get(f"/tiket/{samples.NUMBER}")).text()
    assert 'href="/surat/31.pdf"' in page
    assert "Surat Tugas…" in page
    assert "Petugas yang ditugaskan" in page
    assert "baru bisa dibuat setelah identitas warga terbukti" in page


async def test_issuing_hands_on_what_was_typed(client: TestClient, actions: Actions, enter: Enter) -> None:
    signed = enter(samples.signed())
    form = {"csrf": signed.csrf, "letter": "visit_order", "assigned": "Ahmad\n\n Rina ", "visit_on": "2026-11-30"}
    answer = await client.post(f"/tiket/{samples.NUMBER}/surat", data=form, allow_redirects=False)
    assert answer.status == 303
    order = Order("visit_order", None, "", ("Ahmad", "Rina"), date(2026, 11, 30))
    assert actions.called("issue_letter") == [(signed.officer, samples.NUMBER, order)]


@pytest.mark.parametrize(
    ("form", "problem", "told"),
    [
        ({"letter": "visit_order"}, Incomplete("assigned"), "siapa yang ditugaskan"),
        ({"letter": "visit_order", "visit_on": "besok"}, None, "tanggal kunjungan dengan benar"),
    ],
)
async def test_what_is_missing_is_said(
    client: TestClient, actions: Actions, enter: Enter, form: dict[str, str], problem: Exception | None, told: str
) -> None:
    signed = enter(samples.signed())
    actions.results["ticket_view"] = TICKET
    if problem:
        actions.results["issue_letter"] = problem
    answer = await client.post(f"/tiket/{samples.NUMBER}/surat", data={"csrf": signed.csrf, **form})
    assert answer.status == 422
    assert told in await answer.text()


async def test_revoking_and_a_foreign_form(client: TestClient, actions: Actions, enter: Enter) -> None:
    signed = enter(samples.signed())
    where = f"/tiket/{samples.NUMBER}/surat/31/cabut"
    assert (await client.post(where, data={"csrf": "x", "reason": "salah"})).status == 403
    assert actions.called("revoke_letter") == []
    done = await client.post(where, data={"csrf": signed.csrf, "reason": "salah"}, allow_redirects=False)
    assert done.status == 303
    assert actions.called("revoke_letter") == [(signed.officer, 31, "salah")]


async def test_the_pdf_is_shown_and_never_stored(client: TestClient, actions: Actions, enter: Enter) -> None:
    enter(samples.signed())
    answer = await client.get("/surat/31.pdf")
    assert answer.content_type == "application/pdf"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "042-RUJ-SLRT-KJ-XI-2026.pdf" in answer.headers["Content-Disposition"]
    actions.results["letter_pdf"] = NotFound()
    assert (await client.get("/surat/31.pdf")).status == 404


async def test_letters_are_behind_log_in(client: TestClient) -> None:
    for path in ("/surat/31.pdf", "/cetak", "/cetak/surat.pdf"):
        assert (await client.get(path, allow_redirects=False)).headers["Location"].startswith("/masuk")


async def test_the_print_list_prints_and_hands_over_what_is_ticked(
    client: TestClient, actions: Actions, enter: Enter
) -> None:
    signed = enter(samples.signed())
    page = await (await client.get("/cetak")).text()
    assert "Dinas Koperasi dan UMKM Kota Jambi" in page
    assert page.count("checked") == 2
    assert (await client.get("/cetak/surat.pdf?letter-32=on")).content_type == "application/pdf"
    assert actions.called("print_letters") == [(signed.officer, [32])]
    form = {"csrf": signed.csrf, "letter-31": "on", "to": "Ibu Rina"}
    assert (await client.post("/cetak", data=form, allow_redirects=False)).status == 303
    assert actions.called("hand_over") == [(signed.officer, [31], "Ibu Rina")]


async def test_handing_over_without_a_name_keeps_the_ticks(client: TestClient, actions: Actions, enter: Enter) -> None:
    signed = enter(samples.signed())
    actions.results["hand_over"] = Incomplete("to")
    answer = await client.post("/cetak", data={"csrf": signed.csrf, "letter-32": "on"})
    page = await answer.text()
    assert answer.status == 422
    assert "kepada siapa surat diserahkan" in page
    assert page.count("checked") == 1


async def test_anyone_may_verify_without_log_in(client: TestClient, actions: Actions) -> None:
    page = await (await client.get("/v/aBcDeF")).text()
    assert "asli dan masih berlaku" in page
    assert "042/RUJ/SLRT-KJ/XI/2026" in page
    actions.results["verify_letter"] = replace(samples.GENUINE, revoked_at=samples.NOW)
    assert "sudah tidak berlaku" in await (await client.get("/v/aBcDeF")).text()
    actions.results["verify_letter"] = LinkInvalid()
    unknown = await client.get("/v/aBcDeF")
    assert unknown.status == 404
    assert "tidak kami kenal" in await unknown.text()
