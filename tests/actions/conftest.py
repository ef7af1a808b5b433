"""The house that the use cases live in: real database, catalogue and places, a scripted NLU, a clock that is set."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from actions.house import House
from nlu.port import UNKNOWN
from nlu.scripted import ScriptedUnderstander
from referral.catalogue import Catalogue, load_catalogue
from referral.catalogue.shelf import Edition, Shelf
from referral.contacts import Contacts
from registry.generator import Source, write_csv
from registry.importer import import_list
from registry.places import Gazetteer, sync_regions
from storage.database import Database
from tests.actions.office import UNIT, Office
from tests.actions.world import Clock, World

_MAPPINGS = Path(__file__).parent.parent.parent / "registry" / "mappings"
_CONTACTS = """
units:
  dinkes-kota-jambi: [{email: dinkes@agency.example}]
  disdik-kota-jambi: [{email: disdik@agency.example}]
  dinsos-kota-jambi:
    - {email: dinsos@agency.example}
    - {webhook: "https://agency.example/slrt", secret: a-secret-of-this-test}
  uptd-ppa-kota-jambi:
    - {email: ppa@agency.example}
    - {webhook: "https://ppa.example/slrt", secret: a-secret-of-this-test}
"""


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """The catalogue that comes with the product."""
    return load_catalogue()


@pytest.fixture(scope="session")
def gazetteer() -> Gazetteer:
    """The places that come with the product."""
    return Gazetteer.load()


@pytest.fixture
def understander() -> ScriptedUnderstander:
    """An NLU that knows nothing until a test teaches it."""
    return ScriptedUnderstander(lambda _text: UNKNOWN)


@pytest.fixture
async def house(
    database: Database,
    catalogue: Catalogue,
    gazetteer: Gazetteer,
    understander: ScriptedUnderstander,
    tmp_path: Path,
) -> House:
    """The parts that actions work with, on a fresh database."""
    contacts = tmp_path / "contacts.yml"
    contacts.write_text(_CONTACTS)
    async with database.transaction() as session:
        await sync_regions(session)
    return House(
        database=database,
        shelf=Shelf(Edition(0, catalogue)),
        contacts=Contacts.load(contacts, catalogue.units),
        gazetteer=gazetteer,
        understander=understander,
        public_url="https://slrt.example.go.id",
        demo=True,
        process="bot@test",
        clock=(clock := Clock(datetime.now(UTC))),
        nap=clock.nap,
    )


@pytest.fixture
def world(house: House) -> World:
    """The house with hands: what residents, officers and agencies do in it."""
    return World(house)


@pytest.fixture
async def registry(house: House, tmp_path: Path) -> None:
    """The documented sample persons, on the lists of two sources."""
    lists: tuple[tuple[Source, date], ...] = (("P3KE", date(2024, 6, 1)), ("DTSEN", date(2026, 9, 1)))
    for source, source_date in lists:
        path = tmp_path / f"{source}.csv"
        write_csv(path, 0, 1, source)
        report = await import_list(
            house.database, path, _MAPPINGS / f"{source.lower()}.yml", source, source_date, date(2026, 11, 1)
        )
        assert not report.rejected


@pytest.fixture
async def office(world: World) -> Office:
    """The health office with its group linked and Dewi registered."""
    made = Office(world, await world.officer("agency", None, unit=UNIT))
    await made.link()
    await made.register(made.dewi, "71")
    await made.deliver()
    return made
