"""Managers link the offices' groups, an agency's officer her own account, by codes that are shown until then."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from aiohttp.test_utils import TestClient

from actions import accounts, groups
from actions.accounts import AccountView
from actions.errors import NotFound
from actions.groups import GroupView
from actions.link_codes import CodeView
from actions.views import SignedIn
from tests.console import samples

Enter = Callable[[SignedIn], SignedIn]
CODE = CodeView("ABCD-2345", samples.ahead(minutes=50), "slrt_bot")
GROUPS = [
    GroupView("dinkes", "Loket", "Dinas Kesehatan", "Rujukan <Dinkes>", samples.ago(days=3), None, None),
    GroupView("dinsos", "Loket", "Dinas Sosial", None, samples.ago(days=9), samples.ago(hours=2), None),
    GroupView("disdik", "Loket", "Dinas Pendidikan", None, None, None, CODE),
]


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What was done; there are three units, and the officer's account is not linked yet."""
    calls: list[Any] = []

    async def listed(house: Any, officer: Any) -> list[GroupView]:
        groups._check(officer)
        return GROUPS

    async def made(house: Any, officer: Any, unit: str) -> CodeView:
        calls.append(("code", officer.role, unit))
        return CODE

    async def ended(house: Any, officer: Any, unit: str) -> None:
        if unit == "disdik":
            raise NotFound
        calls.append(("end", officer.role, unit))

    async def own(house: Any, officer: Any) -> AccountView:
        linked = ("linked",) in calls
        return AccountView("UPTD PPA", "Layanan", samples.ago(days=1) if linked else None, None if linked else CODE)

    async def own_code(house: Any, officer: Any) -> CodeView:
        calls.append(("own code", officer.role))
        return CODE

    async def unlinked(house: Any, officer: Any) -> None:
        calls.append(("unlinked", officer.role))

    for module, name, stand_in in (
        (groups, "groups", listed),
        (groups, "make_group_code", made),
        (groups, "end_group", ended),
        (accounts, "account_view", own),
        (accounts, "make_account_code", own_code),
        (accounts, "unlink_account", unlinked),
    ):
        monkeypatch.setattr(module, name, stand_in)
    return calls


async def test_the_offices_groups(client: TestClient, enter: Enter, done: list[Any]) -> None:
    signed = enter(samples.signed("manager"))
    page = await (await client.get("/grup")).text()
    for words in ("/hubungkan@slrt_bot ABCD-2345", "Rujukan &lt;Dinkes&gt;", "Bot dikeluarkan dari grup ini"):
        assert words in page
    assert page.count("Putuskan hubungan") == 2
    for path, unit in (("/grup", "dinkes"), ("/grup/putus", "dinsos"), ("/grup/putus", "disdik")):
        answer = await client.post(path, data={"csrf": signed.csrf, "unit": unit}, allow_redirects=False)
        assert answer.status == 303
    assert done == [("code", "manager", "dinkes"), ("end", "manager", "dinsos")]


async def test_others_see_no_groups(client: TestClient, enter: Enter, done: list[Any]) -> None:
    enter(samples.signed("coordinator"))
    assert (await client.get("/grup")).status == 403


async def test_ones_own_account(client: TestClient, enter: Enter, done: list[Any]) -> None:
    signed = enter(samples.agency_officer())
    page = await (await client.get("/akun")).text()
    assert "/hubungkan ABCD-2345" in page
    assert "Putuskan Telegram" not in page
    await client.post("/akun/telegram", data={"csrf": signed.csrf}, allow_redirects=False)
    done.append(("linked",))
    page = await (await client.get("/akun?kabar=account_code")).text()
    assert "terhubung sejak" in page
    await client.post("/akun/telegram/putus", data={"csrf": signed.csrf}, allow_redirects=False)
    assert done == [("own code", "agency"), ("linked",), ("unlinked", "agency")]
