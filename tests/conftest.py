"""What all tests share: one embedded PostgreSQL, and a fresh migrated database for each test that asks."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest
from hypothesis import settings

from storage.database import Database
from storage.embedded import EmbeddedPostgres
from storage.keys import create_keys, install_keys
from storage.schema import upgrade
from tests import soak

install_keys(create_keys())


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--soak` runs the long runs in full."""
    parser.addoption("--soak", action="store_true", help="run the long runs in full (make soak)")


def pytest_configure(config: pytest.Config) -> None:
    """Tell the long runs how long they are."""
    soak.FULL = bool(config.getoption("--soak"))
    # the daily run tries the same examples each time; make soak looks for new ones
    settings.register_profile("daily", derandomize=True, deadline=None)
    settings.register_profile("soak", deadline=None)
    settings.load_profile("soak" if soak.FULL else "daily")


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """The real PostgreSQL of the wheel, without fsync (the tests that pull the plug start their own)."""
    server = EmbeddedPostgres(tmp_path_factory.mktemp("postgres"), durable=False)
    with server.running():
        yield server


@pytest.fixture(scope="session")
async def template_database(postgres: EmbeddedPostgres) -> str:
    """A migrated database that others are copied from."""
    database = Database(postgres.url())
    await upgrade(database)
    await database.close()
    return "slrt"


@pytest.fixture
async def database_url(postgres: EmbeddedPostgres, template_database: str) -> AsyncIterator[str]:
    """The URL of a fresh migrated database of this test alone."""
    name = f"test_{secrets.token_hex(6)}"
    control = await asyncpg.connect(postgres.url("postgres"))
    await control.execute(f'create database "{name}" template "{template_database}" strategy file_copy')
    yield postgres.url(name)
    await control.execute(f'drop database "{name}" with (force)')
    await control.close()


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A Database on a fresh migrated database."""
    database = Database(database_url, pool_size=5)
    await database.check_keys()
    yield database
    await database.close()


@pytest.fixture
def repository() -> Path:
    """The root of the project."""
    return Path(__file__).parent.parent
