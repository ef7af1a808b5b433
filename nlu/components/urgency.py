"""Whether life or safety is at stake now: recall before precision."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.training_data.message import Message

from nlu.components.common import labels_of
from nlu.components.linear import LinearComponent
from nlu.models import linear
from nlu.models.windows import URGENT_WEIGHT

CHANCE = "urgent_chance"
"""Where the probability waits for :class:`nlu.components.verdict.Verdict`."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class UrgencyModel(LinearComponent[linear.Calibration]):
    """The calibrated probability that a message is urgent."""

    piece_weight = URGENT_WEIGHT

    def targets(self, messages: list[Message]) -> NDArray[np.bool_]:
        """Return messages by the one label "urgent"."""
        return np.array([[bool(labels_of(message).get("urgent"))] for message in messages])

    def calibrate(self, scores: linear.Floats, targets: NDArray[np.bool_], words: Sequence[int]) -> linear.Calibration:
        """Return Platt's calibration."""
        return linear.calibrate_each(scores, targets)

    def chances(self, scores: linear.Floats, words: Sequence[int]) -> linear.Floats:
        """Return the calibrated probability."""
        assert self._calibration is not None
        return self._calibration.each(scores)

    def tell(self, message: Message, chances: NDArray[np.float64]) -> None:
        """Leave the probability for the verdict."""
        message.set(CHANCE, float(chances[0]))
