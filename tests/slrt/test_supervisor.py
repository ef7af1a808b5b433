"""Roles that become ready, give up, stop and start again."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from slrt.errors import StartError
from slrt.supervisor import GAVE_UP, READY, Role, Supervisor

SAY_READY = f"import time; print('{READY}', flush=True); time.sleep(600)"


class Heard:
    """What the supervisor told."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def tell(self, line: str) -> None:
        """A line for people."""
        self.lines.append(line)


@pytest.fixture
def heard() -> Heard:
    """What was told."""
    return Heard()


@pytest.fixture
async def supervisor(tmp_path: Path, heard: Heard) -> AsyncIterator[Supervisor]:
    """A supervisor that is closed in the end."""
    made = Supervisor(tmp_path / "logs", heard.tell)
    yield made
    await made.close()


def role(code: str, **more: object) -> Role:
    """A role that runs a line of Python."""
    return Role("contoh", (sys.executable, "-c", code), **more)  # type: ignore[arg-type]


async def test_a_role_is_ready_when_it_says_so(supervisor: Supervisor) -> None:
    supervisor.start(role(SAY_READY))
    await supervisor.ready("contoh")


async def test_a_role_that_gives_up_ends_the_start_with_its_last_words(supervisor: Supervisor) -> None:
    supervisor.start(role(f"print('Port 80 is taken.'); raise SystemExit({GAVE_UP})"))
    with pytest.raises(StartError, match=r"^Port 80 is taken\.$"):
        await supervisor.ready("contoh")


async def test_a_role_that_never_becomes_ready_ends_the_start(supervisor: Supervisor) -> None:
    async def never() -> None:
        raise RuntimeError("It does not answer.")

    supervisor.start(role("import time; time.sleep(600)", ready=never))
    with pytest.raises(StartError, match=r"It does not answer\. Its last words are in .*contoh\.log"):
        await supervisor.ready("contoh")


async def test_a_role_that_stops_is_started_again(supervisor: Supervisor, heard: Heard, tmp_path: Path) -> None:
    mark = tmp_path / "was here"
    once = f"import os, sys; first = not os.path.exists({str(mark)!r}); open({str(mark)!r}, 'w').close()"
    supervisor.start(role(f"{once}; sys.exit(3) if first else None; {SAY_READY}"))
    await supervisor.ready("contoh")
    assert any("kode 3" in line for line in heard.lines)
