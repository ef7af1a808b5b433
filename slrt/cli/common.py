"""What the commands share."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Never

import typer

from actions.house import House
from nlu.errors import NluError
from referral.errors import ReferralError
from registry.errors import RegistryError
from slrt.building import open_house, prepare_keys
from slrt.errors import SettingWrong, StartError
from slrt.settings import Settings, load_settings
from storage.embedded import EmbeddedPostgres
from storage.errors import StorageError

# what is told in its own one sentence
OUR_ERRORS = (StartError, StorageError, ReferralError, RegistryError, NluError)


def fail(sentence: str) -> Never:
    """Say in one sentence what is wrong and end with code 1."""
    typer.echo(sentence, err=True)
    raise typer.Exit(1)


def settings_or_fail() -> Settings:
    """The settings, or one clear sentence."""
    try:
        return load_settings()
    except SettingWrong as error:
        fail(str(error))


@contextmanager
def at_database(settings: Settings) -> Iterator[str]:
    """The URL of the database. The embedded one is started for the time of the block unless it runs already."""
    if settings.database_url:
        prepare_keys(settings)
        yield settings.database_url
        return
    with EmbeddedPostgres(settings.data_dir.resolve()).running() as url:
        prepare_keys(settings)
        yield url


def there_is_a_database() -> bool:
    """Whether the settings lead to a database that was made before; none is made to find out."""
    settings = settings_or_fail()
    return settings.database_url is not None or EmbeddedPostgres(settings.data_dir.resolve()).exists()


def in_house[Made](do: Callable[[House], Awaitable[Made]]) -> Made:
    """Run something with the whole house at hand; what is wrong is said in one sentence."""
    settings = settings_or_fail()

    async def run(url: str) -> Made:
        async with open_house(settings, url, "command") as house:
            return await do(house)

    try:
        with at_database(settings) as url:
            return asyncio.run(run(url))
    except OUR_ERRORS as error:
        fail(str(error))
