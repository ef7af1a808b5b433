"""Reading the labelled messages: ``.msg`` files, pleasant to write and to review.

A file::

    # writer: NAME
    @report health_treatment,food_aid urgent jambi
    - [anak](family_member) sayo sakit
      (a second line of the same message)

A header ``@INTENT NEEDS [urgent] VARIETY`` holds for the messages below it; ``-`` means no needs.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from nlu.labels import ENTITIES, INTENTS, INTENTS_WITH_NEEDS, NEEDS, VARIETIES

MESSAGES = Path(__file__).parent / "data" / "messages"
"""The writers' files."""

OWN = MESSAGES.parent / "own"
"""Mash that must never become a need, and the plainest words: written beside the writers' files."""

_ENTITY = re.compile(r"\[([^\[\]]+)\]\(([a-z_]+)\)")
_WRITER = re.compile(r"#\s*writer:\s*(\S+)")


@dataclass(frozen=True)
class Span:
    """A labelled piece of a message: ``text[start:end] == value``."""

    entity: str
    value: str
    start: int
    end: int


@dataclass(frozen=True)
class LabelledMessage:
    """One message as its writer labelled it; ``source`` is ``FILE:LINE``."""

    text: str
    intent: str
    needs: tuple[str, ...]
    urgent: bool
    variety: str
    writer: str
    spans: tuple[Span, ...]
    source: str


@dataclass(frozen=True)
class Header:
    """What an ``@`` line says of the messages below it."""

    intent: str
    needs: tuple[str, ...]
    urgent: bool
    variety: str


class MessageFileError(ValueError):
    """A message file does not keep to the format; the text lists each place and what is wrong there."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def parse_header(line: str) -> Header:
    """Return the header in *line*; raises ``ValueError`` saying which part is wrong."""
    parts = line[1:].split()
    if len(parts) not in (3, 4) or (len(parts) == 4 and parts[2] != "urgent"):
        raise ValueError("a header reads @INTENT NEEDS [urgent] VARIETY")
    needs = () if parts[1] == "-" else tuple(parts[1].split(","))
    header = Header(parts[0], needs, len(parts) == 4, parts[-1])
    if header.intent not in INTENTS:
        raise ValueError(f"unknown intent {header.intent!r}")
    if unknown := [need for need in needs if need not in NEEDS]:
        raise ValueError(f"unknown need {unknown[0]!r}")
    if header.variety not in VARIETIES:
        raise ValueError(f"unknown variety {header.variety!r}")
    if needs and header.intent not in INTENTS_WITH_NEEDS:
        raise ValueError(f"intent {header.intent} carries no needs")
    return header


def parse_text(marked: str) -> tuple[str, tuple[Span, ...]]:
    """Return the plain text of *marked* and its spans; raises ``ValueError`` on a bad mark."""
    plain, spans, last = "", [], 0
    for match in _ENTITY.finditer(marked):
        value, entity = match[1], match[2]
        if entity not in ENTITIES:
            raise ValueError(f"unknown entity {entity!r}")
        plain += marked[last : match.start()]
        spans.append(Span(entity, value, len(plain), len(plain) + len(value)))
        plain += value
        last = match.end()
    plain += marked[last:]
    if re.search(r"[\[\]]", plain):
        raise ValueError("stray square bracket")
    if not plain.strip():
        raise ValueError("empty message")
    return plain, tuple(spans)


def _blocks(lines: Iterable[str]) -> Iterator[tuple[int, str, str]]:
    """Yield (line number, kind, content); kind is ``header``, ``message`` or ``unreadable``."""
    number, message, blank = 0, "", ""
    for current, line in enumerate(lines, 1):
        if line.startswith("  ") and message:
            message += blank + "\n" + line[2:].rstrip()
            blank = ""
            continue
        if message and not line.strip():
            blank += "\n"  # kept only if the message goes on below
            continue
        blank = ""
        if message:
            yield number, "message", message
            message = ""
        if line.startswith("- "):
            number, message = current, line[2:].rstrip()
        elif line.startswith("@"):
            yield current, "header", line
        elif line.strip() and not line.startswith("#"):
            yield current, "unreadable", line
    if message:
        yield number, "message", message


def read_file(path: Path) -> tuple[list[LabelledMessage], list[str]]:
    """Return the messages of the file at *path* and what is wrong in it (``FILE:LINE: what``)."""
    lines = path.read_text(encoding="utf-8").splitlines()
    writer = next((m[1] for line in lines if (m := _WRITER.match(line))), path.stem)
    messages: list[LabelledMessage] = []
    problems: list[str] = []
    header: Header | None = None
    for number, kind, content in _blocks(lines):
        source = f"{path.name}:{number}"
        try:
            if kind == "header":
                header = None
                header = parse_header(content)
            elif kind == "unreadable":
                raise ValueError("neither header, message, continuation nor comment")
            elif header is None:
                raise ValueError("no valid header above this message")
            else:
                text, spans = parse_text(content)
                messages.append(
                    LabelledMessage(
                        text, header.intent, header.needs, header.urgent, header.variety, writer, spans, source
                    )
                )
        except ValueError as error:
            problems.append(f"{source}: {error}")
    return messages, problems


def load(folder: Path = MESSAGES) -> list[LabelledMessage]:
    """Return all messages of the ``.msg`` files in *folder*, by file name.

    Raises :class:`MessageFileError` with every problem of every file.
    """
    messages: list[LabelledMessage] = []
    problems: list[str] = []
    for path in sorted(folder.glob("*.msg")):
        found, wrong = read_file(path)
        messages += found
        problems += wrong
    if problems:
        raise MessageFileError(problems)
    return messages


def without_contradictions(messages: Iterable[LabelledMessage]) -> list[LabelledMessage]:
    """Return *messages* without those whose very text bears another intent more often (or earlier).

    Short answers ("belum pernah") mean different things in different conversations; a model that sees one
    message at a time can learn one meaning only.
    """
    messages = list(messages)
    intents: dict[str, Counter[str]] = defaultdict(Counter)
    for message in messages:
        intents[message.text][message.intent] += 1
    usual = {text: counts.most_common(1)[0][0] for text, counts in intents.items()}
    return [message for message in messages if message.intent == usual[message.text]]


def as_row(message: LabelledMessage) -> dict[str, object]:
    """Return *message* as a row of the test-set format (JSON Lines)."""
    return {
        "text": message.text,
        "intent": message.intent,
        "needs": list(message.needs),
        "urgent": message.urgent,
        "entities": [{"entity": span.entity, "value": span.value} for span in message.spans],
        "variety": message.variety,
    }


def write_jsonl(messages: Iterable[LabelledMessage], path: Path) -> None:
    """Write *messages* to *path* in the test-set format."""
    with path.open("w", encoding="utf-8") as file:
        for message in messages:
            file.write(json.dumps(as_row(message), ensure_ascii=False) + "\n")
