"""The officer's worklist and the agency officer's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from aiohttp.test_utils import TestClient

from actions.errors import NotAllowed
from actions.stuck import StuckLane
from actions.views import DueView, LateCase, LateDesk, SignedIn
from tests.console import samples
from tests.console.conftest import Actions

Enter = Callable[[SignedIn], SignedIn]


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", "open"),
        ("?tampil=terbuka", "open"),
        ("?tampil=lewat", "late"),
        ("?tampil=selesai", "closed"),
        ("?tampil=semua", "all"),
        ("?tampil=x", "open"),
    ],
)
async def test_the_filter_is_handed_on(
    client: TestClient, actions: Actions, enter: Enter, query: str, shown: str
) -> None:
    signed = enter(samples.signed())
    answer = await client.get(f"/kerja{query}")
    assert answer.status == 200
    assert actions.called("worklist") == [(signed.officer, shown)]


async def test_each_ticket_is_a_link_with_needs_state_and_what_it_waits_for(client: TestClient, enter: Enter) -> None:
    enter(samples.signed())
    page = await (await client.get("/kerja")).text()
    assert f'href="/tiket/{samples.NUMBER}">Biaya berobat, Biaya sekolah</a>' in page
    assert "Menunggu keputusan petugas" in page
    assert "Belum ada di data" in page
    assert "terlambat 1 hari" in page
    assert "Belum terbaca, mohon dilihat" in page
    assert '<strong class="late">1 mendesak</strong>' in page


async def test_what_comes_from_people_is_escaped(client: TestClient, actions: Actions, enter: Enter) -> None:
    enter(samples.signed(name="<script>alert(1)</script>"))
    actions.results["worklist"] = [replace(samples.WORK[0], region_name="<b>Kasang</b>")]
    page = await (await client.get("/kerja")).text()
    assert "<script>alert" not in page
    assert "&lt;b&gt;Kasang&lt;/b&gt;" in page


async def test_an_empty_list_says_so(client: TestClient, actions: Actions, enter: Enter) -> None:
    enter(samples.signed())
    actions.results["worklist"] = []
    assert "Tidak ada laporan yang menunggu" in await (await client.get("/kerja")).text()
    assert "Belum ada laporan yang selesai" in await (await client.get("/kerja?tampil=selesai")).text()


async def test_an_agencys_officer_is_led_to_her_own_list(client: TestClient, actions: Actions, enter: Enter) -> None:
    enter(samples.agency_officer())
    answer = await client.get("/kerja", allow_redirects=False)
    assert answer.headers["Location"] == "/rujukan"
    page = await (await client.get("/rujukan")).text()
    assert 'href="/kasus/21">Kekerasan</a>' in page
    assert "2 perlu dikerjakan" in page
    assert actions.called("worklist") == []


async def test_the_agencys_list_is_not_for_others(client: TestClient, actions: Actions, enter: Enter) -> None:
    enter(samples.signed("fo"))
    actions.results["agency_list"] = NotAllowed()
    answer = await client.get("/rujukan")
    assert answer.status == 403
    assert "Bukan wewenang" in await answer.text()


async def test_a_try_out_says_that_it_is_one(client: TestClient, enter: Enter, house) -> None:
    enter(samples.signed())
    assert "UJI COBA" not in await (await client.get("/kerja")).text()
    house.demo = True
    assert "UJI COBA" in await (await client.get("/kerja")).text()


async def test_a_manager_sees_what_has_not_arrived_and_lets_it_be_tried_again(
    client: TestClient, actions: Actions, enter: Enter
) -> None:
    lanes = [
        StuckLane("agency:dinsos-kota-jambi", "Dinas Sosial Kota Jambi", "agency", 2, 1, samples.NOW),
        StuckLane("chat", None, "chat", 0, 4, samples.NOW),
    ]
    actions.results |= {"stuck_lanes": lanes, "try_stuck_again": 2}
    signed = enter(samples.signed("manager"))
    page = await (await client.get("/kerja")).text()
    assert "Kiriman yang belum sampai" in page
    assert "2 gagal dikirim, 1 masih menunggu" in page
    assert "Pesan ke warga" in page
    assert page.count("Coba kirim lagi") == 1
    form = {"csrf": signed.csrf, "lane": "agency:dinsos-kota-jambi"}
    answer = await client.post("/kiriman/ulang", data=form, allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, "/kerja")
    assert actions.called("try_stuck_again") == [(signed.officer, "agency:dinsos-kota-jambi")]


DUE = DueView(samples.NOW, "follow_up", True, 2, 50, False, told=("unit", "head"))


async def test_a_deadline_is_told_in_working_days_with_who_heard_of_it(
    client: TestClient, actions: Actions, enter: Enter
) -> None:
    enter(samples.signed())
    actions.results["worklist"] = [
        replace(samples.WORK[0], due=DUE),
        replace(samples.WORK[0], due=replace(DUE, paused=True)),
    ]
    page = await (await client.get("/kerja")).text()
    assert "lewat 2 hari kerja</time>" in page
    assert page.count("sampai ke pimpinan instansi") == 1
    assert "berhenti, menunggu jawaban warga" in page


@pytest.mark.parametrize(
    ("due", "said"),
    [
        (replace(DUE, working_days=0), "lewat hari ini"),
        (replace(DUE, over=False, working_days=-3), "3 hari kerja lagi"),
        (replace(DUE, over=False, working_days=0), "hari ini"),
        (replace(DUE, by_hours=True, hours=3), "lewat 3 jam"),
        (replace(DUE, by_hours=True, over=False, hours=-3), "3 jam lagi"),
        (replace(DUE, by_hours=True, hours=0), "lewat kurang dari 1 jam"),
    ],
)
async def test_hours_and_days(client: TestClient, actions: Actions, enter: Enter, due: DueView, said: str) -> None:
    enter(samples.signed())
    actions.results["worklist"] = [replace(samples.WORK[0], due=due)]
    assert f">{said}</time>" in await (await client.get("/kerja")).text()


async def test_a_manager_sees_what_is_late_by_office(client: TestClient, actions: Actions, enter: Enter) -> None:
    enter(samples.signed("manager"))
    case = LateCase(samples.NUMBER, "Biaya sekolah", DUE)
    actions.results["late_by_desk"] = [LateDesk("Dinas Pendidikan", "SD", (case,)), LateDesk(None, None, (case,))]
    page = await (await client.get("/lewat")).text()
    assert "Dinas Pendidikan: SD (1)" in page
    assert "Puskesos dan SLRT: menunggu keputusan (1)" in page
    assert f'href="/tiket/{samples.NUMBER}"' in page
    assert "Sudah disampaikan kepada meja instansi, pimpinan instansi" in page
    assert 'href="/lewat"' in await (await client.get("/kerja")).text()
