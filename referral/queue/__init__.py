"""The queue: what must leave the house, as rows that are written in the transaction that causes them.

A lane is a receiver. How many rows of it may be on their way at a time is data (`delivery.yml`); in an ordered lane (a
chat) it is one, and always the oldest that waits. Times are the database's, so the clocks of several machines need not
agree.
"""

from __future__ import annotations

from referral.queue.archive import Travel, archive_ended, claim_overdue, forget_payloads, travels
from referral.queue.claiming import claim, claim_leased, prolong, release
from referral.queue.lanes import LaneState, failed, of_lane, pause, take_again, under_way, worked
from referral.queue.marking import bounced, done, done_many, drop, hold, retry, wake_if_waiting
from referral.queue.people import HeldDelivery, LaneStatus, held, replay, resting, retry_held, status
from referral.queue.writing import CHANNEL, LEASE_SECONDS, NewDelivery, enqueue, wake

__all__ = [
    "CHANNEL",
    "LEASE_SECONDS",
    "HeldDelivery",
    "LaneState",
    "LaneStatus",
    "NewDelivery",
    "Travel",
    "archive_ended",
    "bounced",
    "claim",
    "claim_leased",
    "claim_overdue",
    "done",
    "done_many",
    "drop",
    "enqueue",
    "failed",
    "forget_payloads",
    "held",
    "hold",
    "of_lane",
    "pause",
    "prolong",
    "release",
    "replay",
    "resting",
    "retry",
    "retry_held",
    "status",
    "take_again",
    "travels",
    "under_way",
    "wake",
    "wake_if_waiting",
    "worked",
]
