"""The supervisor's page."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp.test_utils import TestClient

from actions.errors import NotAllowed, NotNow
from actions.views import SignedIn
from tests.console import samples
from tests.console.conftest import Actions

Enter = Callable[[SignedIn], SignedIn]


async def test_the_lists_are_shown_with_what_residents_said(client: TestClient, enter: Enter) -> None:
    enter(samples.signed("manager"))
    page = await (await client.get("/penyelia")).text()
    for told in (
        "Keluhan tentang pelayanan",
        "Petugasnya &lt;kasar&gt;",
        "Tanpa laporan",
        "Uangnya belum sampai",
        "★☆☆☆☆",
        f'href="/tiket/{samples.NUMBER}"',
        'action="/penyelia/9"',
        "Otomatis",
    ):
        assert told in page, told
    assert "Penyelia</a>" in await (await client.get("/kerja")).text()


async def test_only_managers_are_led_there(client: TestClient, actions: Actions, enter: Enter) -> None:
    enter(samples.signed("coordinator"))
    assert "/penyelia" not in await (await client.get("/kerja")).text()
    actions.results["supervisor_view"] = NotAllowed()
    assert (await client.get("/penyelia")).status == 403


async def test_what_was_seen_to_is_written_down(client: TestClient, actions: Actions, enter: Enter) -> None:
    signed = enter(samples.signed("manager"))
    data = {"csrf": signed.csrf, "note": " Sudah ditelepon "}
    answer = await client.post("/penyelia/9", data=data, allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, "/penyelia?kabar=handle")
    assert actions.called("handle") == [(signed.officer, 9, "Sudah ditelepon")]
    actions.results["handle"] = NotNow()
    again = await client.post("/penyelia/9", data=data)
    assert again.status == 409
    assert "Keadaannya sudah berubah" in await again.text()
