"""docs/lifecycle.md, drawn from the tables of `referral.lifecycle`: pictures (Mermaid) and who may do what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from referral.lifecycle import (
    BEFORE_DECISION,
    CLOSED,
    FOLLOWING,
    OPEN,
    REFERRAL_STEPS,
    STATES,
    TICKET_STEPS,
    ReferralStep,
    Tell,
    TicketStep,
)

_HEAD = """# The life of a ticket and of its referrals

Drawn from the tables in `referral/lifecycle.py` by `python -m referral.picture`; a test holds that it is true.
Roles: fo (front office), bo (back office), coordinator and manager are the Puskesos's; at its own desks they take the
agency's steps too. `system` is what happens by itself.
"""
_TICKET = """
## Ticket

Before a ticket is decided its officers move it; from then on its state follows from its referrals (`ticket_state`).
Steps that end the whole ticket leave a restricted need alone.
"""
_REFERRAL = """
## Referral

`done` is the agency's word. Beside it stands the resident's: waiting, helped, not_helped or unconfirmed.
"""


def page() -> str:
    """The whole page as Markdown."""
    return "\n".join(
        (
            _HEAD + _TICKET,
            *_block(_ticket_picture()),
            "",
            *_table("step", ("from", "to", "who", "must say", "only if", "told"), map(_ticket_row, TICKET_STEPS)),
            _REFERRAL,
            *_block(_referral_picture()),
            "",
            *_table("step", ("from", "to", "who", "must say", "then", "told"), map(_referral_row, REFERRAL_STEPS)),
            "",
        )
    )


def _block(lines: Iterable[str]) -> list[str]:
    return ["```mermaid", "stateDiagram-v2", *(f"  {line}" for line in lines), "```"]


def _ticket_picture() -> Iterator[str]:
    before, following = frozenset(BEFORE_DECISION), frozenset(FOLLOWING) - CLOSED
    yield "[*] --> draft"
    yield "state open {"
    yield from (f"  {state}" for state in BEFORE_DECISION)
    yield "  state following {"
    yield from (f"    {state}" for state in FOLLOWING if state in following)
    yield "  }"
    yield from (f"  {state} --> following: each referral is decided" for state in BEFORE_DECISION)
    yield "}"
    yield "following --> confirmed: the resident was helped"
    yield "following --> unconfirmed: the resident was silent"
    yield "following --> rejected: nothing was done"
    steps = [(row.step, row.sources, row.target) for row in TICKET_STEPS if row.target]
    yield from _arrows(steps, {"open": before | following})


def _referral_picture() -> Iterator[str]:
    yield "[*] --> drafted"
    yield "state under_way {"
    yield from (f"  {state}" for state in STATES if state in OPEN)
    yield "}"
    steps = [
        (f"{row.step} ({row.confirms})" if row.confirms else row.step, row.sources, row.target)
        for row in REFERRAL_STEPS
    ]
    yield from _arrows(steps, {"under_way": OPEN})
    yield "returned --> [*]: a new referral is drafted"


def _arrows(steps: Iterable[tuple[str, frozenset[str], str]], groups: dict[str, frozenset[str]]) -> Iterator[str]:
    """One arrow for each pair of states; one that leads from all states of a group begins at the group."""
    labels: dict[tuple[str, str], list[str]] = {}
    for step, sources, target in steps:
        whole = [name for name, members in groups.items() if sources == members]
        for source in whole or sorted(sources):
            labels.setdefault((source, target), []).append(step)
    for (source, target), names in labels.items():
        if source != target or source == "done":
            yield f"{source} --> {target}: {', '.join(dict.fromkeys(names))}"


def _table(first: str, columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join((first, *columns))} |"
    yield f"|{'---|' * (len(columns) + 1)}"
    yield from (f"| {' | '.join(row)} |" for row in rows)


def _ticket_row(row: TicketStep) -> tuple[str, ...]:
    target = row.target or "(stays)"
    return (
        row.step,
        _words(row.sources),
        target,
        _words(row.roles),
        row.requires or "",
        row.guard or "",
        _told(row.tells),
    )


def _referral_row(row: ReferralStep) -> tuple[str, ...]:
    target = f"{row.target}, {row.confirms}" if row.confirms else row.target
    beside = "" if None in row.confirmations else f" ({_words(c for c in row.confirmations if c)})"
    then = ", ".join(row.then)
    return (
        row.step, _words(row.sources) + beside, target, _words(row.roles), row.requires or "", then, _told(row.tells),
    )  # fmt: skip


def _words(codes: Iterable[str]) -> str:
    return ", ".join(sorted(codes))


def _told(tells: Iterable[Tell]) -> str:
    return ", ".join(f"{tell.to}: {tell.text}" for tell in tells)


if __name__ == "__main__":
    (Path(__file__).parent.parent / "docs" / "lifecycle.md").write_text(page(), encoding="utf-8")
