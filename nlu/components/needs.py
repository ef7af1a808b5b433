"""Which help the message asks for: several needs, or none."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.training_data.message import Message

from nlu.components.common import labels_of
from nlu.components.linear import LinearComponent
from nlu.labels import NEEDS

CHANCES = "need_chances"
"""Where the probabilities wait for :class:`nlu.components.verdict.Verdict`."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class NeedsModel(LinearComponent):
    """A calibrated probability for every need, each by itself."""

    in_pieces = True

    def targets(self, messages: list[Message]) -> NDArray[np.bool_]:
        """Return messages by :data:`nlu.labels.NEEDS`."""
        needs = [labels_of(message).get("needs", ()) for message in messages]
        return np.array([[need in present for need in NEEDS] for present in needs])

    def tell(self, message: Message, chances: NDArray[np.float64]) -> None:
        """Leave the probabilities for the verdict."""
        message.set(CHANCES, {need: float(chance) for need, chance in zip(NEEDS, chances, strict=True)})
