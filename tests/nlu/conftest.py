"""The Rasa environment for the tests that need it."""

from __future__ import annotations

from pathlib import Path

import pytest

from nlu import training
from nlu.server import ROOT

RASA_PYTHON = ROOT / ".venv-rasa" / "bin" / "python"


@pytest.fixture(scope="session")
def rasa_python() -> Path:
    """The interpreter of the Rasa environment; the test is skipped where there is none."""
    if not RASA_PYTHON.exists():
        pytest.skip("the Rasa environment is not set up (make setup)")
    return RASA_PYTHON


@pytest.fixture(scope="session")
async def model(rasa_python: Path) -> Path:
    """The trained model, trained once for one state of data and code."""
    return await training.ensure_model(rasa_python, ROOT / "data", print)
