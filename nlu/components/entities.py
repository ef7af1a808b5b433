"""Entities: checked numbers by rule, everything else by the tagger; merged, in order, each with its norm."""

from __future__ import annotations

from typing import Any, Optional

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.components.common import FIRST_WORDS, labelled, text_of
from nlu.messages import Span
from nlu.models import tagger
from nlu.models.entities import find_entities

_FILE = "tagger.crf"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class EntityFinder(GraphComponent, EntityExtractorMixin):
    """Finds every entity type of :data:`nlu.labels.ENTITIES`."""

    def __init__(self, storage: ModelStorage, resource: Resource, trained: Optional[tagger.Tagger] = None) -> None:
        self._storage = storage
        self._resource = resource
        self._tagger = trained

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> EntityFinder:
        """Return an untrained finder."""
        return cls(model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> EntityFinder:
        """Return the trained finder."""
        with model_storage.read_from(resource) as folder:
            trained = tagger.Tagger((folder / _FILE).read_bytes())
        find_entities(FIRST_WORDS, trained)
        return cls(model_storage, resource, trained)

    def train(self, training_data: TrainingData) -> Resource:
        """Train the tagger on the marked spans."""
        examples = [(text_of(message), _spans(message)) for message in labelled(training_data)]
        with self._storage.write_to(self._resource) as folder:
            tagger.train(examples, folder / _FILE)
            self._tagger = tagger.Tagger((folder / _FILE).read_bytes())
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Set the entities of *messages*; offsets are those of the original text."""
        for message in messages:
            text = text_of(message)
            found = [
                {
                    "entity": span.entity,
                    "value": text[span.start : span.end],
                    "start": span.start,
                    "end": span.end,
                    "norm": span.norm,
                    "extractor": type(self).__name__,
                }
                for span in find_entities(text, self._tagger)
            ]
            message.set(ENTITIES, found, add_to_output=True)
        return messages


def _spans(message: Message) -> list[Span]:
    text = message.get(TEXT)
    return [
        Span(entity["entity"], text[entity["start"] : entity["end"]], entity["start"], entity["end"])
        for entity in message.get(ENTITIES, [])
    ]
