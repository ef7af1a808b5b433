"""What the person is doing in the conversation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, INTENT_NAME_KEY, INTENT_RANKING_KEY, PREDICTED_CONFIDENCE_KEY
from rasa.shared.nlu.training_data.message import Message
from scipy.sparse import csr_matrix

from nlu.components.linear import LinearComponent
from nlu.labels import INTENTS
from nlu.models import linear


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class IntentModel(LinearComponent[linear.Calibration], IntentClassifier):
    """One intent per message, its confidence a calibrated probability."""

    def targets(self, messages: list[Message]) -> NDArray[np.bool_]:
        """Return messages by :data:`nlu.labels.INTENTS`."""
        return np.array([[message.get(INTENT) == intent for intent in INTENTS] for message in messages])

    def fit(self, rows: csr_matrix, targets: NDArray[np.bool_]) -> linear.Linear:
        """Return the model learnt from *rows*: rare intents count as much as frequent ones."""
        return linear.fit_balanced(rows, targets)

    def calibrate(self, scores: linear.Floats, targets: NDArray[np.bool_], words: Sequence[int]) -> linear.Calibration:
        """Return a temperature: intents exclude each other."""
        return linear.calibrate_one_of(scores, targets)

    def chances(self, scores: linear.Floats, words: Sequence[int]) -> linear.Floats:
        """Return probabilities that add up to one."""
        assert self._calibration is not None
        return self._calibration.one_of(scores)

    def tell(self, message: Message, chances: NDArray[np.float64]) -> None:
        """Set ``intent`` and the whole ``intent_ranking``."""
        ranking = [
            {INTENT_NAME_KEY: INTENTS[i], PREDICTED_CONFIDENCE_KEY: round(float(chances[i]), 4)}
            for i in np.argsort(-chances)
        ]
        message.set(INTENT, ranking[0], add_to_output=True)
        message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
