"""The lifecycle's table against what the design promises."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.lifecycle import (
    CONFIRMATIONS,
    ENDED,
    OPEN,
    OUTCOMES,
    REFERRAL_STEPS,
    STATES,
    TICKET_STATES,
    TICKET_STEPS,
    IllegalStep,
    Standing,
    allowed_steps,
    allowed_ticket_steps,
    next_state,
    ticket_state,
    ticket_step,
)

ROLES = ("resident", "fo", "bo", "coordinator", "manager", "agency", "system")
STEPS = tuple(dict.fromkeys(row.step for row in REFERRAL_STEPS))
states = st.sampled_from(STATES)
roles = st.sampled_from(ROLES)
confirmations = st.sampled_from([None, *CONFIRMATIONS])


def test_the_straight_way() -> None:
    """From draft to done, each by whom the design names."""
    state = "drafted"
    way = [
        ("approve", "coordinator", "approved"),
        ("send", "system", "sent"),
        ("receive", "system", "received"),
        ("accept", "agency", "accepted"),
        ("start", "agency", "in_progress"),
        ("finish", "agency", "done"),
        ("confirm_helped", "resident", "done"),
    ]
    for step, role, expected in way:
        state = next_state(state, step, role)
        assert state == expected


@given(state=states, role=roles, internal=st.booleans(), confirmation=confirmations)
def test_allowed_steps_are_those_that_work(state: str, role: str, internal: bool, confirmation: str | None) -> None:
    """What is offered can be done, what is not offered can't."""
    allowed = allowed_steps(state, role, internal=internal, confirmation=confirmation)
    for step in STEPS:
        if step in allowed:
            assert next_state(state, step, role, internal=internal, confirmation=confirmation) in STATES
        else:
            with pytest.raises(IllegalStep):
                next_state(state, step, role, internal=internal, confirmation=confirmation)


@given(role=roles, internal=st.booleans(), confirmation=confirmations)
def test_what_was_returned_rejected_or_revoked_stays_so(role: str, internal: bool, confirmation: str | None) -> None:
    """Only a finished referral has anything after its end."""
    for state in ENDED - {"done"}:
        assert allowed_steps(state, role, internal=internal, confirmation=confirmation) == ()


def test_nothing_is_finished_by_the_system() -> None:
    """Nothing is closed by silence: the system never says done, rejected or helped."""
    for state in STATES:
        for step in allowed_steps(state, "system"):
            assert step in {"approve", "close", "send", "receive", "expire", "reopen"}
    assert next_state("done", "expire", "system") == "done"


@pytest.mark.parametrize("role", ["fo", "bo"])
def test_front_and_back_office_do_not_decide(role: str) -> None:
    """They register and recommend; in the Puskesos's own referrals they do the agency's work."""
    assert all(allowed_steps(state, role) == () for state in STATES)
    assert allowed_steps("received", role, internal=True) == ("reject", "accept", "return", "finish")
    assert "approve" not in allowed_steps("drafted", role, internal=True)


def test_the_resident_confirms_once_and_may_be_late() -> None:
    """A second press of an old button is refused; an answer after the deadline is welcome."""
    both = ("confirm_helped", "confirm_not_helped")
    assert allowed_steps("done", "resident", confirmation="waiting") == both
    assert allowed_steps("done", "resident", confirmation="unconfirmed") == both
    assert allowed_steps("done", "resident", confirmation="helped") == ()
    assert allowed_steps("done", "resident", confirmation="not_helped") == ()
    assert allowed_steps("in_progress", "resident") == ()


def test_not_helped_reopens() -> None:
    """The referral goes its way again."""
    assert next_state("done", "reopen", "system", confirmation="not_helped") == "approved"


def test_an_agency_may_answer_a_mail_before_we_noted_that_it_left() -> None:
    """A crash between sending and marking leaves `approved`; the agency's answer still counts."""
    assert {"accept", "return", "reject", "finish"} <= set(allowed_steps("approved", "agency"))


def test_what_must_be_said() -> None:
    """A refusal needs a reason, an end an outcome."""
    requires = {(row.step, row.requires) for row in REFERRAL_STEPS if row.requires}
    reasoned = {(step, "reason") for step in ("reject", "revoke", "return", "reopen")}
    assert requires == reasoned | {("finish", "outcome")}
    assert len(set(OUTCOMES)) == 9


@given(st.lists(st.sampled_from([*ROLES]).flatmap(lambda role: st.tuples(st.just(role), st.sampled_from(STEPS)))))
def test_any_walk_stays_in_the_table(walk: list[tuple[str, str]]) -> None:
    """Whatever is tried in whatever order: a known state, and never from an end back to the way but by reopening."""
    state = "drafted"
    for role, step in walk:
        try:
            after = next_state(state, step, role)
        except IllegalStep:
            continue
        assert after in STATES
        if state in ENDED and after in OPEN:
            assert step == "reopen"
        state = after


@pytest.mark.parametrize(
    ("referrals", "expected"),
    [
        ([], "registered"),
        ([("drafted", None), ("sent", None)], "checking"),
        ([("approved", None)], "decided"),
        ([("approved", None), ("rejected", None)], "decided"),
        ([("sent", None)], "in_progress"),
        ([("approved", None), ("done", "helped")], "in_progress"),
        ([("done", "waiting"), ("in_progress", None)], "in_progress"),
        ([("done", "waiting")], "resolved"),
        ([("done", "waiting"), ("done", "helped")], "resolved"),
        ([("done", "helped"), ("rejected", None)], "confirmed"),
        ([("done", "helped"), ("returned", None), ("revoked", None)], "confirmed"),
        ([("done", "unconfirmed"), ("done", "helped")], "unconfirmed"),
        ([("done", "unconfirmed"), ("done", "waiting")], "resolved"),
        ([("done", "not_helped")], "resolved"),
        ([("rejected", None), ("revoked", None)], "rejected"),
        ([("returned", None)], "in_progress"),
        ([("returned", None), ("approved", None)], "decided"),
    ],
)
def test_ticket_state(referrals: list[tuple[str, str | None]], expected: str) -> None:
    """A ticket follows from its referrals."""
    assert ticket_state([Standing(*pair) for pair in referrals]) == expected


standings = st.builds(Standing, states, confirmations, st.booleans())


@given(st.lists(standings, min_size=1))
def test_a_ticket_is_confirmed_by_the_resident_alone(referrals: list[Standing]) -> None:
    """Confirmed means that every done referral was confirmed and none is open; the order says nothing."""
    found = ticket_state(referrals)
    assert found == ticket_state(list(reversed(referrals)))
    if found == "confirmed":
        assert all(state in ENDED for state, _, _ in referrals)
        assert {word for state, word, _ in referrals if state == "done"} == {"helped"}
    if any(state in OPEN for state, _, _ in referrals):
        assert found in {"checking", "decided", "in_progress", "reopened"}
    assert found in TICKET_STATES


def test_a_referral_that_goes_out_again_reopens_its_ticket_until_the_agency_takes_it() -> None:
    assert ticket_state([Standing("approved", None, True), Standing("done", "helped")]) == "reopened"
    assert ticket_state([Standing("accepted", None, True)]) == "in_progress"


ticket_states, ticket_steps = st.sampled_from(TICKET_STATES), st.sampled_from(sorted({r.step for r in TICKET_STEPS}))


@given(state=ticket_states, step=ticket_steps, role=roles, blocked=st.booleans())
def test_a_ticket_step_is_offered_exactly_when_it_can_be_taken(state: str, step: str, role: str, blocked: bool) -> None:
    broken = ("nothing_under_way",) if blocked else ()
    if step in allowed_ticket_steps(state, role, broken=broken):
        target = ticket_step(state, step, role, broken=broken).target
        assert target is None or target in TICKET_STATES
        return
    with pytest.raises(IllegalStep) as refused:
        ticket_step(state, step, role, broken=broken)
    assert (refused.value.of, refused.value.state, refused.value.step) == ("ticket", state, step)
    fits = [row for row in TICKET_STEPS if row.step == step and state in row.sources]
    mine = [row for row in fits if role in row.roles]
    assert refused.value.why == ("nothing_under_way" if mine else "role" if fits else "state")


@given(step=ticket_steps, role=st.sampled_from(["agency", "system", "admin"]), state=ticket_states)
def test_a_ticket_is_closed_by_its_resident_or_an_officer_never_by_an_agency_or_the_machine(
    step: str, role: str, state: str
) -> None:
    assert allowed_ticket_steps(state, role) == ()


@given(role=roles)
def test_what_was_merged_stays_merged(role: str) -> None:
    assert allowed_ticket_steps("merged", role) == ()


def test_whoever_ends_a_ticket_says_why_but_the_resident_need_not() -> None:
    for row in TICKET_STEPS:
        if row.target in {"rejected", "withdrawn"}:
            assert (row.requires == "reason") == ("resident" not in row.roles)


def test_an_agency_that_has_it_hears_when_it_is_called_back() -> None:
    for row in REFERRAL_STEPS:
        if row.target == "revoked" and row.sources & OPEN:
            assert [tell.to for tell in row.tells] == ["unit"]
            assert "end_links" in row.then
