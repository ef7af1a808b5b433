"""Every text that a person reads, and the one function that fills it in."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

FOLDER = Path(__file__).parent


@cache
def environment() -> Environment:
    """The Jinja2 environment: HTML is escaped, plain text (`.txt`) is not, a missing value is an error."""
    return Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(template: str, **values: Any) -> str:
    """Fill in a template by its path below this folder (`bot/greeting.txt`); outer blank lines are dropped."""
    return environment().get_template(template).render(values).strip()
