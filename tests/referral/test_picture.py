"""docs/lifecycle.md tells what the tables say."""

from __future__ import annotations

from pathlib import Path

from referral.lifecycle import REFERRAL_STEPS, STATES, TICKET_STATES, TICKET_STEPS
from referral.picture import page


def test_the_page_in_the_docs_is_drawn_from_the_tables(repository: Path) -> None:
    """`python -m referral.picture` writes it anew."""
    assert (repository / "docs" / "lifecycle.md").read_text(encoding="utf-8") == page()


def test_every_state_and_step_is_in_the_picture() -> None:
    pictures = page().split("```mermaid")[1:]
    for picture, states, rows in (
        (pictures[0].split("```")[0], TICKET_STATES, TICKET_STEPS),
        (pictures[1].split("```")[0], STATES, REFERRAL_STEPS),
    ):
        for state in states:
            assert state in picture
        for row in rows:
            assert row.target is None or row.step in picture
