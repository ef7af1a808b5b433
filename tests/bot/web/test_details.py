"""The page with the offices' answers: opening it changes nothing, and old or forged links lead to a calm page."""

from __future__ import annotations

from typing import Any

import pytest

from actions.desk import ReferralLine
from actions.details import AnswerDetail, DetailsView
from actions.house import House
from actions.talk import Step
from bot.web import details
from referral.links import sign_details
from storage.keys import keys
from tests.bot.web.conftest import Browser
from tests.bot.writing import report

CHAT = "siti-siti-siti-siti-siti"


async def test_the_page_shows_how_it_stands_and_can_be_opened_again(browser: Browser, house: House, step: Step) -> None:
    await report(house, step, CHAT)
    for _ in range(2):
        answer = await browser.get(f"/l/{sign_details(1, keys().signing)}")
        page = await answer.text()
        assert answer.status == 200
        assert "SLRT-1571-2611-00001" in page
        assert "sedang diperiksa petugas kami" in page
        assert "surat keterangan tidak mampu" in page
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"


async def test_forged_links_lead_to_a_calm_page(browser: Browser) -> None:
    for token in ("forged", "MQ.aaaa.bbbb"):
        answer = await browser.get(f"/l/{token}")
        assert answer.status == 410
        assert "/status" in await answer.text()
    assert (await browser.post("/l/forged", data={"x": "y"})).status == 405


async def test_what_the_office_wrote_is_shown_as_text(
    browser: Browser, monkeypatch: pytest.MonkeyPatch, house: House
) -> None:
    line = ReferralLine(1, "school_fees", "Dinas Pendidikan", "done", "not_eligible", None, (), False, "waiting")
    need = AnswerDetail(line, "biaya sekolah", "Jl. Contoh 1", "0741-1", "<b>Sudah</b> dibantu BOS", None)

    async def view(*_: Any) -> DetailsView:
        return DetailsView("SLRT-1571-2611-00001", house.clock(), (need,))

    monkeypatch.setattr(details, "details_view", view)
    page = await (await browser.get("/l/any")).text()
    assert "&lt;b&gt;Sudah&lt;/b&gt; dibantu BOS" in page
    assert "Belum memenuhi syarat" in page
    assert "Jl. Contoh 1" in page
    assert "Biaya sekolah" in page
