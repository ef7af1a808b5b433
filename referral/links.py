"""Signed, expiring links: behind them an agency answers without an account, or a resident reads the answers."""

from __future__ import annotations

from datetime import timedelta

from itsdangerous import BadData, SignatureExpired, URLSafeTimedSerializer

from referral.errors import LinkForged, LinkTooOld

__all__ = ["LinkForged", "LinkTooOld", "read_answer", "read_details", "sign_answer", "sign_details"]

_PURPOSE = "slrt.answer"
_DETAILS = "slrt.details"


def sign_answer(referral_id: int, serial: int, key: bytes) -> str:
    """A token for a referral's answer page. `serial` goes up when earlier links are to end."""
    return URLSafeTimedSerializer(key, salt=_PURPOSE).dumps([referral_id, serial])


def read_answer(token: str, key: bytes, max_age: timedelta) -> tuple[int, int]:
    """Referral id and serial of a token. Raises LinkForged, or LinkTooOld when it was ours."""
    match _read(token, key, max_age, _PURPOSE):
        case [int(referral_id), int(serial)]:
            return referral_id, serial
    raise LinkForged


def sign_details(ticket_id: int, key: bytes) -> str:
    """A token for the page on which a resident reads what became of a ticket."""
    return URLSafeTimedSerializer(key, salt=_DETAILS).dumps(ticket_id)


def read_details(token: str, key: bytes, max_age: timedelta) -> int:
    """The ticket's id of a token. Raises LinkForged, or LinkTooOld when it was ours."""
    match _read(token, key, max_age, _DETAILS):
        case int(ticket_id):
            return ticket_id
    raise LinkForged


def _read(token: str, key: bytes, max_age: timedelta, purpose: str) -> object:
    try:
        return URLSafeTimedSerializer(key, salt=purpose).loads(token, max_age=int(max_age.total_seconds()))
    except SignatureExpired:
        raise LinkTooOld from None
    except BadData:
        raise LinkForged from None
