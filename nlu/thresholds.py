"""The numbers that decide between saying, asking and not knowing; they live in ``data/thresholds.yml``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml

FILE = Path(__file__).parent / "data" / "thresholds.yml"


@dataclass(frozen=True)
class Thresholds:
    """One field per number of the file, section first."""

    intent_sure: float
    intent_between: float
    intent_still_carrying: float
    needs_sure: float
    needs_present: float
    needs_likeliest: float
    needs_rival: float
    needs_intent_weight: float
    needs_candidate: float
    needs_candidates: int
    urgent_present: float
    abstain_plausible: float
    abstain_unknown_intent: float


def load(path: Path = FILE) -> Thresholds:
    """Return the thresholds in the YAML file at *path*.

    Raises ``ValueError`` naming file and field where one is missing, unknown or not a number.
    """
    sections = yaml.safe_load(path.read_text(encoding="utf-8"))
    values = {f"{section}_{name}": value for section, names in sections.items() for name, value in names.items()}
    expected = set(Thresholds.__dataclass_fields__)
    if wrong := expected ^ set(values):
        raise ValueError(f"{path.name}: missing or unknown field {sorted(wrong)[0]!r}")
    for name, value in values.items():
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            raise ValueError(f"{path.name}: field {name!r} is not a number: {value!r}")
    return Thresholds(**values)
