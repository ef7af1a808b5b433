"""docs/nlu.md against the data: a writer's file that is named but missing was once measured, and lost."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from nlu.messages import MESSAGES, OWN, load
from tests.bench import parsing, understanding

_ROW = re.compile(r"^\| `(\w+)` \|.*\| ([\d,]+) \| ([\d,]+) \|$", re.M)


def test_the_table_of_writers_counts_what_is_there(repository: Path) -> None:
    told = {
        name: (int(count.replace(",", "")), int(urgent.replace(",", "")))
        for name, count, urgent in _ROW.findall((repository / "docs" / "nlu.md").read_text(encoding="utf-8"))
    }
    messages = [message for folder in (MESSAGES, OWN) for message in load(folder)]
    files = Counter(message.source.partition(".")[0] for message in messages)
    urgent = Counter(message.source.partition(".")[0] for message in messages if message.urgent)
    assert told == {name: (count, urgent[name]) for name, count in files.items()}


def test_each_file_has_one_writer_of_its_own_name() -> None:
    assert all(message.writer == message.source.partition(".")[0] for message in load())


def test_the_measurements_name_writers_that_exist() -> None:
    files = {path.name for path in MESSAGES.glob("*.msg")}
    assert {f"{writer}.msg" for writer in understanding.HELD_OUT} < files
    assert parsing.FILE in files
