"""The frame that intent, needs and urgency share: train a linear model, keep it, load it."""

from __future__ import annotations

import abc
from collections.abc import Sequence
from typing import Any, ClassVar, Generic, Optional, TypeVar, Union

import numpy as np
from numpy.typing import NDArray
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix

from nlu.components.common import PIECES, labelled, rows_of, text_of, writers_of
from nlu.models import linear
from nlu.models.linear import Calibration, Floats
from nlu.models.stacking import Stack
from nlu.models.windows import blend, piece_lengths

_FILE = "model.npz"
C = TypeVar("C", bound="LinearComponent[Any]")
K = TypeVar("K", bound=Union[Calibration, Stack])


class LinearComponent(GraphComponent, abc.ABC, Generic[K]):
    """A one-vs-rest model over the shared features; subclasses say what it labels and what it tells."""

    kind: ClassVar[type[Union[Calibration, Stack]]] = Calibration
    """How its scores become probabilities."""
    piece_weight: float | None = None
    """How much a piece of a long message is believed; None: it is read as a whole alone."""

    def __init__(self, config: dict[str, Any], storage: ModelStorage, resource: Resource) -> None:
        self._config = config
        self._storage = storage
        self._resource = resource
        self._model: Optional[linear.Linear] = None
        self._calibration: Optional[K] = None

    @classmethod
    def create(
        cls: type[C], config: dict[str, Any], model_storage: ModelStorage, resource: Resource,
        execution_context: ExecutionContext,
    ) -> C:  # fmt: skip
        """Return an untrained component."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls: type[C], config: dict[str, Any], model_storage: ModelStorage, resource: Resource,
        execution_context: ExecutionContext, **kwargs: Any,
    ) -> C:  # fmt: skip
        """Return the trained component."""
        component = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            component._model, arrays = linear.load(folder / _FILE)
        component._calibration = cls.kind(**arrays)
        return component

    @abc.abstractmethod
    def targets(self, messages: list[Message]) -> NDArray[np.bool_]:
        """Return what is to be learnt: messages by labels."""

    @abc.abstractmethod
    def tell(self, message: Message, chances: NDArray[np.float64]) -> None:
        """Write what the calibrated *chances* (one per label) mean into *message*."""

    @abc.abstractmethod
    def calibrate(self, scores: Floats, targets: NDArray[np.bool_], words: Sequence[int]) -> K:
        """Return the calibration of held-out *scores* of messages with so many *words*."""

    @abc.abstractmethod
    def chances(self, scores: Floats, words: Sequence[int]) -> Floats:
        """Return calibrated probabilities."""

    def fit(self, rows: csr_matrix, targets: NDArray[np.bool_]) -> linear.Linear:
        """Return the model learnt from *rows*."""
        return linear.fit(rows, targets)

    def train(self, training_data: TrainingData) -> Resource:
        """Fit the model on all messages, and its calibration on writers held out in turn."""
        messages = labelled(training_data)
        rows, targets = rows_of(messages), self.targets(messages)
        held_out = linear.held_out_scores(rows, targets, writers_of(messages), self.fit)
        self._calibration = self.calibrate(held_out, targets, [len(text_of(message).split()) for message in messages])
        self._model = self.fit(rows, targets)
        with self._storage.write_to(self._resource) as folder:
            linear.save(folder / _FILE, self._model, vars(self._calibration))
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Tell what the model says of *messages*, all at once."""
        if self._model is not None and messages:
            lengths = [len(text_of(message).split()) for message in messages]
            whole = self.chances(self._model.scores(rows_of(messages)), lengths)
            for message, row, words in zip(messages, whole, lengths, strict=True):
                pieces = message.get(PIECES)
                if pieces is not None and self.piece_weight is not None:
                    told = self.chances(self._model.scores(pieces), piece_lengths(text_of(message)))
                    row = blend(row, told, words, self.piece_weight)
                self.tell(message, row)
        return messages
