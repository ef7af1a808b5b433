"""A real house for the doors: database, catalogue, gazetteer, and an NLU that answers by script."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from actions.house import House
from actions.talk import Step
from bot.conversation import make_step
from nlu.port import UNKNOWN, NeedGuess, Understanding
from nlu.scripted import ScriptedUnderstander
from referral.catalogue import Catalogue, load_catalogue
from referral.catalogue.shelf import Edition, Shelf
from referral.contacts import Contacts
from registry.places import Gazetteer, sync_regions
from storage.database import Database
from tests.clock import Clock

_KNOWN = {"anak saya sakit, tidak punya biaya": "health_treatment", "saya mau cek desil": "registry_check"}


def _understand(text: str) -> Understanding:
    need = _KNOWN.get(text)
    if need is None:
        return UNKNOWN
    return Understanding("report", 0.9, (NeedGuess(need, 0.9, True),), (), False, (), available=True, known=True)


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """The catalogue that comes with the product."""
    return load_catalogue()


@pytest.fixture(scope="session")
def gazetteer() -> Gazetteer:
    """The places that come with the product."""
    return Gazetteer.load()


@pytest.fixture
def clock() -> Clock:
    """The house's time."""
    return Clock(datetime(2026, 11, 23, 3, 0, tzinfo=UTC))


@pytest.fixture
async def house(database: Database, catalogue: Catalogue, gazetteer: Gazetteer, tmp_path: Path, clock: Clock) -> House:
    """The house on a fresh database."""
    contacts = tmp_path / "contacts.yml"
    contacts.write_text("units:\n  dinkes-kota-jambi: [{email: dinkes@agency.example}]\n")
    async with database.transaction() as session:
        await sync_regions(session)
    return House(
        database=database,
        shelf=Shelf(Edition(0, catalogue)),
        contacts=Contacts.load(contacts, catalogue.units),
        gazetteer=gazetteer,
        understander=ScriptedUnderstander(_understand),
        public_url="https://slrt.example.go.id",
        demo=True,
        process="bot@test",
        clock=clock,
        nap=clock.nap,
    )


@pytest.fixture
def step(house: House) -> Step:
    """The engine on the real catalogue."""
    return make_step(house.catalogue, demo=True)
