"""The life of a ticket and of its referrals as tables: who may take which step from where, and what follows from it.

`finish` leads to `done`; whether the resident was helped is kept beside the state as the confirmation (`waiting`,
`helped`, `not_helped`, `unconfirmed`), because an agency's "done" is not yet help. A ticket's state follows from its
referrals once each has been decided; its own steps are those before that, and those that close it.

docs/lifecycle.md is drawn from these tables.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from referral.errors import IllegalStep

__all__ = [
    "BEFORE_DECISION",
    "CLOCK_OF",
    "CLOSED",
    "CONFIRMATIONS",
    "ENDED",
    "FOLLOWING",
    "OPEN",
    "OUTCOMES",
    "REFERRAL_STEPS",
    "STATES",
    "TICKET_STATES",
    "TICKET_STEPS",
    "IllegalStep",
    "ReferralStep",
    "Standing",
    "StepEvent",
    "Tell",
    "TicketStep",
    "allowed_steps",
    "allowed_ticket_steps",
    "is_live",
    "next_state",
    "referral_step",
    "ticket_state",
    "ticket_step",
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
BEFORE_DECISION = ("registered", "checking", "visit_needed", "visited")
# whose turn it is in a state, by the clock that runs then; beside `done` the resident's runs while her word is awaited
CLOCK_OF: dict[str, Literal["verify", "follow_up", "finish"]] = {
    "drafted": "verify",
    "approved": "follow_up",
    "sent": "follow_up",
    "received": "follow_up",
    "accepted": "finish",
    "in_progress": "finish",
}
# what a ticket becomes because of its referrals
FOLLOWING = ("decided", "in_progress", "reopened", "resolved", "confirmed", "unconfirmed", "rejected")
TICKET_STATES = ("draft", *BEFORE_DECISION, *FOLLOWING, "merged", "withdrawn")
CLOSED = frozenset({"confirmed", "unconfirmed", "rejected", "withdrawn", "merged"})

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
_BEFORE = frozenset(BEFORE_DECISION)
_LATER = frozenset({"decided", "in_progress", "reopened", "resolved"})
_OPEN_TICKET = _BEFORE | _LATER

# how the steps are called in a ticket's timeline
StepEvent = Literal[
    "opened",
    "recommended",
    "sent_back",
    "visit_asked",
    "visit_done",
    "need_added",
    "approved",
    "rejected",
    "revoked",
    "sent",
    "received",
    "accepted",
    "started",
    "returned",
    "finished",
    "confirmed",
    "not_helped",
    "unconfirmed",
    "reopened",
    "ticket_rejected",
    "merged",
    "withdrawn",
    "ticket_reopened",
]


class Tell(NamedTuple):
    """Who hears of a step; `text` names the template."""

    to: Literal["resident", "unit"]
    text: str


_TO_RESIDENT: dict[str, tuple[Tell, ...]] = {
    name: (Tell("resident", name),) for name in ("sent", "accepted", "started", "finished", "rejected", "reopened")
}
_UNIT_CALLED_BACK = (Tell("unit", "called_back"),)
_TO_UNIT: dict[str, tuple[Tell, ...]] = {
    name: (Tell("unit", name),) for name in ("confirmed", "not_helped", "unconfirmed")
}


@dataclass(frozen=True)
class ReferralStep:
    """A row of the referral's table.

    `requires` is what must be said with it (reason, outcome); `confirmations` when it fits; `confirms` what stands
    beside the state afterwards, if that changes. `then` names what follows (see `actions.steps`), `tells` who
    hears of it.
    """

    step: str
    sources: frozenset[str]
    target: str
    roles: frozenset[str]
    event: StepEvent
    requires: str | None = None
    confirmations: frozenset[str | None] = _ANY
    confirms: str | None = None
    then: tuple[str, ...] = ()
    tells: tuple[Tell, ...] = ()


_DRAFTED, _DONE = frozenset({"drafted"}), frozenset({"done"})
_BACK = ("call_back",)
_END = ("call_back", "end_links")
_AGAIN = ("call_back", "start_anew", "deliver")

REFERRAL_STEPS = (
    ReferralStep("approve", _DRAFTED, "approved", _DECIDERS | _SYSTEM, "approved", then=("deliver",)),
    ReferralStep("reject", _DRAFTED, "rejected", _DECIDERS, "rejected", "reason", tells=_TO_RESIDENT["rejected"]),
    ReferralStep(
        "reject", _UNDER_WAY, "rejected", _AGENCY, "rejected", "reason", then=_BACK, tells=_TO_RESIDENT["rejected"]
    ),
    ReferralStep("revoke", _UNDER_WAY, "revoked", _DECIDERS, "revoked", "reason", then=_END, tells=_UNIT_CALLED_BACK),
    # the whole ticket ends: by the resident's wish, by an officer's decision, or because another ticket goes on with it
    ReferralStep("close", _DRAFTED, "revoked", _SYSTEM, "revoked", then=_END),
    ReferralStep("close", _UNDER_WAY, "revoked", _SYSTEM, "revoked", then=_END, tells=_UNIT_CALLED_BACK),
    ReferralStep("send", frozenset({"approved"}), "sent", _SYSTEM, "sent", tells=_TO_RESIDENT["sent"]),
    ReferralStep("receive", frozenset({"sent"}), "received", _SYSTEM | _AGENCY, "received"),
    ReferralStep("accept", _UNTAKEN, "accepted", _AGENCY, "accepted", tells=_TO_RESIDENT["accepted"]),
    ReferralStep("start", frozenset({"accepted"}), "in_progress", _AGENCY, "started", tells=_TO_RESIDENT["started"]),
    ReferralStep("return", _UNDER_WAY, "returned", _AGENCY, "returned", "reason", then=("call_back", "reroute")),
    ReferralStep(
        "finish",
        _UNDER_WAY,
        "done",
        _AGENCY,
        "finished",
        "outcome",
        confirms="waiting",
        tells=_TO_RESIDENT["finished"],
    ),
    ReferralStep(
        "confirm_helped",
        _DONE,
        "done",
        _RESIDENT,
        "confirmed",
        None,
        _LATE_TOO,
        "helped",
        tells=_TO_UNIT["confirmed"],
    ),
    ReferralStep(
        "confirm_not_helped",
        _DONE,
        "done",
        _RESIDENT,
        "not_helped",
        None,
        _LATE_TOO,
        "not_helped",
        ("tell_supervisor", "reopen"),
        _TO_UNIT["not_helped"],
    ),
    ReferralStep(
        "expire",
        _DONE,
        "done",
        _SYSTEM,
        "unconfirmed",
        None,
        _WAITING,
        "unconfirmed",
        tells=_TO_UNIT["unconfirmed"],
    ),
    ReferralStep(
        "reopen", _DONE, "approved", _DECIDERS, "reopened", "reason", then=_AGAIN, tells=_TO_RESIDENT["reopened"]
    ),
    ReferralStep("reopen", _DONE, "approved", _SYSTEM, "reopened", then=_AGAIN),
)


@dataclass(frozen=True)
class TicketStep:
    """A row of the ticket's table. Without `target` the state stays; `guard` names what must hold besides.

    Guards are nothing_under_way (no agency has it) and same_person (see `actions.closing`).
    """

    step: str
    sources: frozenset[str]
    target: str | None
    roles: frozenset[str]
    event: StepEvent
    requires: str | None = None
    guard: str | None = None
    tells: tuple[Tell, ...] = ()


TICKET_STEPS = (
    TicketStep("register", frozenset({"draft"}), "registered", _RESIDENT, "opened"),
    TicketStep("recommend", _BEFORE, "checking", _PUSKESOS, "recommended", "note"),
    TicketStep("recommend", _LATER, None, _PUSKESOS, "recommended", "note"),
    TicketStep("send_back", _BEFORE, "checking", _DECIDERS, "sent_back", "note"),
    TicketStep("send_back", _LATER, None, _DECIDERS, "sent_back", "note"),
    TicketStep("ask_visit", _BEFORE, "visit_needed", _PUSKESOS, "visit_asked"),
    TicketStep("ask_visit", _LATER, None, _PUSKESOS, "visit_asked"),
    TicketStep("record_visit", _BEFORE, "visited", _PUSKESOS, "visit_done", "finding"),
    TicketStep("record_visit", _LATER, None, _PUSKESOS, "visit_done", "finding"),
    TicketStep("add_need", _OPEN_TICKET, None, _PUSKESOS | _RESIDENT, "need_added", "need"),
    TicketStep(
        "reject",
        _BEFORE,
        "rejected",
        _DECIDERS,
        "ticket_rejected",
        "reason",
        "nothing_under_way",
        (Tell("resident", "ticket_rejected"),),
    ),
    TicketStep(
        "merge", _OPEN_TICKET, "merged", _DECIDERS, "merged", "into", "same_person", (Tell("resident", "merged"),)
    ),
    TicketStep(
        "withdraw", _OPEN_TICKET, "withdrawn", _PUSKESOS, "withdrawn", "reason", None, (Tell("resident", "withdrawn"),)
    ),
    TicketStep("withdraw", _OPEN_TICKET, "withdrawn", _RESIDENT, "withdrawn"),
    TicketStep("reopen", frozenset({"rejected", "withdrawn"}), "checking", _DECIDERS, "ticket_reopened"),
)


def _fits(row: ReferralStep, state: str, role: str, internal: bool, confirmation: str | None) -> bool:
    return state in row.sources and role in _who(row, internal) and confirmation in row.confirmations


def _who(row: ReferralStep, internal: bool) -> frozenset[str]:
    return row.roles | _PUSKESOS if internal and row.roles & _AGENCY else row.roles


def referral_step(
    state: str, step: str, role: str, *, internal: bool = False, confirmation: str | None = "waiting"
) -> ReferralStep:
    """The row for `step` by `role` from `state`. Raises IllegalStep, which tells whether role or state is in the way.

    `internal`: the referral is the Puskesos's own, whose officers then take the agency's steps. `confirmation` is what
    stands beside the state now; the resident confirms once (also after the deadline).
    """
    rows = [row for row in REFERRAL_STEPS if row.step == step]
    for row in rows:
        if _fits(row, state, role, internal, confirmation):
            return row
    there = [row for row in rows if state in row.sources and confirmation in row.confirmations]
    raise IllegalStep(state, step, role, "role" if there else "state", "referral")


def next_state(
    state: str, step: str, role: str, *, internal: bool = False, confirmation: str | None = "waiting"
) -> str:
    """The state that `step` by `role` leads to. Raises IllegalStep. See `referral_step`."""
    return referral_step(state, step, role, internal=internal, confirmation=confirmation).target


def allowed_steps(
    state: str, role: str, *, internal: bool = False, confirmation: str | None = "waiting"
) -> tuple[str, ...]:
    """The steps that `role` may take from `state`, in the table's order, each once."""
    found = (row.step for row in REFERRAL_STEPS if _fits(row, state, role, internal, confirmation))
    return tuple(dict.fromkeys(found))


def ticket_step(state: str, step: str, role: str, *, broken: Collection[str] = ()) -> TicketStep:
    """The row for a ticket's `step` by `role`; `broken` are the guards that do not hold. Raises IllegalStep."""
    rows = [row for row in TICKET_STEPS if row.step == step]
    here = [row for row in rows if state in row.sources]
    mine = [row for row in here if role in row.roles]
    for row in mine:
        if row.guard not in broken:
            return row
    why = str(mine[0].guard) if mine else "role" if here else "state"
    raise IllegalStep(state, step, role, why, "ticket")


def allowed_ticket_steps(state: str, role: str, *, broken: Collection[str] = ()) -> tuple[str, ...]:
    """The steps that `role` may take on a ticket in `state`, in the table's order, each once."""
    found = (row.step for row in TICKET_STEPS if state in row.sources and role in row.roles and row.guard not in broken)
    return tuple(dict.fromkeys(found))


class Standing(NamedTuple):
    """How a referral stands; `again`: it was sent out again and the agency has not taken it yet."""

    state: str
    confirmation: str | None = None
    again: bool = False


def is_live(referral: Standing) -> bool:
    """Whether somebody still has to do something about a referral, the resident included."""
    awaited = referral.state == "done" and referral.confirmation == "waiting"
    return referral.state == "drafted" or referral.state in OPEN or awaited


def ticket_state(referrals: Sequence[Standing]) -> str:
    """What a ticket is by its referrals; `returned` ones live on in those that follow them.

    registered (none yet), checking (one is undecided), decided (none has left yet), reopened (one goes out again),
    in_progress, resolved (all ended, a resident's word is awaited), confirmed, unconfirmed, rejected (nothing done).
    """
    if not referrals:
        return "registered"
    present = [referral for referral in referrals if referral.state != "returned"]
    states = {referral.state for referral in present}
    if "drafted" in states:
        return "checking"
    if any(referral.again and referral.state in _UNTAKEN for referral in present):
        return "reopened"
    if states & OPEN or not present:
        return "decided" if states <= {"approved", "rejected", "revoked"} and present else "in_progress"
    words = {referral.confirmation for referral in present if referral.state == "done"}
    if not words:
        return "rejected"
    if words == {"helped"}:
        return "confirmed"
    return "unconfirmed" if words <= {"helped", "unconfirmed"} else "resolved"
