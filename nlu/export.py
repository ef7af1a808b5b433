"""The labelled messages as Rasa's own YAML, for Rasa's own commands and for whoever wants to try another pipeline."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import yaml

from nlu.messages import LabelledMessage

_FORMAT = "3.1"


def marked(message: LabelledMessage) -> str:
    """Return the text of *message* with its entities in Rasa's marks: ``[anak](family_member) sayo sakit``."""
    text, last = "", 0
    for span in message.spans:
        text += f"{message.text[last : span.start]}[{span.value}]({span.entity})"
        last = span.end
    return text + message.text[last:]


def as_yaml(messages: Iterable[LabelledMessage], name_of: Callable[[LabelledMessage], str] | None = None) -> str:
    """Return *messages* as Rasa training data; needs, urgent and variety stand in each example's metadata.

    Args:
        messages: what to write.
        name_of: gives the intent's name; the label of the message where it is left out.
    """
    examples: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for message in messages:
        metadata = {"needs": list(message.needs), "urgent": message.urgent, "variety": message.variety}
        name = message.intent if name_of is None else name_of(message)
        examples[name].append({"text": marked(message), "metadata": metadata})
    nlu = [{"intent": intent, "examples": examples[intent]} for intent in sorted(examples)]
    return yaml.safe_dump({"version": _FORMAT, "nlu": nlu}, allow_unicode=True, sort_keys=False, width=10_000)


def write_yaml(messages: Iterable[LabelledMessage], path: Path) -> None:
    """Write *messages* to *path* as Rasa training data."""
    path.write_text(as_yaml(messages), encoding="utf-8")
