"""The last word on a message: which needs are believed, which are offered, and whether we know at all."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, INTENT_NAME_KEY, INTENT_RANKING_KEY, PREDICTED_CONFIDENCE_KEY
from rasa.shared.nlu.training_data.message import Message

from nlu.components.common import text_of
from nlu.components.needs import CHANCES
from nlu.components.urgency import CHANCE
from nlu.models.verdict import Verdict, judge
from nlu.thresholds import load


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class VerdictGiver(GraphComponent):
    """Adds ``needs``, ``candidates``, ``urgent`` and ``known`` to the answer; mends the intent where we don't know."""

    def __init__(self) -> None:
        self._thresholds = load()

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> VerdictGiver:
        """Return the component; its thresholds come from ``nlu/data/thresholds.yml``."""
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        """Judge *messages*."""
        for message in messages:
            ranking = message.get(INTENT_RANKING_KEY) or []
            intents = {entry[INTENT_NAME_KEY]: entry[PREDICTED_CONFIDENCE_KEY] for entry in ranking}
            verdict = judge(
                text_of(message), intents, message.get(CHANCES) or {}, message.get(CHANCE) or 0.0, self._thresholds
            )
            self._tell(message, verdict)
        return messages

    def _tell(self, message: Message, verdict: Verdict) -> None:
        intent = {INTENT_NAME_KEY: verdict.intent, PREDICTED_CONFIDENCE_KEY: verdict.confidence}
        message.set(INTENT, intent, add_to_output=True)
        message.set("needs", [vars(need) for need in verdict.needs], add_to_output=True)
        message.set("candidates", [vars(need) for need in verdict.candidates], add_to_output=True)
        message.set("urgent", verdict.urgent, add_to_output=True)
        message.set("known", verdict.known, add_to_output=True)
