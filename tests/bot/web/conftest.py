"""The residents' pages on a real house."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from actions.house import House
from actions.talk import Step
from bot.web import routes
from tests.bot.web.forms import form_link

type Browser = TestClient[Any, Any]


@pytest.fixture
async def browser(house: House, step: Step) -> AsyncIterator[Browser]:
    """A browser at the pages."""
    app = web.Application()
    app.add_routes(routes(house, step))
    async with TestClient(TestServer(app)) as made:
        yield made


@pytest.fixture
async def link(house: House, step: Step) -> str:
    """The path of a fresh link to the identity form."""
    return await form_link(house, step)
