"""What the invented population is made of, and its few persons with a story."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml


@dataclass(frozen=True)
class Invented:
    """An invented person as the lists tell. `p3ke_desil` is what the older P3KE list says, None when it lacks them."""

    nik: str
    name: str
    kk: str
    birth_date: date
    sex: str
    mother_name: str
    relation: str
    region_code: str
    rt: str
    rw: str
    address: str
    desil: int
    p3ke_desil: int | None
    programmes: tuple[str, ...]
    story: str | None = None


@lru_cache(maxsize=1)
def population() -> dict[str, Any]:
    """What `data/population.yml` says."""
    content: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "data" / "population.yml").read_text())
    return content


def _sample_persons() -> tuple[Invented, ...]:
    return tuple(
        Invented(
            nik=member["nik"],
            name=member["name"],
            kk=home["kk"],
            birth_date=member["born"],
            sex=member["sex"],
            mother_name=member["mother"],
            relation=member["relation"],
            region_code=home["region_code"],
            rt=home["rt"],
            rw=home["rw"],
            address=home["address"],
            desil=home["desil"],
            p3ke_desil=home["p3ke_desil"],
            programmes=tuple(member["programmes"]),
            story=home["story"],
        )
        for home in population()["samples"]
        for member in home["members"]
    )


SAMPLE_PERSONS: tuple[Invented, ...] = _sample_persons()
