"""Gives Rasa the ``.msg`` files, so that ``rasa train`` and ``rasa data validate`` read what the writers wrote."""

from __future__ import annotations

import hashlib
from functools import cached_property
from pathlib import Path
from typing import Any, Optional, Union

from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.messages import LabelledMessage, load, without_contradictions


class Example(Message):
    """A message that is cheap to copy and to hash: Rasa does both several times to each, for most of a minute."""

    def __deepcopy__(self, memo: dict[int, Any]) -> Example:
        """Return a copy that shares the parts which nobody changes."""
        return Example(dict(self.data), set(self.output_properties), self.time, list(self.features))

    def fingerprint(self) -> str:
        """Return a hash of what the message holds."""
        if self._cached_fingerprint is None:
            told = f"{self.data!r} {[feature.fingerprint() for feature in self.features]}"
            self._cached_fingerprint: Optional[str] = hashlib.md5(told.encode(), usedforsecurity=False).hexdigest()
        return self._cached_fingerprint


def as_rasa(message: LabelledMessage) -> Message:
    """Return *message* as Rasa's own kind, with needs, urgent, variety and writer as example metadata."""
    return Example.build(
        text=message.text,
        intent=message.intent,
        entities=[
            {"entity": span.entity, "value": span.value, "start": span.start, "end": span.end} for span in message.spans
        ],
        example_metadata={
            "needs": list(message.needs),
            "urgent": message.urgent,
            "variety": message.variety,
            "writer": message.writer,
        },
    )


class MessageFiles(RasaFileImporter):
    """Reads every ``.msg`` file below the folders given as training data, besides Rasa's own YAML."""

    def __init__(
        self,
        config_file: Optional[str] = None,
        domain_path: Optional[str] = None,
        training_data_paths: Optional[Union[list[str], str]] = None,
    ) -> None:
        super().__init__(config_file, domain_path, training_data_paths)
        paths = [training_data_paths] if isinstance(training_data_paths, str) else training_data_paths or []
        self._folders = sorted({folder for path in paths for folder in _folders(Path(path))})

    @cached_property
    def _messages(self) -> list[LabelledMessage]:
        return without_contradictions(message for folder in self._folders for message in load(folder))

    def get_nlu_data(self, language: Optional[str] = "en") -> TrainingData:
        """Return the training data of YAML and ``.msg`` files together."""
        data = super().get_nlu_data(language)
        examples = [as_rasa(message) for message in self._messages]
        return data.merge(TrainingData(examples)) if data.training_examples else TrainingData(examples)


def _folders(path: Path) -> set[Path]:
    """Return the folders below *path* that hold ``.msg`` files."""
    if path.is_file():
        return set()
    return {file.parent for file in path.rglob("*.msg")}
