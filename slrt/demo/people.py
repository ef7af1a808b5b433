"""Sample officers for the try-out. Their passwords are known to all, so they work on this machine alone."""

from __future__ import annotations

from dataclasses import dataclass

from actions.house import House
from actions.officers import add_officer, sample_officers

PASSWORD = "contoh-saja-2026"  # noqa: S105 - printed on the sample page, refused when SLRT_DEMO=0


@dataclass(frozen=True)
class Sample:
    """A sample officer and what she shows in the try-out."""

    login: str
    name: str
    role: str
    about: str
    region_code: str | None = None
    unit: str | None = None
    restricted: bool = False


SAMPLES = (
    Sample("kasang", "Rina (contoh)", "coordinator", "Koordinator Puskesos Kelurahan Kasang", "15.71.03.1006"),
    Sample("legok", "Joni (contoh)", "coordinator", "Koordinator Puskesos Kelurahan Legok", "15.71.10.1003"),
    Sample("pudak", "Sumi (contoh)", "coordinator", "Koordinator Puskesos Desa Kasang Pudak", "15.05.06.2005"),
    Sample("petugas", "Dewi (contoh)", "bo", "Petugas Puskesos Kelurahan Kasang", "15.71.03.1006"),
    Sample("kota", "Hadi (contoh)", "manager", "Pengelola SLRT Kota Jambi", "15.71"),
    Sample("muaro", "Yusuf (contoh)", "manager", "Pengelola SLRT Muaro Jambi", "15.05"),
    Sample(
        "khusus", "Nurul (contoh)", "manager", "Petugas khusus kasus kekerasan, Kota Jambi", "15.71", restricted=True
    ),
)


def agency_samples(unit_codes: list[tuple[str, str]]) -> tuple[Sample, ...]:
    """A log-in for each restricted unit (code, name): such cases are answered behind log-in alone."""
    return tuple(Sample(code, f"Petugas {name} (contoh)", "agency", name, unit=code) for code, name in unit_codes)


async def ensure_samples(house: House) -> tuple[Sample, ...]:
    """Add the sample officers to an empty house; returns all of them."""
    restricted = [
        (unit.code, unit.name) for unit in house.catalogue.units.values() if unit.restricted and not unit.internal
    ]
    everyone = (*SAMPLES, *agency_samples(restricted))
    if await sample_officers(house):
        return everyone
    for sample in everyone:
        await add_officer(
            house,
            login=sample.login,
            name=sample.name,
            role=sample.role,
            password=PASSWORD,
            region_code=sample.region_code,
            unit=sample.unit,
            restricted=sample.restricted,
            sample=True,
        )
    return everyone
