"""The real dispatcher in a hurry: `python -m tests.acceptance.hasty 25` has short leases and holds after 25 seconds."""

from __future__ import annotations

import sys

from referral.policy import Policy, Tries, load_policy
from slrt.cli import app
from slrt.roles import dispatcher

SECONDS = float(sys.argv[1])


def hasty() -> Policy:
    """The packaged policy, with less patience."""
    rules = load_policy()
    webhook = Tries(tries=60, first_seconds=0.1, cap_seconds=1, time_limit_seconds=5, hours=SECONDS / 3600)
    agency = rules.families["agency"]
    assert agency.breaker is not None
    breaker = agency.breaker.model_copy(update={"first_seconds": 0.5, "cap_seconds": 2})
    return rules.model_copy(
        update={
            "lease_seconds": 3,
            "poll_seconds": 0.5,
            "tidy_seconds": 1,
            "families": {**rules.families, "agency": agency.model_copy(update={"breaker": breaker})},
            "kinds": {**rules.kinds, "webhook": webhook},
        }
    )


dispatcher.load_policy = hasty
app(["dispatcher"])
