"""From the scores of all labels of a message to a probability of each: what else it says, and how long it is.

A score alone misleads: in a long letter a need told once scores low, and a need beside a much surer one is often
that one's shadow. A small logistic regression, shared by all needs, weighs this; it learns from writers held out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack

from nlu.models.linear import Calibration, Floats, calibrate_each

_MOST = 8.0  # log odds beyond which nothing changes
_STRENGTH = 0.5
_WORTH_LEARNING = -6.0  # log odds; what is surely absent teaches nothing and is most of all rows


@dataclass(frozen=True)
class Stack:
    """Turns scores into probabilities; the last column of the scores is whether the message carries needs at all.

    ``first_…`` calibrate each label by itself; ``means`` and ``scales`` bring the evidence to one scale,
    ``weights`` weigh it; ``slopes`` and ``offsets`` are each need's own.
    """

    first_slopes: Floats
    first_offsets: Floats
    means: Floats
    scales: Floats
    weights: Floats
    slopes: Floats
    offsets: Floats

    def each(self, scores: Floats, words: Sequence[int]) -> Floats:
        """Return independent probabilities per need.

        Args:
            scores: one row a message: needs, and carrying as the last column.
            words: how many each message has.
        """
        odds = _odds(Calibration(self.first_slopes, self.first_offsets).each(scores))
        evidence = (_evidence(odds, words) - self.means) / self.scales
        total = evidence @ self.weights + odds[:, :-1] * self.slopes + self.offsets
        return np.asarray(1.0 / (1.0 + np.exp(-total)))


def fit(scores: Floats, labels: NDArray[np.bool_], words: Sequence[int]) -> Stack:
    """Return the stack learnt from held-out *scores*; the last column of *labels* is whether needs are carried."""
    from sklearn.linear_model import LogisticRegression

    first = calibrate_each(scores, labels)
    odds = _odds(first.each(scores))
    evidence = _evidence(odds, words)
    means, scales = evidence.mean(axis=(0, 1)), evidence.std(axis=(0, 1)) + 1e-9
    own, present = odds[:, :-1], labels[:, :-1].ravel()
    count, needs = own.shape
    place = np.tile(np.arange(needs), count)
    shape = (count * needs, needs)
    each = csr_matrix((np.ones(len(place)), (np.arange(len(place)), place)), shape=shape)
    slopes = csr_matrix((own.ravel(), (np.arange(len(place)), place)), shape=shape)
    shared = csr_matrix(((evidence - means) / scales).reshape(-1, evidence.shape[2]))
    rows = hstack([shared, slopes, each], format="csr")
    worth = (own.ravel() > _WORTH_LEARNING) | present
    size = evidence.shape[2]
    weights = np.zeros(size + 2 * needs)
    base = 0.0
    if present.any() and not present[worth].all():
        model = LogisticRegression(C=_STRENGTH, max_iter=100).fit(rows[worth], present[worth])
        weights, base = model.coef_[0], float(model.intercept_[0])
    return Stack(
        first.slopes,
        first.offsets,
        means,
        scales,
        weights[:size],
        weights[size : size + needs],
        weights[size + needs :] + base,
    )


def _odds(chances: Floats) -> Floats:
    return np.clip(np.log((chances + 1e-12) / (1.0 - chances + 1e-12)), -_MOST, _MOST)


def _evidence(odds: Floats, words: Sequence[int]) -> Floats:
    """Return messages by needs by kinds of evidence."""
    own, carrying = odds[:, :-1], odds[:, -1:]
    chances = 1.0 / (1.0 + np.exp(-own))
    ordered = np.sort(own, axis=1)
    rival = np.where(own == ordered[:, -1:], ordered[:, -2:-1], ordered[:, -1:])
    others = chances.sum(axis=1, keepdims=True) - chances
    length = np.log(np.asarray(words, dtype=np.float64) + 1.0)[:, None] * np.ones_like(own)
    carried = carrying * np.ones_like(own)
    kinds = (own, rival, length, carried, others, own * length, own * carried, carried * rival)
    return np.stack(kinds, axis=2)
