"""Letters on paper: their numbers, their codes, and typst's PDF of them."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import segno
import typst
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from referral.calendar import WIB
from storage.models import LetterCounter
from templates import FOLDER

Says = Mapping[str, Any]

_SOURCE = FOLDER / "letters" / "letters.typ"
_ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")


async def next_letter_number(session: AsyncSession, office: str, year: int) -> int:
    """The office's next number of the year, without gaps: it is only used up if the session commits."""
    statement = insert(LetterCounter).values(office=office, year=year, last=1)
    statement = statement.on_conflict_do_update(
        index_elements=[LetterCounter.office, LetterCounter.year], set_={"last": LetterCounter.last + 1}
    )
    number: int = (await session.execute(statement.returning(LetterCounter.last))).scalar_one()
    return number


def letter_number(form: str, number: int, series: str, office: str, moment: datetime) -> str:
    """A number as it stands on the letter (`042/RUJ/SLRT-KJ/XI/2026`), month and year in WIB."""
    day = moment.astimezone(WIB)
    return form.format(number=number, series=series, office=office, month=_ROMAN[day.month - 1], year=day.year)


def letters_pdf(letters: Sequence[Says]) -> bytes:
    """One PDF of these letters, each on pages of its own. Slow: call it in a thread."""
    made: bytes = typst.compile(_SOURCE, format="pdf", **_given(letters))
    return made


def letters_png(letters: Sequence[Says], dots_per_inch: float = 110) -> list[bytes]:
    """The same pages as pictures."""
    made: bytes | list[bytes] = typst.compile(_SOURCE, format="png", ppi=dots_per_inch, **_given(letters))
    return [made] if isinstance(made, bytes) else list(made)


def _given(letters: Sequence[Says]) -> dict[str, Any]:
    # only typst's own fonts: the same page on every machine
    data = json.dumps([_with_codes(letter) for letter in letters])
    return {"root": _SOURCE.parent, "ignore_system_fonts": True, "sys_inputs": {"letters": data}}


def _with_codes(letter: Says) -> dict[str, Any]:
    answer = letter.get("answer_link")
    return {**letter, "verify_qr": _qr(letter["verify_link"]), "answer_qr": _qr(answer) if answer else None}


def _qr(link: str) -> str:
    picture = io.BytesIO()
    segno.make(link, error="m", micro=False).save(picture, kind="svg", scale=4, border=2)
    return picture.getvalue().decode()
