"""What an agency's webhook gets, for the OpenAPI document. `actions.dispatch` writes it; a test holds both together."""

from __future__ import annotations

from datetime import datetime

from console.api.models import Id, Told


class ReferralSent(Told):
    referral: Id
    ticket: str
    need: str
    urgent: bool
    region: str | None
    due_at: datetime | None
    link: str


class ReferralLink(Told):
    referral: Id
    ticket: str
    due_at: datetime | None
    link: str


class ReferralNews(Told):
    referral: Id
    ticket: str


class CaseLink(Told):
    link: str


# what `type` says, and what `data` then holds
WEBHOOKS: dict[str, type[Told]] = {
    "referral.sent": ReferralSent,
    "referral.reminder": ReferralLink,
    "referral.overdue": ReferralLink,
    "referral.answered": ReferralLink,
    "referral.called_back": ReferralNews,
    "referral.confirmed": ReferralNews,
    "referral.not_helped": ReferralNews,
    "referral.unconfirmed": ReferralNews,
    "referral.resident_answered": ReferralNews,
    "case.waiting": CaseLink,
    "case.changed": CaseLink,
}
