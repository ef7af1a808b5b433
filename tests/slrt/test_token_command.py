"""`slrt token …`, as an administrator types it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial


def test_a_token_is_printed_once_listed_by_its_end_and_revoked(
    command: Callable[..., str],
) -> None:
    ask = partial(command, "token")
    token = ask("create", "dinsos-kota-jambi", "--name", "Aplikasi", "--scope", "referrals:read").strip()
    assert token.startswith("slrt_")
    listed = ask("list")
    assert token not in listed
    for told in ("dinsos-kota-jambi", "Aplikasi", "referrals:read", token[-4:]):
        assert told in listed
    assert "referrals:answer" not in listed
    assert ask("revoke", "1") == "Token 1 is revoked.\n"
    assert ask("revoke", "1").startswith("1: There is no token 1")
    assert ask("create", "nowhere", "--name", "x").startswith("1: No such desk")
    assert ask("create", "dinsos-kota-jambi", "--name", "x", "--scope", "all").startswith("1: Each scope")
