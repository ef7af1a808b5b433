"""Signed answer links."""

from __future__ import annotations

import contextlib
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsdangerous import URLSafeTimedSerializer

from referral.links import LinkForged, LinkTooOld, read_answer, sign_answer

KEY = b"k" * 32
DAY = timedelta(days=1)


@given(st.integers(1, 2**60), st.integers(1, 1000))
def test_there_and_back(referral_id: int, serial: int) -> None:
    """What was signed is read."""
    assert read_answer(sign_answer(referral_id, serial, KEY), KEY, DAY) == (referral_id, serial)


@given(st.data())
def test_a_changed_character_is_noticed(data: st.DataObject) -> None:
    """No byte can be changed."""
    token = sign_answer(12, 1, KEY)
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.characters(min_codepoint=33, max_codepoint=126).filter(lambda c: c != token[place]))
    changed = token[:place] + other + token[place + 1 :]
    with contextlib.suppress(LinkForged):
        # base64 has spare bits: some characters stand for the same bytes
        assert read_answer(changed, KEY, DAY) == (12, 1)


@pytest.mark.parametrize(
    "token",
    ["", "a.b.c", "12", "é", sign_answer(1, 1, b"another key")],
    ids=["nothing", "dots", "number", "letter", "signed_by_others"],
)
def test_forged(token: str) -> None:
    """Anything else is forged."""
    with pytest.raises(LinkForged):
        read_answer(token, KEY, DAY)


def test_too_old() -> None:
    """An old link says that it is old."""
    with pytest.raises(LinkTooOld):
        read_answer(sign_answer(1, 1, KEY), KEY, timedelta(seconds=-1))


def test_another_kind_of_content_is_forged() -> None:
    """Even signed by us, what isn't two numbers is no answer link."""
    token = URLSafeTimedSerializer(KEY, salt="slrt.answer").dumps({"referral": 1})
    with pytest.raises(LinkForged):
        read_answer(token, KEY, DAY)
