"""What can go wrong in understanding; the docstring is the message."""

from __future__ import annotations


class NluError(Exception):
    """Base of all errors of this package."""

    def __str__(self) -> str:
        return (type(self).__doc__ or "").format(*self.args)


class RasaMissing(NluError):
    """There is no Python with Rasa at {0}; set up the Rasa environment first."""


class TrainingFailed(NluError):
    """Training the understanding failed; the last lines were:\n{0}"""


class ServerNotReady(NluError):
    """The Rasa server at {0} did not become ready within {1:.0f} s."""


class BatchFailed(NluError):
    """Asking the model in process failed; the last lines were:\n{0}"""


class BadRow(NluError):
    """{0}:{1}: {2}"""
