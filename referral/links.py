"""Signed, expiring links behind which an agency answers without an account."""

from __future__ import annotations

from datetime import timedelta

from itsdangerous import BadData, SignatureExpired, URLSafeTimedSerializer

from referral.errors import LinkForged, LinkTooOld

__all__ = ["LinkForged", "LinkTooOld", "read_answer", "sign_answer"]

_PURPOSE = "slrt.answer"


def sign_answer(referral_id: int, serial: int, key: bytes) -> str:
    """A token for a referral's answer page. `serial` goes up when earlier links are to end."""
    return URLSafeTimedSerializer(key, salt=_PURPOSE).dumps([referral_id, serial])


def read_answer(token: str, key: bytes, max_age: timedelta) -> tuple[int, int]:
    """Referral id and serial of a token. Raises LinkForged, or LinkTooOld when it was ours."""
    try:
        content = URLSafeTimedSerializer(key, salt=_PURPOSE).loads(token, max_age=int(max_age.total_seconds()))
    except SignatureExpired:
        raise LinkTooOld from None
    except BadData:
        raise LinkForged from None
    match content:
        case [int(referral_id), int(serial)]:
            return referral_id, serial
    raise LinkForged
