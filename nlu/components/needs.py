"""Which help the message asks for: several needs, or none."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import INTENT
from rasa.shared.nlu.training_data.message import Message

from nlu.components.common import labels_of
from nlu.components.linear import LinearComponent
from nlu.labels import INTENTS_WITH_NEEDS, NEEDS
from nlu.models import linear, stacking
from nlu.models.stacking import Stack
from nlu.models.windows import NEEDS_WEIGHT

CHANCES = "need_chances"
"""Where the probabilities wait for :class:`nlu.components.verdict.Verdict`."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class NeedsModel(LinearComponent[Stack]):
    """A calibrated probability for every need, each by itself."""

    kind = Stack
    piece_weight = NEEDS_WEIGHT

    def targets(self, messages: list[Message]) -> NDArray[np.bool_]:
        """Return messages by :data:`nlu.labels.NEEDS`; the last column is whether the intent carries needs."""
        return np.array(
            [
                [
                    *(need in labels_of(message).get("needs", ()) for need in NEEDS),
                    message.get(INTENT) in INTENTS_WITH_NEEDS,
                ]
                for message in messages
            ]
        )

    def calibrate(self, scores: linear.Floats, targets: NDArray[np.bool_], words: Sequence[int]) -> Stack:
        """Return what weighs each need's score together with the rest of the message."""
        return stacking.fit(scores, targets, words)

    def chances(self, scores: linear.Floats, words: Sequence[int]) -> linear.Floats:
        """Return the probability of each need."""
        assert self._calibration is not None
        return self._calibration.each(scores, words)

    def tell(self, message: Message, chances: NDArray[np.float64]) -> None:
        """Leave the probabilities for the verdict."""
        message.set(CHANCES, {need: float(chance) for need, chance in zip(NEEDS, chances, strict=True)})
