"""Test sets: JSON Lines as ``LABELS.md`` describes them, one message a line, fields may be missing."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nlu.errors import BadRow


@dataclass(frozen=True)
class Row:
    """One message with what is known of it; ``None`` where the file says nothing.

    ``any_need`` stands for "at least one of these must be found".
    """

    text: str
    intent: str | None
    needs: frozenset[str] | None
    any_need: frozenset[str] | None
    urgent: bool | None
    entities: frozenset[tuple[str, str]] | None
    variety: str | None


def row_of(data: dict[str, Any]) -> Row:
    """Return the row in *data*; raises ``KeyError``, ``TypeError`` or ``ValueError`` where it is no row."""
    if not isinstance(data["text"], str):
        raise TypeError("text is not a string")
    entities = data.get("entities")
    return Row(
        text=data["text"],
        intent=data.get("intent"),
        needs=_labels(data.get("needs")),
        any_need=_labels(data.get("any_need")),
        urgent=data.get("urgent"),
        entities=None if entities is None else frozenset((e["entity"], e["value"]) for e in entities),
        variety=data.get("variety"),
    )


def _labels(value: Any) -> frozenset[str] | None:
    if value is None:
        return None
    if not isinstance(value, list):
        raise TypeError("needs are not a list")
    return frozenset(value)


def read_rows(path: Path) -> list[Row]:
    """Return the rows of the file at *path*; raises :class:`BadRow` with file, line and what is wrong."""
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
        if not line.strip():
            continue
        try:
            rows.append(row_of(json.loads(line)))
        except json.JSONDecodeError as error:
            raise BadRow(path, number, f"no JSON: {error.msg}") from None
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise BadRow(path, number, f"{type(error).__name__}: {error}") from None
    return rows
