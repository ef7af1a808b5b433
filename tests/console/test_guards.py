"""What holds for every page: headers, foreign forms, log-in, kind errors, nothing personal in the log."""

from __future__ import annotations

import logging
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import structlog
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from actions import worklist
from actions.errors import NotFound
from actions.views import SignedIn
from console.app import build
from tests.console import samples
from tests.console.conftest import Actions

Enter = Callable[[SignedIn], SignedIn]

PAGES_BEHIND_LOGIN = [
    "/kerja",
    "/lewat",
    f"/tiket/{samples.NUMBER}",
    "/rujukan",
    "/kasus/13",
    "/berkas/31",
    "/penyelia",
    "/token-instansi",
    "/berkas-instansi/5",
    "/surel",
    "/surel/berkas/7",
    "/grup",
    "/akun",
    "/katalog",
    "/katalog/instansi",
    "/katalog/instansi/dinsos-kota-jambi",
    "/katalog/draf",
    "/katalog/versi/1",
]
FORMS_BEHIND_LOGIN = [
    "/keluar",
    f"/tiket/{samples.NUMBER}/rujukan/12",
    f"/tiket/{samples.NUMBER}/rujukan/12/tujuan",
    f"/tiket/{samples.NUMBER}/rekomendasi",
    f"/tiket/{samples.NUMBER}/kembalikan",
    f"/tiket/{samples.NUMBER}/minta-kunjungan",
    f"/tiket/{samples.NUMBER}/kunjungan",
    f"/tiket/{samples.NUMBER}/kebutuhan",
    f"/tiket/{samples.NUMBER}/pesan",
    f"/tiket/{samples.NUMBER}/dibaca",
    f"/tiket/{samples.NUMBER}/pesan/5/tarik",
    f"/tiket/{samples.NUMBER}/sudah-dihubungi",
    f"/tiket/{samples.NUMBER}/tidak-dilanjutkan",
    f"/tiket/{samples.NUMBER}/hentikan",
    f"/tiket/{samples.NUMBER}/gabung",
    f"/tiket/{samples.NUMBER}/buka-lagi",
    f"/tiket/{samples.NUMBER}/surat",
    f"/tiket/{samples.NUMBER}/surat/3/cabut",
    f"/tiket/{samples.NUMBER}/rujukan/13/surel",
    "/surel/4",
    "/cetak",
    "/kiriman/ulang",
    "/permintaan-data/5",
    "/kasus/13",
    "/penyelia/9",
    f"/tiket/{samples.NUMBER}/rujukan/12/jawab",
    "/token-instansi",
    "/token-instansi/3/cabut",
    "/grup",
    "/grup/putus",
    "/akun/telegram",
    "/akun/telegram/putus",
    "/katalog/instansi/dinsos-kota-jambi",
    "/katalog/instansi/dinsos-kota-jambi/dicek",
    "/katalog/instansi/dinsos-kota-jambi/hapus",
    "/katalog/instansi/dinsos-kota-jambi/batal",
    "/katalog/draf/terbitkan",
    "/katalog/draf/buang",
    "/katalog/versi/1/kembalikan",
]
OPEN_FORMS = ["/masuk", f"/j/{samples.TOKEN}"]


async def test_every_form_of_the_console_is_in_the_lists_above(client: TestClient) -> None:
    posts = {r.resource.canonical for r in client.app.router.routes() if r.method == "POST" and r.resource}
    posts = {path for path in posts if not path.startswith("/api/")}  # those take no forms, but tokens
    assert len(posts) == len(FORMS_BEHIND_LOGIN + OPEN_FORMS)


@pytest.mark.parametrize("path", ["/masuk", f"/j/{samples.TOKEN}", "/sehat", "/tidak-ada"])
async def test_every_answer_is_guarded_by_headers(client: TestClient, path: str) -> None:
    answer = await client.get(path)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"


async def test_static_files_are_kept_by_the_browser(client: TestClient) -> None:
    page = await (await client.get("/masuk")).text()
    address = page.partition('href="/static/console/console.css')[2].partition('"')[0]
    answer = await client.get(f"/static/console/console.css{address}")
    assert answer.status == 200
    assert "immutable" in answer.headers["Cache-Control"]


async def test_a_missing_static_file_is_not_kept(client: TestClient) -> None:
    answer = await client.get("/static/console/none.css?v=1")
    assert answer.status == 404
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", PAGES_BEHIND_LOGIN)
async def test_strangers_are_led_to_the_log_in_and_back(client: TestClient, actions: Actions, path: str) -> None:
    answer = await client.get(path, allow_redirects=False)
    assert answer.status == 303
    assert answer.headers["Location"] == f"/masuk?lanjut={path}"
    assert actions.calls == []


@pytest.mark.parametrize("path", FORMS_BEHIND_LOGIN)
async def test_a_form_without_its_token_is_refused(
    client: TestClient, actions: Actions, enter: Enter, path: str
) -> None:
    enter(samples.signed())
    for fields in ({}, {"csrf": "guessed"}, {"csrf": "ünïcode"}, {"csrf": ""}):
        answer = await client.post(path, data={"step": "approve", "note": "x", **fields}, allow_redirects=False)
        assert answer.status == 403
    assert actions.changes == []


@pytest.mark.parametrize("path", FORMS_BEHIND_LOGIN + OPEN_FORMS)
@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.test"}]
)
async def test_a_form_from_another_site_is_refused_even_with_its_token(
    client: TestClient, actions: Actions, enter: Enter, path: str, headers: dict[str, str]
) -> None:
    signed = enter(samples.signed())
    data = {"csrf": signed.csrf, "token": samples.TOKEN, "step": "approve", "note": "x"}
    answer = await client.post(path, data=data, headers=headers, allow_redirects=False)
    assert answer.status == 403
    assert actions.changes == []


async def test_a_form_sent_after_the_log_in_ended_hands_back_what_was_typed(
    client: TestClient, actions: Actions
) -> None:
    data = {"csrf": "old", "note": "Rumah <papan> bocor"}
    answer = await client.post(f"/tiket/{samples.NUMBER}/rekomendasi", data=data)
    assert answer.status == 401
    page = await answer.text()
    assert "Rumah &lt;papan&gt; bocor" in page
    assert "old" not in page.partition("<main")[2]
    assert actions.changes == []


async def test_reading_never_changes_anything(client: TestClient, actions: Actions, enter: Enter) -> None:
    enter(samples.signed())
    actions.results["attachment"] = actions.results["agency_file"] = ("image/png", "foto.png", b"png")
    for path in [*PAGES_BEHIND_LOGIN, *FORMS_BEHIND_LOGIN, *OPEN_FORMS, "/", "/sehat"]:
        await client.get(f"{path}?step=approve&csrf=csrf-of-sri&token={samples.TOKEN}", allow_redirects=False)
        await client.head(path, allow_redirects=False)
    assert actions.changes == []


async def test_an_unknown_page_and_a_wrong_method_are_told_kindly(client: TestClient) -> None:
    missing = await client.get("/tidak-ada")
    assert missing.status == 404
    assert "Halaman tidak ditemukan" in await missing.text()
    wrong = await client.delete("/masuk")
    assert wrong.status == 405
    assert "GET" in wrong.headers["Allow"]


async def test_too_large_a_body_is_refused(client: TestClient, actions: Actions) -> None:
    answer = await client.post("/masuk", data={"login": "x" * 300_000})
    assert answer.status == 413
    assert "Kiriman terlalu besar" in await answer.text()
    assert actions.calls == []


@pytest.mark.parametrize(
    "kind", ["multipart/form-data", "application/x-www-form-urlencoded; charset=none-such", "application/json"]
)
async def test_a_broken_body_is_no_trouble(client: TestClient, kind: str) -> None:
    answer = await client.post("/masuk", data=b"\xff{&=%", headers={"Content-Type": kind})
    assert answer.status in (400, 403)


async def test_trouble_shows_no_traceback_and_logs_no_data(client: TestClient, actions: Actions, enter: Enter) -> None:
    enter(samples.signed())
    actions.results["worklist"] = RuntimeError("parameters: 1571020405909003 Nurhayati")
    with structlog.testing.capture_logs() as logs:
        answer = await client.get("/kerja")
    page = await answer.text()
    assert answer.status == 500
    assert "Ini kesalahan di pihak kami" in page
    assert "Traceback" not in page
    assert "RuntimeError" not in page
    trouble = next(line for line in logs if line["event"] == "http.trouble")
    assert trouble["id"] in page
    assert trouble["error"] == "RuntimeError"
    assert "Nurhayati" not in str(logs)


async def test_the_log_knows_routes_and_ids_but_no_token(
    client: TestClient, enter: Enter, caplog: pytest.LogCaptureFixture
) -> None:
    enter(samples.signed())
    with structlog.testing.capture_logs() as logs, caplog.at_level(logging.WARNING):
        await client.get(f"/j/{samples.TOKEN}")
        await client.get(f"/tiket/{samples.NUMBER}")
    assert [line["route"] for line in logs] == ["/j/{token}", "/tiket/{number}"]
    assert logs[1]["number"] == samples.NUMBER
    assert logs[1]["officer"] == 7
    assert samples.TOKEN not in str(logs)
    assert caplog.records == []


async def test_a_ticket_that_is_not_the_officers_is_not_there(
    client: TestClient, actions: Actions, enter: Enter
) -> None:
    signed = enter(samples.signed("fo"))
    actions.results["ticket_view"] = NotFound()
    actions.results["officer_step"] = NotFound()
    looked = await client.get(f"/tiket/{samples.NUMBER}")
    unknown = await client.get("/tiket/SLRT-0000-0000-00000")
    assert looked.status == unknown.status == 404
    assert (await looked.text()).replace("s", "") == (await unknown.text()).replace("s", "")
    data = {"csrf": signed.csrf, "step": "approve"}
    assert (await client.post(f"/tiket/{samples.NUMBER}/rujukan/12", data=data)).status == 404


async def test_routes_of_other_doors_share_the_guards(actions: Actions, house: SimpleNamespace) -> None:
    async def hello(_request: web.Request) -> web.Response:
        return web.Response(text="hello")

    async def broken(_request: web.Request) -> web.Response:
        raise RuntimeError("boom")

    async def onward(_request: web.Request) -> web.Response:
        raise web.HTTPSeeOther("/halo")

    routes: list[Any] = [
        web.get("/halo", hello),
        web.post("/halo", hello),
        web.get("/rusak", broken),
        web.get("/terus", onward),
    ]
    async with TestClient(TestServer(build(house, routes, secure_cookies=True))) as client:
        answer = await client.get("/halo")
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "Strict-Transport-Security" in answer.headers
        assert (await client.post("/halo", headers={"Sec-Fetch-Site": "cross-site"})).status == 403
        assert (await client.post("/halo")).status == 200
        assert (await client.get("/rusak")).status == 500
        with structlog.testing.capture_logs() as logs:
            assert (await client.get("/terus", allow_redirects=False)).status == 303
        assert [line["status"] for line in logs] == [303]


async def test_worklist_is_never_read_for_a_stranger(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(*_args: Any) -> None:
        raise AssertionError("asked for a stranger")

    monkeypatch.setattr(worklist, "worklist", never)
    client.session.cookie_jar.update_cookies({"slrt": "forged"}, client.make_url("/"))
    assert (await client.get("/kerja", allow_redirects=False)).status == 303
