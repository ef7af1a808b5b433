"""Log-in and log-out."""

from __future__ import annotations

from collections.abc import Callable
from http.cookies import SimpleCookie
from types import SimpleNamespace

import pytest
from aiohttp.test_utils import TestClient, TestServer

from actions.errors import TooManyAttempts
from actions.views import SignedIn
from console.app import build
from console.session import local_path
from tests.console import samples
from tests.console.conftest import Actions

Enter = Callable[[SignedIn], SignedIn]


def hidden(page: str, name: str) -> str:
    return page.partition(f'name="{name}" value="')[2].partition('"')[0]


async def log_in(client: TestClient, onward: str = "", **fields: str):
    page = await (await client.get("/masuk", params={"lanjut": onward} if onward else {})).text()
    form = {"token": hidden(page, "token"), "lanjut": hidden(page, "lanjut"), **fields}
    return await client.post(
        "/masuk", data={"login": "sri", "password": "rahasia-sekali", **form}, allow_redirects=False
    )


async def test_a_good_log_in_leads_on_with_a_guarded_cookie(client: TestClient, actions: Actions) -> None:
    actions.results["log_in"] = "fresh-token"
    actions.sessions["fresh-token"] = samples.signed()
    answer = await log_in(client, onward=f"/tiket/{samples.NUMBER}")
    assert answer.status == 303
    assert answer.headers["Location"] == f"/tiket/{samples.NUMBER}"
    assert actions.called("log_in") == [("sri", "rahasia-sekali")]
    cookie = answer.cookies["slrt"]
    assert cookie.value == "fresh-token"
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert not cookie["secure"]


async def test_with_https_the_cookies_are_secure_and_bound_to_the_host(
    actions: Actions, house: SimpleNamespace
) -> None:
    async with TestClient(TestServer(build(house, secure_cookies=True))) as client:
        answer = await client.get("/masuk")
        cookie = SimpleCookie(answer.headers["Set-Cookie"])["__Host-slrt-form"]
        assert cookie["secure"]
        assert cookie["path"] == "/"
        assert cookie["httponly"]


async def test_a_wrong_log_in_keeps_the_name_and_never_the_password(client: TestClient, actions: Actions) -> None:
    answer = await log_in(client, onward="/rujukan")
    page = await answer.text()
    assert answer.status == 403
    assert 'value="sri"' in page
    assert "rahasia-sekali" not in page
    assert hidden(page, "lanjut") == "/rujukan"
    assert "Nama pengguna atau kata sandi belum cocok" in page
    assert "slrt" not in answer.cookies


@pytest.mark.parametrize("local", [True, False])
async def test_sample_officers_are_let_in_on_this_machine_alone(
    actions: Actions, house: SimpleNamespace, local: bool
) -> None:
    actions.results["log_in"] = "sample-token"
    actions.sessions["sample-token"] = samples.signed(sample=True)
    async with TestClient(TestServer(build(house, secure_cookies=False, is_local=lambda _: local))) as client:
        assert (await log_in(client)).status == (303 if local else 403)
        assert actions.called("log_out") == ([] if local else [("sample-token",)])
        client.session.cookie_jar.update_cookies({"slrt": "sample-token"}, client.make_url("/"))
        assert (await client.get("/kerja", allow_redirects=False)).status == (200 if local else 303)


async def test_too_many_tries_are_told(client: TestClient, actions: Actions) -> None:
    actions.results["log_in"] = TooManyAttempts()
    answer = await log_in(client)
    assert answer.status == 429
    assert "tunggu 15 menit" in await answer.text()


async def test_a_log_in_from_elsewhere_is_refused(client: TestClient, actions: Actions) -> None:
    await client.get("/masuk")
    answer = await client.post("/masuk", data={"login": "sri", "password": "x", "token": "guessed"})
    assert answer.status == 403
    client.session.cookie_jar.clear()
    answer = await client.post("/masuk", data={"login": "sri", "password": "x", "token": ""})
    assert answer.status == 403
    assert actions.called("log_in") == []


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.test/",
        "//evil.test",
        "/\\evil.test",
        "javascript:alert(1)",
        "tiket",
        "",
        None,
        "/a\r\nX: y",
        "/\t/evil",
    ],
)
def test_after_log_in_nobody_is_sent_to_another_site(target: str | None) -> None:
    assert local_path(target) == "/"


def test_after_log_in_the_wanted_page_opens() -> None:
    assert local_path("/kasus/13?x=1") == "/kasus/13?x=1"


@pytest.mark.parametrize(("role", "home"), [("fo", "/kerja"), ("coordinator", "/kerja"), ("agency", "/rujukan")])
async def test_the_front_door_leads_to_ones_own_work(client: TestClient, enter: Enter, role: str, home: str) -> None:
    enter(samples.signed(role))
    assert (await client.get("/", allow_redirects=False)).headers["Location"] == home
    assert (await client.get("/masuk", allow_redirects=False)).headers["Location"] == "/"


async def test_the_front_door_leads_strangers_to_the_log_in(client: TestClient) -> None:
    assert (await client.get("/", allow_redirects=False)).headers["Location"] == "/masuk"


async def test_logging_out_ends_the_session_in_the_database_and_the_browser(
    client: TestClient, actions: Actions, enter: Enter
) -> None:
    signed = enter(samples.signed())
    answer = await client.post("/keluar", data={"csrf": signed.csrf}, allow_redirects=False)
    assert answer.headers["Location"].startswith("/masuk")
    assert actions.called("log_out") == [("session-token",)]
    assert answer.cookies["slrt"].value == ""


async def test_health(client: TestClient) -> None:
    answer = await client.get("/sehat")
    assert answer.status == 200
    assert await answer.json() == {"sehat": True}
