"""Asking the model without a server, from the product's Python: a child process that loads it once."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from nlu.errors import BatchFailed
from nlu.server import environment

_LAST_LINES = 15


def command(rasa_python: Path, model: Path) -> list[str]:
    """Return the command of the child process that parses JSON strings line by line."""
    return [str(rasa_python.absolute()), "-W", "ignore", "-m", "nlu.batch", str(model.resolve())]


def parse_all(rasa_python: Path, model: Path, texts: Iterable[str]) -> list[dict[str, Any]]:
    """Return what each of *texts* means, in order; raises :class:`BatchFailed`."""
    with tempfile.TemporaryDirectory(prefix="slrt-nlu-") as folder:
        done = subprocess.run(  # noqa: S603  # our own command, no shell
            command(rasa_python, model),
            input="".join(json.dumps(text) + "\n" for text in texts),
            capture_output=True,
            text=True,
            check=False,
            env=environment(Path(folder)),
        )
    if done.returncode != 0:
        raise BatchFailed("\n".join(done.stderr.splitlines()[-_LAST_LINES:]))
    return [json.loads(line) for line in done.stdout.splitlines()]


def parse_each(rasa_python: Path, model: Path, texts: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Yield what each of *texts* means as soon as it is known, one after the other.

    For a person who types; a file goes faster through :func:`parse_all`. Raises :class:`BatchFailed`.
    """
    with (
        tempfile.TemporaryDirectory(prefix="slrt-nlu-") as folder,
        subprocess.Popen(  # noqa: S603
            command(rasa_python, model),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment(Path(folder)),
        ) as child,
    ):
        assert child.stdin is not None
        assert child.stdout is not None
        for text in texts:
            child.stdin.write(json.dumps(text) + "\n")
            child.stdin.flush()
            line = child.stdout.readline()
            if not line:
                raise BatchFailed("the child process ended")
            yield json.loads(line)
        child.stdin.close()
