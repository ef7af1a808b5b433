"""The buttons under a referral in a unit's chat, and what a pressed one means."""

from __future__ import annotations

import re
from dataclasses import dataclass

from actions.house import House
from actions.talk import Button
from referral.catalogue.choices import OWN_WORDS
from referral.lifecycle import ENDED, allowed_steps
from storage.models import Referral
from templates import render

type Rows = tuple[tuple[Button, ...], ...]

OPEN_PAGE, BACK = "open", "back"
NEEDS_CHOICE = ("return", "reject", "finish")
# how they stand under a referral; what its state does not allow is left out
_LAYOUT = (("accept", "start"), ("return", "reject"), ("finish", OPEN_PAGE))
_DATA = re.compile(r"g:(\d{1,15}):(\d{1,5}):([a-z]+)(?::([a-z_]+))?(?::([a-z_]+))?")


@dataclass(frozen=True)
class Pressed:
    """A button: of which referral (as it went out then: `serial`), which step, and what was chosen for it.

    `choice` is a reason's code, or for `finish` an outcome, whose reason is `why`; both may be the officer's own words.
    """

    referral_id: int
    serial: int
    step: str
    choice: str | None = None
    why: str | None = None


def read(data: str) -> Pressed | None:
    """What a button's data mean; None for what is none of ours (anybody can send anything)."""
    match = _DATA.fullmatch(data)
    return Pressed(int(match[1]), int(match[2]), match[3], match[4], match[5]) if match else None


def is_ours(data: str) -> bool:
    """Whether a button stands under a referral, rather than in a resident's chat."""
    return data.startswith("g:")


def answers(referral: Referral) -> tuple[str, ...]:
    """The steps that the office may take now."""
    return allowed_steps(referral.state, "agency", confirmation=referral.confirmation)


def step_buttons(referral: Referral) -> Rows:
    """What can be done about a referral now; nothing once it has ended."""
    if referral.state in ENDED:
        return ()
    possible = {*answers(referral), OPEN_PAGE}
    rows = [[name for name in row if name in possible] for row in _LAYOUT]
    return tuple(tuple(_button(referral, name) for name in row) for row in rows if row)


def case_buttons(link: str) -> Rows:
    """Beside a restricted case: the page behind log-in, and nothing else."""
    return ((Button(_label(OPEN_PAGE), url=link),),)


def choice_buttons(
    house: House, referral: Referral, step: str, outcome: str | None = None, *, own_words: bool = True
) -> Rows:
    """What a step needs, to choose from: reasons, or outcomes and for some of them reasons again."""
    choices = house.catalogue.choices
    if step == "finish" and outcome is None:
        rows = [[Button(each.label, _data(referral, step, each.outcome))] for each in choices.finish]
    else:
        path = (step, outcome) if outcome else (step,)
        reasons = choices.reasons(step, outcome)
        rows = [[Button(reason.label, _data(referral, *path, reason.code))] for reason in reasons]
        if own_words:
            rows.append([Button(_label(OWN_WORDS), _data(referral, *path, OWN_WORDS))])
    rows.append([Button(_label(BACK), _data(referral, BACK))])
    return tuple(tuple(row) for row in rows)


def _button(referral: Referral, name: str) -> Button:
    return Button(_label(name), _data(referral, name))


def _label(name: str) -> str:
    return render("telegram/buttons.txt", name=name)


def _data(referral: Referral, *parts: str) -> str:
    return ":".join(("g", str(referral.id), str(referral.link_serial), *parts))
