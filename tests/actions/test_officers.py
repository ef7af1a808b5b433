"""Log-ins: argon2, throttled, ending, and none for sample officers where it is serious."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from argon2 import PasswordHasher

from actions import officers
from actions.errors import Incomplete, TooManyAttempts
from actions.officers import add_officer, log_in, log_out, sample_officers, signed_in
from storage.models import Audit, LoginAttempt, Officer, OfficerSession
from tests.actions.world import LEGOK, World

PASSWORD = "sangat-rahasia-sekali"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2 that is as good, but not as slow."""
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(officers, "_HASHER", hasher)
    monkeypatch.setattr(officers, "_decoy", lambda: hasher.hash("nobody's"))


async def add(world: World, **changes: Any) -> int:
    """An officer of Legok."""
    given: dict[str, Any] = {"login": "ani", "name": "Ani", "role": "fo", "password": PASSWORD, "region_code": LEGOK}
    return await add_officer(world.house, **(given | changes))


async def test_login_and_password_open_a_session(world: World) -> None:
    officer_id = await add(world, restricted=True)
    token = await log_in(world.house, " ANI ", PASSWORD)
    assert token is not None
    signed = await signed_in(world.house, token)
    assert signed is not None
    assert (signed.officer.id, signed.officer.region_name, signed.officer.restricted) == (officer_id, "Legok", True)
    assert len(signed.csrf) >= 20
    assert [row.action for row in await world.all(Audit)] == ["officer.added", "officer.logged_in"]


async def test_neither_password_nor_token_is_kept(world: World) -> None:
    await add(world)
    token = await log_in(world.house, "ani", PASSWORD)
    assert token is not None
    (officer,) = await world.all(Officer)
    assert officer.password_hash.startswith("$argon2id$")
    (row,) = await world.all(OfficerSession)
    assert token.encode() not in row.token_hash


async def test_a_wrong_pair_opens_nothing(world: World) -> None:
    await add(world)
    for login, password in (("ani", "salah"), ("ani", ""), ("budi", PASSWORD), ("", "")):
        assert await log_in(world.house, login, password) is None
    assert not await world.all(OfficerSession)


async def test_guessing_is_throttled_whether_or_not_the_login_exists(world: World) -> None:
    await add(world)
    await add(world, login="budi")
    for login in ("ani", "nobody"):
        for _ in range(10):
            assert await log_in(world.house, login, "salah") is None
        with pytest.raises(TooManyAttempts):
            await log_in(world.house, login, PASSWORD)
    assert await log_in(world.house, "budi", PASSWORD)
    world.clock.forward(minutes=16)
    assert await log_in(world.house, "ani", PASSWORD)
    assert await log_in(world.house, "ani", "salah") is None
    assert len(await world.all(LoginAttempt)) == 11


async def test_a_session_ends(world: World) -> None:
    await add(world)
    first, second = await log_in(world.house, "ani", PASSWORD), await log_in(world.house, "ani", PASSWORD)
    assert first
    assert second
    await log_out(world.house, first)
    assert await signed_in(world.house, first) is None
    assert await signed_in(world.house, second)
    world.clock.forward(hours=10)
    assert await signed_in(world.house, second) is None
    assert await signed_in(world.house, "made-up") is None


async def test_a_disabled_officer_is_out_at_once(world: World) -> None:
    officer_id = await add(world)
    token = await log_in(world.house, "ani", PASSWORD)
    assert token
    async with world.house.database.transaction() as session:
        (await session.get_one(Officer, officer_id)).disabled = True
    assert await signed_in(world.house, token) is None
    assert await log_in(world.house, "ani", PASSWORD) is None


async def test_sample_officers_only_exist_for_trying_out(world: World) -> None:
    await add(world, sample=True)
    token = await log_in(world.house, "ani", PASSWORD)
    assert token
    serious = replace(world.house, demo=False)
    assert await signed_in(serious, token) is None
    assert await log_in(serious, "ani", PASSWORD) is None
    assert await sample_officers(serious) == 1


async def test_what_is_wrong_with_a_new_officer_is_named(world: World) -> None:
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"login": "ibu ani"}, "login"),
        ({"login": " "}, "login"),
        ({"name": ""}, "name"),
        ({"role": "king"}, "role"),
        ({"password": "pendek"}, "password"),
        ({"region_code": "99.99"}, "region"),
        ({"role": "agency"}, "unit"),
        ({"unit": "disdik-kota-jambi"}, "unit"),
        ({"role": "agency", "unit": "no-such-unit"}, "unit"),
    ]
    for changes, field in wrong:
        with pytest.raises(Incomplete, match=field):
            await add(world, **changes)


async def test_a_login_is_given_once(world: World) -> None:
    await add(world)
    with pytest.raises(Incomplete, match="login"):
        await add(world, login="Ani")
