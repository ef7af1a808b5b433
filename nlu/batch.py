"""Many messages through the model in one process: ``python -m nlu.batch MODEL``, in the Rasa environment.

Reads one JSON string a line, writes one JSON object a line, in order. Lines that are waiting already are
parsed together, so a file goes fast and a person at the keyboard gets each answer at once.
"""

from __future__ import annotations

import json
import queue
import sys
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

from nlu.answers import Question, question_of, understanding_of
from nlu.launcher import install

_TOGETHER = 512
_END = None


class Model:
    """A trained model, asked without a server."""

    def __init__(self, archive: Path) -> None:
        install()
        from rasa.core.agent import Agent

        self._processor = Agent.load(str(archive)).processor

    def answers(self, texts: list[str]) -> list[dict[str, Any]]:
        """Return Rasa's answers to *texts*, which must not be blank."""
        from rasa.core.channels.channel import UserMessage
        from rasa.engine.constants import PLACEHOLDER_MESSAGE, PLACEHOLDER_TRACKER

        target = self._processor.model_metadata.nlu_target
        messages = [UserMessage(text) for text in texts]
        results = self._processor.graph_runner.run(
            inputs={PLACEHOLDER_MESSAGE: messages, PLACEHOLDER_TRACKER: None}, targets=[target]
        )
        return [message.as_dict(only_output_properties=True) for message in results[target]]

    def parse(self, texts: list[str]) -> list[dict[str, Any]]:
        """Return what each of *texts* means, as ``slrt nlu parse`` writes it."""
        questions = [question_of(text) for text in texts]
        asked = [question for question in questions if question is not None]
        answers = iter(self.answers([question.text for question in asked]) if asked else [])
        return [
            _row(text, question, None if question is None else next(answers))
            for text, question in zip(texts, questions, strict=True)
        ]


def _row(text: str, question: Question | None, answer: dict[str, Any] | None) -> dict[str, Any]:
    if question is None or answer is None:
        return {"text": text, "intent": None, "confidence": 0.0, "needs": [], "urgent": False, "entities": [],
                "candidates": [], "known": False}  # fmt: skip
    meaning = understanding_of(answer, question, text)
    return {
        "text": text,
        "intent": answer["intent"]["name"],
        "confidence": meaning.confidence,
        "needs": [asdict(need) for need in meaning.needs],
        "urgent": meaning.urgent,
        "entities": [asdict(entity) for entity in meaning.entities],
        "candidates": [asdict(need) for need in meaning.candidates],
        "known": meaning.known,
    }


def _read(source: TextIO, lines: queue.Queue[str | None]) -> None:
    for line in source:
        if line.strip():
            lines.put(line)
    lines.put(_END)


def _waiting(lines: queue.Queue[str | None]) -> tuple[list[str], bool]:
    """Return the texts that wait (at least one, unless at the end), and whether more may come."""
    texts: list[str] = []
    while len(texts) < _TOGETHER:
        try:
            line = lines.get(block=not texts)
        except queue.Empty:
            break
        if line is _END:
            return texts, False
        texts.append(json.loads(line))
    return texts, True


def main(arguments: list[str]) -> None:
    """Serve standard input with the model named in *arguments*."""
    out = sys.stdout
    sys.stdout = sys.stderr  # whatever Rasa prints must not mix with the answers
    model = Model(Path(arguments[0]))
    lines: queue.Queue[str | None] = queue.Queue()
    threading.Thread(target=_read, args=(sys.stdin, lines), daemon=True).start()
    more = True
    while more:
        texts, more = _waiting(lines)
        for row in model.parse(texts) if texts else []:
            out.write(json.dumps(row, ensure_ascii=True) + "\n")
        out.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
