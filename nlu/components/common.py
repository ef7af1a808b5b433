"""What several components need: labels of training messages, the features a message carries."""

from __future__ import annotations

from typing import Any

from rasa.shared.constants import INTENT_MESSAGE_PREFIX
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, METADATA, METADATA_EXAMPLE, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix, vstack

PIECES = "piece_rows"
"""Where the features of a long message's pieces wait, one row each."""

FIRST_WORDS = "anak sayo saakit, di kelurahan kasang"
"""What a loaded component reads once: it brings in tables that the first resident would wait for (0.3 s)."""


def text_of(message: Message) -> str:
    """Return the message's text; a missing or strange one is the empty text.

    What begins with a slash is empty too: it is meant for Rasa's own handler, not for us.
    """
    text = message.get(TEXT)
    return text if isinstance(text, str) and not text.startswith(INTENT_MESSAGE_PREFIX) else ""


def labels_of(message: Message) -> dict[str, Any]:
    """Return what the importer stored beside a training message: needs, urgent, variety, writer."""
    example = (message.get(METADATA) or {}).get(METADATA_EXAMPLE)
    return dict(example or {})


def labelled(training_data: TrainingData) -> list[Message]:
    """Return the training messages that have a text."""
    return [message for message in training_data.training_examples if message.get(TEXT)]


def writers_of(messages: list[Message]) -> list[str]:
    """Return each message's writer; unknown writers count as one."""
    return [str(labels_of(message).get("writer", "unknown")) for message in messages]


def rows_of(messages: list[Message]) -> csr_matrix:
    """Return the sentence features of *messages*, one row each; raises ``ValueError`` where one has none."""
    rows = []
    for message in messages:
        found = [
            feature.features
            for feature in message.features
            if feature.attribute == TEXT and feature.type == FEATURE_TYPE_SENTENCE and feature.is_sparse()
        ]
        if not found:
            raise ValueError("a message carries no features: MessageFeaturizer must come before in config.yml")
        rows.append(found[0])
    return rows[0] if len(rows) == 1 else vstack(rows, format="csr")
