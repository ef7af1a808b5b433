"""One-vs-rest linear models with probabilities calibrated on writers the model has not seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

Floats = NDArray[np.float64]

_STRENGTH = 0.3
_TOLERANCE = 0.1  # a tenth of it changes no figure and takes a third longer
_ROUNDS = 2  # a third costs a fifth of the time and calibrates no better
_THREADS = 2
_NEVER = -8.0  # the score of a label that training has never seen


@dataclass(frozen=True)
class Linear:
    """A weight column and an offset per label."""

    weights: NDArray[np.float32]
    offsets: Floats

    def scores(self, rows: csr_matrix) -> Floats:
        """Return one score per row and label; above zero means "rather yes"."""
        return np.asarray(rows @ self.weights, dtype=np.float64) + self.offsets


@dataclass(frozen=True)
class Calibration:
    """Turns scores into probabilities: ``sigmoid(slope * score + offset)`` per label, or a softmax of them."""

    slopes: Floats
    offsets: Floats

    def each(self, scores: Floats) -> Floats:
        """Return independent probabilities per label."""
        return np.asarray(1.0 / (1.0 + np.exp(-(scores * self.slopes + self.offsets))))

    def one_of(self, scores: Floats) -> Floats:
        """Return probabilities of labels that exclude each other; each row adds up to one."""
        scaled = scores * self.slopes + self.offsets
        powers = np.exp(scaled - scaled.max(axis=1, keepdims=True))
        return np.asarray(powers / powers.sum(axis=1, keepdims=True))


Fit = Callable[[csr_matrix, NDArray[np.bool_]], Linear]
"""Fits one classifier per column of the labels (messages by labels)."""


def fit(rows: csr_matrix, labels: NDArray[np.bool_]) -> Linear:
    """Fit a support-vector machine per column of *labels*."""
    return _fit(rows, labels, None)


def fit_balanced(rows: csr_matrix, labels: NDArray[np.bool_]) -> Linear:
    """Fit the same, the rarer answer of a column weighing as much as the other: for labels that exclude each other."""
    return _fit(rows, labels, "balanced")


def _fit(rows: csr_matrix, labels: NDArray[np.bool_], class_weight: str | None) -> Linear:
    from sklearn.svm import LinearSVC

    weights = np.zeros((rows.shape[1], labels.shape[1]), dtype=np.float32)
    offsets = np.full(labels.shape[1], _NEVER)
    rows = rows.astype(np.float64)  # the solver's own kind: once, not for every column

    def fit_one(column: int) -> None:
        present = labels[:, column]
        if present.any() and not present.all():
            model = LinearSVC(C=_STRENGTH, tol=_TOLERANCE, class_weight=class_weight, random_state=0).fit(rows, present)
            weights[:, column] = model.coef_[0]
            offsets[column] = model.intercept_[0]

    with ThreadPoolExecutor(_THREADS) as threads:  # the solver lets go of the interpreter's lock
        list(threads.map(fit_one, range(labels.shape[1])))
    return Linear(weights, offsets)


def folds(groups: Sequence[str], most: int = _ROUNDS) -> list[NDArray[np.bool_]]:
    """Return masks of the messages to hold out: whole writers, in at most *most* rounds.

    With a single writer every *most*-th message is held out.
    """
    names = sorted(set(groups))
    turns = np.arange(len(groups)) if len(names) == 1 else np.array([names.index(group) for group in groups])
    count = min(most, len(groups) if len(names) == 1 else len(names))
    return [turns % count == turn for turn in range(count)]


def held_out_scores(
    rows: csr_matrix,
    labels: NDArray[np.bool_],
    groups: Sequence[str],
    fitted: Fit = fit,
    rounds: int = _ROUNDS,
) -> Floats:
    """Return the scores of each message from a model that has not seen its writer."""
    scores = np.zeros(labels.shape)
    for held_out in folds(groups, rounds):
        scores[held_out] = fitted(rows[~held_out], labels[~held_out]).scores(rows[held_out])
    return scores


def calibrate_each(scores: Floats, labels: NDArray[np.bool_]) -> Calibration:
    """Return Platt's calibration of each label by its own *scores* (held out)."""
    from sklearn.linear_model import LogisticRegression

    slopes, offsets = np.ones(labels.shape[1]), np.zeros(labels.shape[1])
    for column in range(labels.shape[1]):
        present = labels[:, column]
        if present.any() and not present.all():
            model = LogisticRegression(C=100.0).fit(scores[:, [column]], present)
            slopes[column], offsets[column] = model.coef_[0, 0], model.intercept_[0]
    return Calibration(slopes, offsets)


def calibrate_one_of(scores: Floats, labels: NDArray[np.bool_]) -> Calibration:
    """Return one temperature for a softmax over *scores* (held out): order stays, confidence is mended."""
    right = labels.argmax(axis=1)
    count = labels.shape[1]
    best, best_loss = 1.0, np.inf
    for slope in np.geomspace(0.25, 8.0, 60):
        chances = Calibration(np.full(count, slope), np.zeros(count)).one_of(scores)
        loss = -np.log(chances[np.arange(len(right)), right] + 1e-12).mean()
        if loss < best_loss:
            best, best_loss = float(slope), loss
    return Calibration(np.full(count, best), np.zeros(count))


def save(path: Path, model: Linear, calibration: Mapping[str, Floats]) -> None:
    """Write *model* and the arrays of its *calibration* to *path* (npz).

    Weights are kept to three digits: no decision needs more. Compressed here, for the archive takes ten times as long.
    """
    np.savez_compressed(
        path, model_weights=model.weights.astype(np.float16), model_offsets=model.offsets, **calibration
    )


def load(path: Path) -> tuple[Linear, dict[str, Floats]]:
    """Return what :func:`save` wrote to *path*."""
    with np.load(path, allow_pickle=False) as arrays:
        found = dict(arrays)
    return Linear(found.pop("model_weights").astype(np.float32), found.pop("model_offsets")), found
