"""The life of a referral as a table: who may take which step from where, and what it leads to.

`finish` leads to `done`; whether the resident was helped is kept beside the state as the confirmation (`waiting`,
`helped`, `not_helped`, `unconfirmed`), because an agency's "done" is not yet help.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from referral.errors import IllegalStep

__all__ = [
    "CONFIRMATIONS",
    "ENDED",
    "OPEN",
    "OUTCOMES",
    "REFERRAL_STEPS",
    "STATES",
    "IllegalStep",
    "ReferralStep",
    "allowed_steps",
    "next_state",
    "ticket_state",
]

STATES = (
    "drafted",
    "approved",
    "sent",
    "received",
    "accepted",
    "in_progress",
    "done",
    "returned",
    "rejected",
    "revoked",
)
OPEN = frozenset({"approved", "sent", "received", "accepted", "in_progress"})
ENDED = frozenset({"done", "returned", "rejected", "revoked"})
CONFIRMATIONS = ("waiting", "helped", "not_helped", "unconfirmed")
OUTCOMES = (
    "helped",
    "helped_partly",
    "already_receives",
    "waiting_list",
    "not_eligible",
    "could_not_reach",
    "declined_by_person",
    "no_capacity",
    "referred_on",
)

_PUSKESOS = frozenset({"fo", "bo", "coordinator", "manager"})
_DECIDERS = frozenset({"coordinator", "manager"})
_AGENCY = frozenset({"agency"})
_SYSTEM = frozenset({"system"})
_RESIDENT = frozenset({"resident"})
_ANY = frozenset({None, *CONFIRMATIONS})
# a mail can be answered before the note that it left was written: `approved` counts as under way
_UNDER_WAY = OPEN
_UNTAKEN = frozenset({"approved", "sent", "received"})
_WAITING = frozenset({"waiting"})
_LATE_TOO = frozenset({"waiting", "unconfirmed"})


@dataclass(frozen=True)
class ReferralStep:
    """A row of the table. `requires` is what must be said with it (reason, outcome); `confirmations` when it fits."""

    step: str
    sources: frozenset[str]
    target: str
    roles: frozenset[str]
    requires: str | None = None
    confirmations: frozenset[str | None] = _ANY


REFERRAL_STEPS = (
    ReferralStep("approve", frozenset({"drafted"}), "approved", _DECIDERS | _SYSTEM),
    ReferralStep("reject", frozenset({"drafted"}), "rejected", _DECIDERS, "reason"),
    ReferralStep("reject", _UNDER_WAY, "rejected", _AGENCY, "reason"),
    ReferralStep("revoke", _UNDER_WAY, "revoked", _DECIDERS, "reason"),
    ReferralStep("send", frozenset({"approved"}), "sent", _SYSTEM),
    ReferralStep("receive", frozenset({"sent"}), "received", _SYSTEM | _AGENCY),
    ReferralStep("accept", _UNTAKEN, "accepted", _AGENCY),
    ReferralStep("start", frozenset({"accepted"}), "in_progress", _AGENCY),
    ReferralStep("return", _UNDER_WAY, "returned", _AGENCY, "reason"),
    ReferralStep("finish", _UNDER_WAY, "done", _AGENCY, "outcome"),
    ReferralStep("confirm_helped", frozenset({"done"}), "done", _RESIDENT, None, _LATE_TOO),
    ReferralStep("confirm_not_helped", frozenset({"done"}), "done", _RESIDENT, None, _LATE_TOO),
    ReferralStep("expire", frozenset({"done"}), "done", _SYSTEM, None, _WAITING),
    ReferralStep("reopen", frozenset({"done"}), "approved", _DECIDERS | _SYSTEM),
)


def _fits(row: ReferralStep, state: str, role: str, internal: bool, confirmation: str | None) -> bool:
    roles = row.roles | _PUSKESOS if internal and row.roles & _AGENCY else row.roles
    return state in row.sources and role in roles and confirmation in row.confirmations


def next_state(
    state: str, step: str, role: str, *, internal: bool = False, confirmation: str | None = "waiting"
) -> str:
    """The state that `step` by `role` leads to. Raises IllegalStep.

    `internal`: the referral is the Puskesos's own, whose officers then take the agency's steps. `confirmation` is what
    stands beside the state now; the resident confirms once (also after the deadline).
    """
    for row in REFERRAL_STEPS:
        if row.step == step and _fits(row, state, role, internal, confirmation):
            return row.target
    raise IllegalStep(state, step, role)


def allowed_steps(
    state: str, role: str, *, internal: bool = False, confirmation: str | None = "waiting"
) -> tuple[str, ...]:
    """The steps that `role` may take from `state`, in the table's order, each once."""
    found = (row.step for row in REFERRAL_STEPS if _fits(row, state, role, internal, confirmation))
    return tuple(dict.fromkeys(found))


def ticket_state(referrals: Sequence[tuple[str, str | None]]) -> str:
    """What a ticket is, from (state, confirmation) of its referrals; `returned` ones live on in those that follow them.

    registered (none yet), checking (one is undecided), decided (none has left yet), in_progress, resolved (all ended, a
    resident's word is awaited), confirmed, unconfirmed, rejected (nothing was done).
    """
    if not referrals:
        return "registered"
    present = [pair for pair in referrals if pair[0] != "returned"]
    states = {state for state, _ in present}
    if "drafted" in states:
        return "checking"
    if states & OPEN or not present:
        return "decided" if states <= {"approved", "rejected", "revoked"} and present else "in_progress"
    words = {confirmation for state, confirmation in present if state == "done"}
    if not words:
        return "rejected"
    if words == {"helped"}:
        return "confirmed"
    return "unconfirmed" if words <= {"helped", "unconfirmed"} else "resolved"
