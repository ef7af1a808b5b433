"""Adds the shared sentence features to each message."""

from __future__ import annotations

import hashlib
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.components.common import FIRST_WORDS, PIECES, labelled, text_of
from nlu.models.features import TextFeatures
from nlu.models.windows import pieces_of

_FILE = "terms.json"
_NAME = "MessageFeaturizer"


class Row(Features):
    """A message's row. Rasa's own fingerprint writes every number out as text: half a minute for all messages."""

    def fingerprint(self) -> str:
        """Return a hash of what the row holds."""
        row = self.features
        told = hashlib.md5(f"{self.type} {self.attribute} {self.origin} {row.shape}".encode(), usedforsecurity=False)
        for part in (row.indices, row.data):
            told.update(part.tobytes())
        return told.hexdigest()


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class MessageFeaturizer(GraphComponent):
    """TF-IDF of words, stems, characters and shape; see :mod:`nlu.models.features`."""

    def __init__(self, storage: ModelStorage, resource: Resource, features: TextFeatures) -> None:
        self._storage = storage
        self._resource = resource
        self._features = features

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> MessageFeaturizer:
        """Return an untrained featurizer."""
        return cls(model_storage, resource, TextFeatures())

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> MessageFeaturizer:
        """Return the trained featurizer."""
        with model_storage.read_from(resource) as folder:
            features = TextFeatures.load(folder / _FILE)
        features.transform([FIRST_WORDS])
        return cls(model_storage, resource, features)

    def train(self, training_data: TrainingData) -> Resource:
        """Learn the terms of the training messages."""
        self._features.fit([text_of(message) for message in labelled(training_data)])
        with self._storage.write_to(self._resource) as folder:
            self._features.save(folder / _FILE)
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Add features to the training messages."""
        self._add(labelled(training_data))
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Add features to *messages*, all at once; long ones bring those of their pieces too."""
        self._add(messages)
        for message in messages:
            if pieces := pieces_of(text_of(message)):
                message.set(PIECES, self._features.transform(pieces))
        return messages

    def _add(self, messages: list[Message]) -> None:
        rows = self._features.transform([text_of(message) for message in messages])
        for i, message in enumerate(messages):
            row = rows if len(messages) == 1 else rows[i]
            message.add_features(Row(row, FEATURE_TYPE_SENTENCE, TEXT, _NAME))
