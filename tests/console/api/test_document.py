"""The document says what the code does, in words that are there."""

from __future__ import annotations

from typing import Any

from actions.agency_talk import TALK
from actions.errors import ActionError
from actions.limits import load_limits
from console.api import models
from console.api.problems import words
from console.api.routes import OPERATIONS, ROUTES, openapi
from console.errors import ConsoleError
from console.middleware import _CODES, _STATUS
from console.pages import agency
from tests.console.api.conftest import Api


async def document(api: Api) -> dict[str, Any]:
    answer = await api.client.get("/api/v1/openapi.json")
    assert answer.status == 200
    told: dict[str, Any] = await answer.json()
    return told


async def test_every_route_is_described_and_every_description_served(api: Api) -> None:
    told = await document(api)
    served = {(operation.method.lower(), operation.path) for operation in OPERATIONS}
    assert {(method, path) for path, methods in told["paths"].items() for method in methods} == served
    assert len([route for route in ROUTES if route.handler is not openapi]) == len(OPERATIONS)
    assert told["servers"] == [{"url": f"{api.world.house.public_url}/api/v1"}]


async def test_every_field_parameter_and_model_that_is_shown_has_words(api: Api) -> None:
    told = await document(api)
    for path in told["paths"].values():
        for operation in path.values():
            assert all(parameter["description"] for parameter in operation["parameters"])
    unused = set(words().MODELS) - set(told["components"]["schemas"])
    assert unused == set()
    assert set(words().WEBHOOKS) == set(told["webhooks"])


def test_every_problem_has_words() -> None:
    codes = {error.code for error in _STATUS if issubclass(error, ActionError | ConsoleError)}
    of_pages = {"not_allowed", "not_safe", "link_invalid", "link_expired", "too_many_attempts"}
    of_pages |= {"session_over", "too_long"}
    assert set(words().PROBLEMS) == (codes - of_pages) | set(_CODES.values()) | {"bad_request", "trouble"}
    statuses = {status for operation in OPERATIONS for status in operation.problems} | {401, 429, 500}
    assert statuses == set(words().STATUSES)


def test_the_steps_are_those_of_the_answer_page() -> None:
    assert set(models.STEPS) == {*agency.STEPS, *TALK}


def test_limits_are_those_of_the_file() -> None:
    limits = load_limits().api
    assert limits.ahead == (limits.burst - 1) * limits.interval
