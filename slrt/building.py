"""Making the house from the settings: keys, database, catalogue, understanding."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from actions.desk import Desk
from actions.editions import following, open_shelf
from actions.house import House
from actions.talk import Incoming, Step, Turned
from bot.conversation import make_step
from nlu.port import Understanding
from nlu.rasa_client import RasaClient
from referral.catalogue import Catalogue
from referral.catalogue.replies import load_replies
from referral.catalogue.shelf import Shelf
from referral.contacts import Contacts
from registry.places import Gazetteer, sync_regions
from slrt.demo.contacts import ensure_sample_contacts
from slrt.errors import KeysMissing, SamplesRefused
from slrt.settings import Settings
from storage.database import Database
from storage.keys import create_keys, install_keys, load_keys, save_keys
from storage.schema import check, upgrade


def prepare_keys(settings: Settings) -> None:
    """Install this process's keys. For the embedded database they are made at first start, never for another one."""
    path = settings.keys_path
    if not path.exists():
        if settings.database_url:
            raise KeysMissing(str(path))
        save_keys(create_keys(), path)
    install_keys(load_keys(path))


def nlu_token(settings: Settings) -> str:
    """The token of the Rasa servers: the setting, or one made in the data folder for the owner alone."""
    if settings.nlu_token:
        return settings.nlu_token
    path = settings.data_dir / "nlu-token"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(24))  # it is handed over on a command line: never a dash in front
    return path.read_text().strip()


def load_contacts(settings: Settings, shelf: Shelf) -> Contacts:
    """The agencies' contacts. In the try-out a sample file is made; without it samples are refused."""
    if settings.demo:
        ensure_sample_contacts(settings.contacts_path, settings.web_url)
    if not settings.contacts_path.exists():
        return Contacts({})
    # a desk of a version that can't be loaded may stand there rightly
    units = shelf.edition.catalogue.units if shelf.broken is None else None
    contacts = Contacts.load(settings.contacts_path, units)
    if contacts.sample and not settings.demo:
        raise SamplesRefused(f"{settings.contacts_path} holds the sample agencies")
    return contacts


@asynccontextmanager
async def open_house(settings: Settings, database_url: str, role: str) -> AsyncIterator[House]:
    """The house for one process. Raises StorageError, StartError, CatalogueError or ContactsError with one sentence."""
    database = Database(database_url)
    client = RasaClient(
        settings.nlu_urls or (f"http://127.0.0.1:{settings.nlu_port}",),
        token=nlu_token(settings),
        timeout=settings.nlu_timeout,
    )
    try:
        await check(database)
        await database.check_keys()
        load_replies()  # a mistake in it stops the start, not the first mail
        shelf = await open_shelf(database)
        house = House(
            database=database,
            shelf=shelf,
            contacts=load_contacts(settings, shelf),
            gazetteer=Gazetteer.load(),
            understander=client,
            public_url=settings.web_url,
            demo=settings.demo,
            answers_by_mail=settings.answers_by_mail,
            process=f"{role}@{socket.gethostname()}:{os.getpid()}",
        )
        async with following(house):
            yield house
    finally:
        await client.close()
        await database.close()


async def prepare_database(database: Database) -> None:
    """Bring the tables up to date and fill in the regions. Safe to run again, and by several at once."""
    await upgrade(database)
    async with database.transaction() as session:
        await sync_regions(session)


def step_for(house: House) -> Step:
    """The conversation engine of a house; the button to the page of emergency numbers needs a public address.

    There is one for each version of the catalogue, made when the first turn with that version comes.
    """
    page = f"{house.public_url}/darurat"
    emergency_page = page if page.startswith("https://") else None
    made: tuple[Catalogue, Step] | None = None

    async def step(state: dict[str, Any], incoming: Incoming, meaning: Understanding | None, desk: Desk) -> Turned:
        nonlocal made
        if made is None or made[0] is not house.catalogue:
            made = house.catalogue, make_step(house.catalogue, house.demo, emergency_page=emergency_page)
        return await made[1](state, incoming, meaning, desk)

    return step


def project_root() -> Path:
    """The folder that holds the packages, config.yml and nlu/data."""
    return Path(__file__).parent.parent
