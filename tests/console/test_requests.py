"""Managers see what residents ask about their own data, and say when a copy was handed over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from aiohttp.test_utils import TestClient

from actions import requests
from actions.errors import NotAllowed
from actions.requests import RequestView
from actions.views import SignedIn
from tests.console import samples

Enter = Callable[[SignedIn], SignedIn]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What was done; two requests are open."""
    done: list[Any] = []

    async def open_requests(house: Any, officer: Any) -> list[RequestView]:
        if officer.role != "manager":
            raise NotAllowed
        return [
            RequestView(
                7, samples.ago(hours=2), "erase", "waiting", samples.ahead(hours=70), None, ("SLRT-1571-2611-00042",)
            ),
            RequestView(8, samples.ago(hours=2), "export", "waiting", samples.ahead(hours=70), None, ()),
        ]

    async def hand_over(house: Any, officer: Any, request_id: int) -> None:
        done.append((officer.role, request_id))

    monkeypatch.setattr(requests, "open_requests", open_requests)
    monkeypatch.setattr(requests, "hand_over", hand_over)
    return done


async def test_the_list(client: TestClient, enter: Enter, asked: list[Any]) -> None:
    enter(samples.signed("manager"))
    page = await (await client.get("/permintaan-data")).text()
    for words in ("Minta datanya dihapus", "SLRT-1571-2611-00042", "Minta salinan data", "3 hari lagi"):
        assert words in page
    assert page.count("Salinan sudah diberikan") == 1


async def test_handing_over(client: TestClient, enter: Enter, asked: list[Any]) -> None:
    signed = enter(samples.signed("manager"))
    answer = await client.post("/permintaan-data/8", data={"csrf": signed.csrf}, allow_redirects=False)
    assert answer.status == 303
    assert asked == [("manager", 8)]
    assert (await client.post("/permintaan-data/8", data={"csrf": "x"})).status in (401, 403)
    assert len(asked) == 1


async def test_others_are_refused(client: TestClient, enter: Enter, asked: list[Any]) -> None:
    enter(samples.signed("coordinator"))
    assert (await client.get("/permintaan-data")).status == 403
